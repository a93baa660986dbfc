"""An exclusive is sold: whatever in Stripe still sells the track is switched off, at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.stripe import Purchase
from bot.demo.stripe.cart import NotForSale
from bot.ledger.off_sale import Obstacle, OffSale, StepKind, StepState
from bot.store import off_sale, rights, tables
from tests.journey.house import House, Time, house
from tests.journey.shop import Shop
from tests.sync import ways

DONE, BY_HAND, OPEN = StepState.DONE, StepState.BY_HAND, StepState.OPEN
ALL_KINDS = {"payment_link", "product", "price", "checkout.session"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, time=Time()) as opened:
        yield opened


@pytest.fixture
def shop(home: House) -> Shop:
    return Shop(home.account)


async def look(home: House) -> None:
    """The hourly reading of the catalogue."""
    assert home.app.recovery is not None
    home.time.pass_(seconds=1)
    await home.app.recovery.catalogue.look()


async def happen(home: House) -> None:
    """What has happened at Stripe is heard of, and followed by what the bot does there."""
    await home.happen()
    await home.app.off_sale.settle()


async def sold(home: House, shop: Shop) -> Purchase:
    """The exclusive is bought, and the bot hears of it."""
    bought = home.account.buy(shop.exclusive)
    await happen(home)
    return bought


def active(home: House, *ids: str) -> list[bool]:
    found = [home.account.books.find(id_) for id_ in ids]
    return [one["active"] for one in found if one is not None]


async def state(home: House) -> OffSale:
    """How far Midnight Drive is off sale."""
    async with home.app.store.read() as connection:
        found = await off_sale.of_track(connection, await home.producer(), 1)
    assert found is not None
    return found


async def steps(home: House) -> dict[tuple[StepKind, str], tuple[StepState, Obstacle | None]]:
    return {(one.kind, one.object): (one.state, one.obstacle) for one in (await state(home)).steps}


async def states(home: House) -> set[StepState]:
    return {step for step, _ in (await steps(home)).values()}


def written(home: House) -> dict[str, int]:
    return {path: n for path, n in home.stripe.calls.paths.items() if path.startswith("POST")}


async def edits(home: House) -> int:
    """How often the courier would edit an alert now."""
    return sum(kind == "edit" for kind, _ in await home.hear())


async def test_all_that_sells_the_track_is_switched_off(home: House, shop: Shop) -> None:
    links = [home.account.link([price]) for price in (shop.lease, shop.exclusive)]
    other = home.account.link([shop.neon_lease])
    by_link = home.account.open(link=links[0])
    by_page = home.account.open(shop.lease)
    elsewhere = home.account.open(shop.neon_lease)
    await look(home)
    await sold(home, shop)
    assert await states(home) == {DONE}
    assert active(home, *links, shop.midnight_drive, shop.lease, shop.exclusive) == [False] * 5
    assert active(home, other, shop.neon_rain, shop.neon_lease) == [True] * 3
    for session in (by_link, by_page):
        with pytest.raises(NotForSale):
            home.account.complete(session)
    home.account.complete(elsewhere)
    shown = home.account.get("payment_link", links[0])
    assert "sold exclusively" in shown["inactive_message"]


async def test_the_steps_are_written_with_the_mark_itself(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    assert (1, "midnight drive") in await home.rows(tables.tracks, "holder_sale_id", "key")
    found = await steps(home)
    assert found[StepKind.LINK, link] == (OPEN, None)
    assert await states(home) == {OPEN}
    assert written(home) == {}


async def test_what_a_crash_left_undone_is_done_after_it(tmp_path: Path) -> None:
    time = Time()
    async with house(tmp_path, time=time) as home:
        shop = Shop(home.account)
        link = home.account.link([shop.lease])
        await look(home)
        home.account.buy(shop.exclusive)
        await home.happen()
        account = home.account
    async with house(tmp_path, time=time, account=account) as again:
        await again.app.off_sale.settle()
        assert await states(again) == {DONE}
        assert active(again, link) == [False]


async def test_before_the_catalogue_was_read_nothing_is_begun(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    home.account.take_events()
    await sold(home, shop)
    assert await home.rows(tables.steps) == []
    await look(home)
    await home.app.off_sale.settle()
    assert active(home, link, shop.midnight_drive) == [False, False]
    assert await states(home) == {DONE}


async def test_a_link_that_sells_other_tracks_too_is_left_to_the_producer(
    home: House, shop: Shop
) -> None:
    bundle = home.account.link([shop.lease, shop.neon_lease])
    opened = home.account.open(link=bundle)
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.LINK, bundle] == (BY_HAND, Obstacle.SHARED)
    # A Checkout that it had opened is closed all the same.
    with pytest.raises(NotForSale):
        home.account.complete(opened)


async def test_what_the_producer_does_by_hand_is_ticked(home: House, shop: Shop) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    found = await steps(home)
    assert set(found.values()) == {(BY_HAND, Obstacle.DENIED), (DONE, None)}
    await home.hear()
    home.time.pass_(minutes=5)
    home.account.archive(link)
    await happen(home)
    assert (await steps(home))[StepKind.LINK, link] == (DONE, None)
    assert await edits(home) == 1


async def test_what_no_event_told_of_is_ticked_by_the_hourly_reading(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    home.account.archive(link)
    home.account.take_events()
    home.time.pass_(hours=1)
    await look(home)
    await home.app.off_sale.settle()
    found = await steps(home)
    assert found[StepKind.LINK, link] == (DONE, None)
    assert found[StepKind.PRODUCT, shop.midnight_drive] == (BY_HAND, Obstacle.DENIED)


async def test_a_key_that_may_by_now_is_tried_again(home: House, shop: Shop) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    await look(home)
    await sold(home, shop)
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await look(home)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_a_stripe_that_is_down_is_asked_again_and_again(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    home.stripe.faults.down = True
    await home.app.off_sale.settle()
    assert (await steps(home))[StepKind.LINK, link] == (OPEN, Obstacle.DOWN)
    for _ in range(5):
        home.time.pass_(hours=1)
        await home.app.off_sale.settle()
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


def subscription(home: House, product: str) -> str:
    """A price that is no license of its product's track."""
    return home.account.price(product, 900, type="recurring", recurring={"interval": "month"})


