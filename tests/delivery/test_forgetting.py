"""Who is forgotten disappears from every message that named them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.payment import Buyer, Line, Payment
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import forget
from bot.store.engine import Store
from fakes.discord.guild import FakeChannel, text
from fakes.discord.server import FakeDiscord, Seen
from tests.delivery.conftest import Start
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import VirtualTime

WILMA = Buyer(email="wilma@example.com", name="Wilma Quartz", country="AT")
EXCLUSIVE = Line(track="Neon Rain", license="Exclusive", exclusive=True, amount=2999)
LEASE = Line(track="Neon Rain", license="Lease", exclusive=False, amount=2999)


async def forget_buyer(store: Store, producer: Producer, email: str, time: VirtualTime) -> int:
    """How many messages it said it would change."""
    async with store.write() as connection:
        found = await forget.look(connection, [producer], email)
        await forget.forget(connection, [producer], found, time.now)
    return found.traces[0].messages


async def test_alerts_and_conflicts_name_them_no_more(shop: Shop) -> None:
    leased = shop.payment("lease", lines=(LEASE,))
    await shop.recorded(leased)
    # Paid before the lease but known after it: the conflict is told by a reply of its own.
    before = leased.created - timedelta(minutes=1)
    held = shop.payment("held", lines=(EXCLUSIVE,), buyer=WILMA, created=before, paid=before)
    await shop.recorded(held)
    assert sum("Wilma" in text(message) for message in shop.channel.shown) == 3

    assert await forget_buyer(shop.store, shop.producer, "wilma@example.com", shop.time) == 3
    await shop.works()
    told = [text(message) for message in shop.channel.shown]
    assert len(told) == 3
    assert not any("Wilma" in each or "w•••" in each for each in told)
    assert sum("buyer forgotten" in each for each in told) == 3
    assert sum("Jordan Lee" in each for each in told) == 2
    assert await shop.states() == {}


async def test_a_refund_later_names_nobody(shop: Shop) -> None:
    sold: Payment = shop.payment("one", buyer=WILMA)
    await shop.recorded(sold)
    await forget_buyer(shop.store, shop.producer, "wilma@example.com", shop.time)
    settled = replace(shop.settled("one"), buyer=WILMA, created=sold.created, paid=sold.paid)
    await shop.recorded(settled)
    assert not any("Wilma" in text(message) for message in shop.channel.shown)


class Meanwhile:
    """Forgets Wilma while Discord is at work on a call of the bot's: between its coming and its
    answer."""

    def __init__(self, fake: FakeDiscord, store: Store, producer: Producer, time: VirtualTime):
        self._forgetting = partial(forget_buyer, store, producer, "wilma@example.com", time)
        self._method, self._under, self._times = "", False, 0
        fake.on_request = self._on_request

    def forget_at_next(self, method: str, *, reply: bool = False) -> None:
        self._method, self._under = method, reply

    @property
    def happened(self) -> bool:
        return self._times == 1

    async def _on_request(self, seen: Seen) -> None:
        if seen.method == self._method and ("message_reference" in seen.body) >= self._under:
            self._method, self._times = "", self._times + 1
            await self._forgetting()


@pytest.fixture
def meanwhile(
    fake: FakeDiscord, store: Store, producer: Producer, time: VirtualTime
) -> Iterator[Meanwhile]:
    made = Meanwhile(fake, store, producer, time)
    yield made
    assert made.happened


def named_in(channel: FakeChannel) -> int:
    """How many messages name Wilma, or show her email, masked."""
    texts = [json.dumps(message) for message in channel.shown]
    return sum("Wilma" in each or "w•••" in each for each in texts)


async def test_alert_posted_while_its_buyer_is_forgotten_does_not_name_them(
    shop: Shop, meanwhile: Meanwhile
) -> None:
    meanwhile.forget_at_next("POST")
    await shop.recorded(shop.payment("one", buyer=WILMA))
    assert len(shop.channel.shown) == 1
    assert named_in(shop.channel) == 0
    assert "buyer forgotten" in text(shop.channel.shown[0])
    assert await shop.states() == {}


async def test_burst_posted_while_one_buyer_is_forgotten_does_not_name_them(
    shop: Shop, meanwhile: Meanwhile
) -> None:
    meanwhile.forget_at_next("POST")
    made = [shop.payment(str(place), buyer=WILMA) for place in range(3)]
    others = [shop.payment(f"other {place}") for place in range(22)]
    await shop.recorded(*made, *others)
    assert named_in(shop.channel) == 0
    shown = "\n".join(text(message) for message in shop.channel.shown)
    assert (shown.count("buyer forgotten"), shown.count("Jordan Lee")) == (3, 22)
    assert await shop.states() == {}


async def test_alert_edited_while_its_buyer_is_forgotten_does_not_name_them(
    shop: Shop, meanwhile: Meanwhile
) -> None:
    await shop.recorded(shop.payment("one", buyer=WILMA))
    assert named_in(shop.channel) == 1
    meanwhile.forget_at_next("PATCH")
    await shop.recorded(replace(shop.settled("one"), buyer=WILMA))
    assert named_in(shop.channel) == 0
    assert await shop.states() == {}


async def test_conflict_told_while_its_buyer_is_forgotten_does_not_name_them(
    shop: Shop, meanwhile: Meanwhile
) -> None:
    leased = shop.payment("lease", lines=(LEASE,), buyer=WILMA)
    await shop.recorded(leased)
    before = leased.created - timedelta(minutes=1)
    held = shop.payment("held", lines=(EXCLUSIVE,), created=before, paid=before)
    await shop.record(held)
    meanwhile.forget_at_next("POST", reply=True)
    await shop.works()
    replies = [message for message in shop.channel.shown if "message_reference" in message]
    assert "buyer forgotten" in text(replies[0])
    assert named_in(shop.channel) == 0
    assert await shop.states() == {}


@pytest.mark.parametrize("minutes", [0, 10], ids=["nonce known", "looked for"])
async def test_alert_found_again_after_a_crash_does_not_name_who_was_forgotten_since(
    shop: Shop, start: Start, minutes: int
) -> None:
    shop.fake.fail("POST", "/messages", hang=True, done=True)
    await shop.record(shop.payment("one", buyer=WILMA))
    shop.dispatcher.wake()
    await shop.fake.until_asked("POST")
    assert named_in(shop.channel) == 1
    await forget_buyer(shop.store, shop.producer, "wilma@example.com", shop.time)
    shop.time.passes(minutes=minutes)
    await start()
    assert len(shop.channel.shown) == 1
    assert named_in(shop.channel) == 0
    assert await shop.states() == {}


async def test_digest_posted_while_a_buyer_is_forgotten_names_nobody(
    shop: Shop, meanwhile: Meanwhile
) -> None:
    await shop.recorded(shop.payment("one", buyer=WILMA))
    shop.time.passes(days=1)
    payload = {"what": "digest", "cadence": "daily", "period": "2026-11-22"}
    key = "digest:daily:2026-11-22"
    async with shop.store.write() as connection:
        await outbox.put(
            connection,
            shop.producer.id,
            kind="notice",
            subject=key,
            key=key,
            now=shop.time.now,
            payload=payload,
        )
    meanwhile.forget_at_next("POST")
    await shop.works()
    assert len(shop.channel.shown) == 2
    assert named_in(shop.channel) == 0
    assert await shop.states() == {}
