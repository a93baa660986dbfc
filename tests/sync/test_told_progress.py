"""How far the past is read is kept where /settings finds it, and why it does not go on."""

import pytest

from bot.stripe_api import StripeDown
from tests.journey.house import House
from tests.sync import ways
from tests.sync.world import World


async def test_a_run_notes_when_it_began_and_where_it_is(home: House, world: World) -> None:
    began = home.time()
    await ways.past_of(home).work()
    plan = await ways.progress(home)
    assert plan is not None
    assert (plan.begun, plan.begun_from) == (began.replace(microsecond=0), plan.start)
    assert plan.noted is not None
    assert plan.payments == world.sold


async def test_while_stripe_is_down_that_is_noted_and_then_no_more(
    home: House, world: World
) -> None:
    asked: list[str] = []

    async def pause(_: float) -> None:
        plan = await ways.progress(home)
        asked.append(plan.trouble if plan else "")

    ways.api_of(home)._transport._sleep = pause
    home.stripe.faults.fail_next(60, status=500, after=12)
    await ways.past_of(home).work()
    assert "Stripe answered with status 500" in asked
    plan = await ways.progress(home)
    assert plan is not None
    assert plan.finished
    assert plan.trouble == ""


async def test_a_look_for_missed_events_is_noted_with_its_time(home: House) -> None:
    await ways.look(home)
    seen = await ways.seen(home)
    assert seen.looked == home.time().replace(microsecond=0)
    assert seen.trouble == ""


async def test_trouble_with_missed_events_is_noted_and_goes(home: House) -> None:
    await ways.look(home)
    home.stripe.faults.denied = {"event"}
    await ways.look(home)
    assert "rak_event_read" in (await ways.seen(home)).trouble
    home.stripe.faults.clear()
    await ways.look(home)
    assert (await ways.seen(home)).trouble == ""


async def test_an_import_by_command_gives_up_after_its_tries(home: House) -> None:
    home.stripe.faults.fail_next(50)
    with pytest.raises(StripeDown):
        await ways.import_by_command(home)
