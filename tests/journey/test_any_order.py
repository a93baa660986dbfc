"""Whatever comes when, twice, or not at all: the same books in the end, and each sale told once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.stripe import StripeAccount
from tests.journey.books import Books, books, clear
from tests.journey.live_bot import NOON, LiveBot, live_bot
from tests.journey.world import STORIES, Event, World, expendable, used

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

names = st.lists(st.sampled_from(sorted(STORIES)), min_size=1, max_size=4)
numbers = st.integers(0, 60)
few = st.lists(numbers, max_size=4)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    """One bot for all examples of a test: each begins by clearing it."""
    async with live_bot(tmp_path) as opened:
        yield opened


async def _empty(bot: LiveBot) -> World:
    """A new world beside an empty bot."""
    bot.time.now = NOON
    await _begin(bot)
    bot.stripe.faults.clear()
    world = World(bot.time)
    bot.account = world.account
    bot.stripe.hold(world.account)
    return world


async def _begin(bot: LiveBot) -> None:
    """Forget all; what has happened since noon has happened since the bot is there."""
    await clear(bot)
    now, bot.time.now = bot.time.now, NOON
    other = StripeAccount(clock=bot.time)
    other.books.emit("ping", {"id": "ping_1"})
    await bot.deliver(other.events)
    bot.time.now = now


async def _straight(bot: LiveBot, events: Sequence[Event]) -> Books:
    """The books when every event is there before the first is worked on."""
    await _begin(bot)
    assert set(await asyncio.gather(*map(bot.hook.send, events))) <= {200}
    await bot.work()
    await bot.catch_up()
    return await books(bot)


async def _disorderly(bot: LiveBot, events: Sequence[Event], data: st.DataObject) -> None:
    """In any order, some twice, with work between them."""
    order = data.draw(st.permutations(range(len(events))), label="order")
    again = data.draw(few, label="again")
    pauses = data.draw(few, label="pauses")
    for place, which in enumerate([*order, *(number % len(order) for number in again if order)]):
        await bot.deliver([events[which]])
        if place in pauses:
            await bot.work()
            bot.time.pass_(seconds=2)
    await bot.work()
    await bot.catch_up()


@settings(max_examples=8, suppress_health_check=CHECKS)
@given(names=names, turns=few, data=st.data())
async def test_every_order_of_events_and_without_any_one_of_them(
    bot: LiveBot, names: list[str], turns: list[int], data: st.DataObject
) -> None:
    world = await _empty(bot)
    events = used(world.tell(names, turns))
    world.time.pass_(days=5)
    lost = data.draw(st.sampled_from([None, *expendable(events)]), label="lost")
    await _disorderly(bot, [event for event in events if event["id"] != lost], data)
    assert await books(bot) == await _straight(bot, events)


@settings(max_examples=8, suppress_health_check=CHECKS)
@given(names=names, turns=few, data=st.data())
async def test_every_order_of_events_without_a_key(
    keyless: LiveBot, names: list[str], turns: list[int], data: st.DataObject
) -> None:
    world = await _empty(keyless)
    events = used(world.tell(names, turns))
    await _disorderly(keyless, events, data)
    assert await books(keyless) == await _straight(keyless, events)


acts = st.tuples(
    st.sampled_from(["happen", "deliver", "deliver", "again", "work", "stripe"]), numbers
)


@settings(max_examples=8, suppress_health_check=CHECKS)
@given(names=names, acts=st.lists(acts, max_size=40), lost=numbers)
async def test_while_the_world_goes_on_and_stripe_fails_now_and_then(
    bot: LiveBot, names: list[str], acts: list[tuple[str, int]], lost: int
) -> None:
    world = await _empty(bot)
    life = _Life(bot, world, names, lost)
    for act, number in acts:
        await life.act(act, number)
    await life.end()
    assert await books(bot) == await _straight(bot, life.events)


class _Life:
    """A world and a bot that learns of it late, in disorder, and never of one event."""

    def __init__(self, bot: LiveBot, world: World, names: Sequence[str], lost: int) -> None:
        self.bot = bot
        self.world = world
        self.stories = world.begin(names)
        self.lost = lost
        self.under_way: list[Event] = []
        self.events: list[Event] = []

    async def act(self, act: str, number: int) -> None:
        bot = self.bot
        match act:
            case "happen":
                self._go_on(number)
            case "deliver" if self.under_way:
                await bot.deliver([self.under_way.pop(number % len(self.under_way))])
            case "again" if arrived := [e for e in self.events if e not in self.under_way]:
                await self._deliver_unless_lost(arrived[number % len(arrived)])
            case "work":
                await bot.later(seconds=number)
            case "stripe":
                bot.stripe.faults.down = not bot.stripe.faults.down

    async def end(self) -> None:
        """Stripe is well again, the stories end, and what is under way arrives."""
        self.bot.stripe.faults.clear()
        for number in range(len(self.stories)):
            while self._go_on(number):
                pass
        held_back = self._lost()
        if held_back and held_back["id"] not in expendable(self.events):
            self.under_way.append(held_back)
        await self.bot.deliver(reversed(self.under_way))
        await self.bot.work()
        await self.bot.catch_up()
        self.world.time.pass_(days=5)

    def _go_on(self, number: int) -> bool:
        goes_on = self.world.go_on(self.stories[number % len(self.stories)])
        new = used(self.world.account.take_events())
        self.events += new
        lost = self._lost()
        self.under_way += [event for event in new if event is not lost]
        return goes_on

    def _lost(self) -> Event | None:
        return self.events[self.lost] if self.lost < len(self.events) else None

    async def _deliver_unless_lost(self, event: Event) -> None:
        if event is not self._lost():
            await self.bot.deliver([event])
