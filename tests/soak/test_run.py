"""What a run reports as wrong, and a small run of the whole soak."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.discord.guild import FakeChannel, FakeGuild, Json
from soak.kills import Size, Tally
from soak.run import judge, run

KNOWN = {1001: "cs_1", 1002: "cs_2", 1005: "cs_3"}


@pytest.fixture
def guild() -> FakeGuild:
    return FakeGuild(lambda: datetime(2026, 11, 20, tzinfo=UTC))


@pytest.fixture
def channel(guild: FakeGuild) -> FakeChannel:
    """One payment is told in a message of its own, two share another, one has a reply."""
    channel = guild.add_channel(1000)
    first = guild.create(1000, alert(1001))
    guild.create(1000, shared(1002, 1005))
    guild.create(1000, reply(first, "Given back"))
    return channel


def alert(number: int, said: str = "$29.99") -> Json:
    button = {"type": 2, "label": "Buyer", "custom_id": f"buyer:1:{number}"}
    return {"content": said, "components": [{"type": 1, "components": [button]}]}


def shared(*numbers: int) -> Json:
    options = [{"value": f"sale:1:{number}"} for number in numbers]
    menu = {"type": 3, "custom_id": "records", "options": options}
    return {"content": "sales", "components": [{"type": 1, "components": [menu]}]}


def reply(to: Json, said: str) -> Json:
    return {"content": said, "message_reference": {"message_id": to["id"]}}


def found(channel: FakeChannel) -> list[str]:
    return list(judge(channel, set(KNOWN.values()), KNOWN))


def test_what_is_told_once_is_right(channel: FakeChannel) -> None:
    assert found(channel) == []


def test_a_payment_told_again_is_found(channel: FakeChannel, guild: FakeGuild) -> None:
    guild.create(1000, alert(1005))
    assert found(channel) == ["1 told more than once: cs_3"]


def test_a_payment_that_is_not_told_is_found(channel: FakeChannel, guild: FakeGuild) -> None:
    guild.delete_message(channel, min(channel.messages))
    assert found(channel) == ["1 not told: cs_1"]


def test_a_payment_that_is_in_no_book_is_found(channel: FakeChannel) -> None:
    wrong = list(judge(channel, {*KNOWN.values(), "cs_4"}, KNOWN))
    assert wrong == ["1 not told: cs_4", "1 not written down: cs_4"]


def test_a_reply_said_twice_is_found(channel: FakeChannel, guild: FakeGuild) -> None:
    guild.create(1000, reply(channel.shown[0], "Given back"))
    guild.create(1000, reply(channel.shown[1], "Given back"))
    assert len(found(channel)) == 1
    assert found(channel)[0].startswith("1 replies said twice: ")


def test_an_alert_that_still_waits_for_its_fees_is_found(
    channel: FakeChannel, guild: FakeGuild
) -> None:
    late = guild.edit(1000, min(channel.messages), {"content": "$29.99, settling…"})
    assert found(channel) == [f"1 alerts without the fees: {late['id']}"]


@pytest.mark.parametrize("webhooks", [True, False])
async def test_nothing_is_lost_told_twice_or_counted_wrong(tmp_path: Path, webhooks: bool) -> None:
    tally = Tally()
    await run(5, Size(payments=50, kills=3, webhooks=webhooks), tmp_path, tally)
    assert tally.findings == []
    assert (tally.kills, tally.differences) == (3, 0)
    assert tally.payments >= 50
    assert tally.messages
    assert all((tally.taken, tally.lost, tally.doubled)) is webhooks