async def test_a_product_that_other_tracks_need_stays(home: House, shop: Shop) -> None:
    club = subscription(home, shop.midnight_drive)
    await look(home)
    await sold(home, shop)
    assert active(home, shop.midnight_drive, club) == [True, True]
    assert active(home, shop.lease, shop.exclusive) == [False, False]
    assert (StepKind.PRODUCT, shop.midnight_drive) not in await steps(home)


async def test_a_price_added_this_moment_keeps_its_product(home: House, shop: Shop) -> None:
    await look(home)
    added = subscription(home, shop.midnight_drive)
    home.account.take_events()
    await sold(home, shop)
    assert active(home, shop.midnight_drive, added, shop.lease) == [True, True, False]


async def test_a_default_price_goes_with_its_product(home: House, shop: Shop) -> None:
    home.account.change(shop.midnight_drive, default_price=shop.lease)
    await look(home)
    await sold(home, shop)
    assert (StepKind.PRICE, shop.lease) not in await steps(home)
    assert active(home, shop.midnight_drive) == [False]
    assert await states(home) == {DONE}


async def test_a_default_price_of_a_shared_product_is_left_to_the_producer(
    home: House, shop: Shop
) -> None:
    club = subscription(home, shop.midnight_drive)
    home.account.change(shop.midnight_drive, default_price=shop.lease)
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.PRICE, shop.lease] == (BY_HAND, Obstacle.DEFAULT)
    home.time.pass_(minutes=5)
    home.account.change(shop.midnight_drive, default_price=club)
    await happen(home)
    assert active(home, shop.lease) == [False]
    assert await states(home) == {DONE}


async def test_a_checkout_that_is_paid_at_this_very_moment_is_no_obstacle(
    home: House, shop: Shop
) -> None:
    home.account.open(shop.lease)
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    home.stripe.faults.fail_next(1, 400, path="POST /v1/checkout/sessions/{id}/expire")
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_a_checkout_that_cannot_be_closed_is_said_and_tried_again(
    home: House, shop: Shop
) -> None:
    session = home.account.open(shop.lease)
    home.stripe.faults.read_only.add("checkout.session")
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.SESSION, ""] == (BY_HAND, Obstacle.DENIED)
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await look(home)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}
    with pytest.raises(NotForSale):
        home.account.complete(session)


async def test_a_checkout_of_a_link_that_alone_names_the_track_is_closed(
    home: House, shop: Shop
) -> None:
    product = home.account.product("Basic Lease")
    price = home.account.price(product, 2999)
    link = home.account.link([price], metadata={"track": "midnight drive"})
    other = home.account.link([price], metadata={"track": "Neon Rain"})
    session, open_still = home.account.open(link=link), home.account.open(link=other)
    await look(home)
    await sold(home, shop)
    assert active(home, link, other, price) == [False, True, True]
    with pytest.raises(NotForSale):
        home.account.complete(session)
    home.account.complete(open_still)


