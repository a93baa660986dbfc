"""What is clicked under an exclusive's checklist, and `/settings shelves`."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.domain.payment import Payment
from bot.domain.sale import Producer
from bot.store.books import marketplaces
from bot.store.tables import steps, ticks
from bot.text import ids
from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, labels, options_of, said
from tests.store import samples
from tests.store.books.test_exclusivity import LATE, SOLD


async def ticked(house: House) -> list[tuple[int, int]]:
    async with house.store.read() as connection:
        found = await connection.execute(ticks.select())
        return [(row.marketplace_id, row.ticked_by) for row in found]


async def sold(house: House, *shelves: str) -> int:
    """An exclusive, of a producer who sells elsewhere too."""
    for name in shelves:
        await house.ask("settings shelves", add=name)
    [payment_id] = await house.write(SOLD)
    return payment_id


def exclusive_of(track: str, hours: int) -> Payment:
    at = make.NOON + timedelta(hours=hours)
    return make.settled(make.paid(track, make.exclusive(track), at=at))


async def edits(house: House, producer: Producer) -> list[str]:
    return [key for key in await samples.told(house.store, producer) if key.startswith("edit:")]


async def test_the_list_is_the_producers(house: House) -> None:
    assert "None yet" in said(await house.ask("settings shelves"))
    await house.ask("settings shelves", add="BeatStars")
    assert "1. BeatStars\n2. YouTube" in said(await house.ask("settings shelves", add="YouTube"))
    # In whatever spelling, it is there once.
    assert "2 of 10" in said(await house.ask("settings shelves", add=" beatstars "))
    assert [one["value"] for one in await house.complete("settings shelves", "remove", "you")] == [
        "YouTube"
    ]
    left = said(await house.ask("settings shelves", remove="beatSTARS"))
    assert "1. YouTube" in left
    assert "BeatStars" not in left.split("\n\n")[0]


async def test_the_list_takes_ten_names_that_can_be_read_and_gives_back_its_own(
    house: House,
) -> None:
    for name in ("\u202e", "\u200b\u200b"):
        assert "no readable characters" in said(await house.ask("settings shelves", add=name))
    assert "None yet" in said(await house.ask("settings shelves"))
    for number in range(10):
        await house.ask("settings shelves", add=f"Shop {number}")
    assert "are the maximum" in said(await house.ask("settings shelves", add="Shop 10"))
    line = said(await house.ask("settings shelves", remove="@everyone"))
    assert "is not on the list" in line
    assert "\\@everyone" in line


async def test_the_list_of_exclusives_counts_what_is_still_up_elsewhere(house: House) -> None:
    message = await house.alert(await sold(house, "BeatStars", "Airbit"))
    assert "└ ☐ 2 to take down" in said(await house.ask("exclusive"))
    await house.owner.select(message, ["1"])
    assert "└ ☐ 1 to take down" in said(await house.ask("exclusive"))
    await house.owner.select(message, ["1", "2"])
    assert "to take down" not in said(await house.ask("exclusive"))


async def test_an_alert_is_ticked_and_then_edited(house: House, producer: Producer) -> None:
    message = await house.alert(await sold(house, "BeatStars", "Airbit"))
    await house.restart()
    await house.owner.select(message, ["1"])
    assert await ticked(house) == [(1, house.owner.user.id)]
    assert await edits(house, producer) == ["edit:payment:1"]
    await house.owner.select(message, [])
    assert await ticked(house) == []


async def test_alerts_follow_when_the_list_changes(
    house: House, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marketplaces, "FOLLOWING", 2)
    later = [exclusive_of(track, hours) for hours, track in enumerate(("A", "B", "C"), start=1)]
    await house.write(*later)
    # What was imported has no alert that could follow.
    await house.write(exclusive_of("D", 4), quiet=True)
    await house.ask("settings shelves", add="BeatStars")
    assert await edits(house, producer) == ["edit:payment:3"]
    await house.ask("settings shelves", add="beatstars")
    monkeypatch.setattr(marketplaces, "FOLLOWING", 3)
    await house.ask("settings shelves", remove="BeatStars")
    assert sorted(await edits(house, producer)) == ["edit:payment:2", "edit:payment:3"]


async def test_in_the_tracks_own_answer_it_is_ticked_in_place(
    house: House, producer: Producer
) -> None:
    await sold(house, "BeatStars", "Airbit")
    answer = await house.ask("exclusive", track="Midnight Drive")
    assert "☐ BeatStars\n☐ Airbit" in said(answer)
    menu = ids.ELSEWHERE("rights", producer.id, 1)
    await house.owner.select(answer_of(answer).message, ["2"], custom_id=menu)
    assert "☐ BeatStars\n☑ Airbit" in said(await house.ask("exclusive", track="Midnight Drive"))


async def test_ticks_of_a_track_that_came_back_are_gone(house: House, producer: Producer) -> None:
    await sold(house, "BeatStars")
    async with house.store.write() as connection:
        await marketplaces.tick(connection, producer, 1, [1, 99], by=7, now=NOW)
    await house.write(make.refunded(SOLD))
    await house.write(make.refunded(SOLD, status="failed"))
    assert "☐ BeatStars" in said(await house.ask("exclusive", track="Midnight Drive"))


async def old_step(house: House, producer: Producer, track_id: int = 1) -> None:
    row: dict[str, Any] = {
        "producer_id": producer.id,
        "track_id": track_id,
        "kind": "link",
        "object": f"plink_{track_id}",
        "name": "https://buy.stripe.com/1",
        "state": "by_hand",
        "obstacle": "old",
    }
    async with house.store.write() as connection:
        await connection.execute(insert(steps).values(row))


async def test_what_waits_for_a_word_is_begun_by_a_button(house: House, producer: Producer) -> None:
    await sold(house)
    await old_step(house, producer)
    answer = await house.ask("exclusive", track="Midnight Drive")
    assert labels(answer)["Take it off sale"]
    assert "☐ 1 to take down" in said(await house.ask("exclusive"))
    await house.click(answer, "Take it off sale")
    after = said(await house.ask("exclusive", track="Midnight Drive"))
    assert "☐ Stripe: 1 link · open checkouts" in after


async def test_a_conflict_is_accepted_under_its_alert(house: House) -> None:
    _, late = await house.write(SOLD, LATE)
    message = await house.alert(late)
    done = await house.owner.click(message, label="Accept #1002")
    assert "Accepted: #1002 is now a valid license" in said(done)
    again = await house.owner.click(message, label="Accept #1002")
    assert "is no longer a conflict" in said(again)
    shown = await house.alert(late)
    assert f"accepted by <@{house.owner.user.id}>" in (shown.embeds[0].description or "")


async def test_a_conflict_is_listed_until_it_is_accepted(house: House) -> None:
    await house.write(SOLD, LATE)
    answer = await house.ask("exclusive", track="Midnight Drive")
    text = said(answer)
    assert "Ben Okoro · today" in text
    assert "Ana Lima · today" in text
    assert "[refund $30.00](<https://dashboard.stripe.com/payments/pi_2>)" in text
    assert "#1002 Midnight Drive" in options_of(answer)[0]
    await house.click(answer, "Accept #1002")
    after = said(await house.ask("exclusive", track="Midnight Drive"))
    assert "Sold after the exclusive\n" not in after
    assert "1 lease stays valid" in after


async def test_what_was_accepted_can_be_taken_back(house: House) -> None:
    _, late = await house.write(SOLD, LATE)
    message = await house.alert(late)
    await house.owner.click(message, label="Accept #1002")
    answer = await house.ask("exclusive", track="Midnight Drive")
    assert "Accepted" in said(answer)
    assert f"accepted by <@{house.owner.user.id}>" in said(answer)
    await house.click(answer, "No longer accept #1002")
    after = await house.ask("exclusive", track="Midnight Drive")
    assert "⚠️ Sold after the exclusive" in said(after)
    assert labels(after)["Accept #1002"]
    shown = await house.alert(late)
    said_then = shown.embeds[0].description or ""
    assert f"Acceptance withdrawn by <@{house.owner.user.id}>" in said_then