async def test_what_nobody_foresaw_holds_up_no_other_track(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()

    async def fall_over(*_: object, **__: object) -> None:
        raise KeyError("never foreseen")

    with monkeypatch.context() as patch:
        patch.setattr(home.app.off_sale._shelving, "do", fall_over)
        await home.app.off_sale.settle()
        await home.app.off_sale.settle()
    assert OPEN in await states(home)
    home.time.pass_(minutes=6)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_while_it_runs_it_is_woken_and_stops(home: House, shop: Shop) -> None:
    await look(home)
    running = asyncio.create_task(home.app.off_sale.run())
    done = asyncio.Event()
    home.app.off_sale._told = done.set
    home.account.buy(shop.exclusive)
    await home.happen()
    await done.wait()
    home.app.off_sale.stop()
    await running
    assert await states(home) == {DONE}


async def test_without_a_key_it_has_nothing_to_do(tmp_path: Path) -> None:
    async with house(tmp_path, key=False) as home:
        running = asyncio.create_task(home.app.off_sale.run())
        home.app.off_sale.stop()
        await running


async def test_an_object_that_is_gone_is_done(home: House, shop: Shop) -> None:
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    home.stripe.faults.fail_next(1, 404, path="POST /v1/prices/{id}")
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_links_that_nobody_may_see_are_left_to_the_producer(home: House, shop: Shop) -> None:
    home.stripe.faults.denied.add("payment_link")
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.LINK, ""] == (BY_HAND, Obstacle.UNSEEN)
    assert active(home, shop.midnight_drive) == [False]
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await look(home)
    assert await states(home) == {DONE}


async def give_back(home: House, bought: Purchase, *, keep_off: bool) -> None:
    home.account.refund(bought)
    await home.happen()
    async with home.app.store.write() as connection:
        producer = await home.producer()
        await rights.decide(connection, producer, 1, keep_off=keep_off, by=7, now=home.time())
    await home.app.off_sale.settle()


async def test_once_it_may_be_sold_again_nothing_more_is_switched_off(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    bought = home.account.buy(shop.exclusive)
    await home.happen()
    await give_back(home, bought, keep_off=False)
    assert active(home, link, shop.lease) == [True, True]
    assert await home.rows(tables.steps) == []


async def test_what_was_switched_off_stays_off_until_the_producer_switches_it_on(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    bought = await sold(home, shop)
    await give_back(home, bought, keep_off=False)
    assert active(home, link, shop.lease) == [False, False]
    left = await state(home)
    assert not left.off
    assert {step.object for step in left.steps} == {
        link,
        shop.lease,
        shop.exclusive,
        shop.midnight_drive,
    }
    home.time.pass_(minutes=5)
    home.account.change(link, active=True)
    await happen(home)
    assert link not in {step.object for step in (await state(home)).steps}


async def test_a_track_kept_off_stays_off(home: House, shop: Shop) -> None:
    await look(home)
    bought = await sold(home, shop)
    await give_back(home, bought, keep_off=True)
    price = home.account.price(shop.midnight_drive, 100)
    link = home.account.link([price])
    await happen(home)
    assert active(home, price, link) == [False, False]
    assert "exclusively" not in home.account.get("payment_link", link)["inactive_message"]


async def test_the_producers_own_word_is_not_fought(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    home.time.pass_(minutes=5)
    home.account.change(link, active=True)
    await happen(home)
    assert (await steps(home))[StepKind.LINK, link] == (BY_HAND, Obstacle.BACK)
    assert active(home, link) == [True]
    async with home.app.store.write() as connection:
        await off_sale.go_ahead(connection, await home.producer(), 1, home.time())
    await home.app.off_sale.settle()
    assert active(home, link) == [False]
    assert await states(home) == {DONE}


async def test_what_was_sold_before_the_bot_was_there_waits_for_a_word(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    home.account.buy(shop.exclusive)
    home.account.take_events()
    home.time.pass_(days=40)
    await ways.import_by_command(home)
    await look(home)
    await home.app.off_sale.settle()
    assert active(home, link, shop.lease) == [True, True]
    assert set((await steps(home)).values()) == {(BY_HAND, Obstacle.OLD)}
    async with home.app.store.write() as connection:
        await off_sale.go_ahead(connection, await home.producer(), 1, home.time())
    await home.app.off_sale.settle()
    assert active(home, link, shop.lease) == [False, False]
    assert await states(home) == {DONE}


async def test_of_old_exclusives_only_those_still_on_a_shelf_are_named(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.exclusive)
    home.account.archive(shop.midnight_drive)
    for price in (shop.lease, shop.exclusive):
        home.account.archive(price)
    home.account.take_events()
    home.time.pass_(days=40)
    await look(home)
    await ways.import_by_command(home)
    assert await home.rows(tables.steps) == []


async def test_the_alert_is_edited_once_for_all_of_them(home: House, shop: Shop) -> None:
    for _ in range(40):
        home.account.link([shop.lease])
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    await home.hear()
    await home.app.off_sale.settle()
    assert await edits(home) == 1
    assert len((await state(home)).steps) == 44
