"""Who was forgotten stays forgotten, whatever Stripe tells of them later."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.redaction import Person
from bot.domain.sale import SaleState
from bot.store import tables
from bot.store.books import forget
from bot.store.engine import open_store
from fakes.stripe import Customer
from tests.journey.books import books
from tests.journey.databases import POSTGRESQL
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import BEN, Shop
from tests.sync.actions import audit, import_by_command

pytestmark = pytest.mark.counted

BUYER = Customer(
    name="Wilhelmina Quartz",
    email="W.Quartz@Example.com",
    country="AT",
    phone="+43 1 5550199",
    promotions="opt_in",
)
PERSONAL = ("wilhelmina", "quartz", "5550199")
BY_PEOPLE = {"buyers", "payments", "announced"}


async def look_for(bot: LiveBot, email: str = "w.QUARTZ@example.com") -> Person:
    async with bot.app.store.read() as connection:
        return await forget.look(connection, [await bot.producer()], email)


async def forget_buyer(bot: LiveBot, found: Person | None = None) -> Person:
    found = found or await look_for(bot)
    producer = await bot.producer()
    async with bot.app.store.write() as connection:
        await forget.forget(connection, [producer], found, bot.time())
    return found


async def kept_of_them(bot: LiveBot) -> list[tuple[str, str]]:
    """Every place in the store that still has something of theirs."""
    found = []
    async with bot.app.store.read() as connection:
        for table in tables.metadata.sorted_tables:
            for row in (await connection.execute(select(table))).mappings():
                for name, value in row.items():
                    if any(word in str(value).casefold() for word in PERSONAL):
                        found.append((table.name, str(name)))
    return found


def _in_files(folder: Path) -> list[str]:
    files = [file for file in folder.rglob("*.db*") if file.is_file()]
    assert files
    kept = b"".join(file.read_bytes() for file in files).lower()
    return [word for word in PERSONAL if word.encode() in kept]


def _copy(folder: Path, to: Path) -> None:
    to.mkdir()
    for file in folder.glob("*.db*"):
        shutil.copyfile(file, to / file.name)


async def money(bot: LiveBot) -> dict[str, Any]:
    """The books, people apart."""
    return {name: rows for name, rows in (await books(bot)).items() if name not in BY_PEOPLE}


async def test_nothing_of_them_is_left_but_what_they_paid(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, shop.neon_lease, buyer=BUYER))
    await bot.happen(bot.account.buy(shop.paper_lease, buyer=BEN))
    bot.account.refund(bought, 1000)
    bot.account.dispute(bot.account.buy(shop.exclusive, buyer=BUYER), 2000)
    # No sale of ours, but an event of theirs.
    await bot.happen(bot.account.subscribe(shop.lease, buyer=BUYER))
    before = await money(bot)
    assert await kept_of_them(bot)

    found = await forget_buyer(bot)
    [traces] = found.traces
    assert (traces.names, traces.payments) == (("Wilhelmina Quartz",), 2)
    assert traces.sales == (1001, 1002, 1004)
    assert await kept_of_them(bot) == []
    assert await money(bot) == before
    assert (await look_for(bot)).nothing
    [ben] = [row for row in await bot.rows(tables.buyers, "name", "forgotten") if row[0]]
    assert ben == (BEN.name, None)


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_nothing_of_them_is_left_in_the_file(
    bot: LiveBot, shop: Shop, tmp_path: Path
) -> None:
    await bot.happen(bot.account.refund(bot.account.buy(shop.lease, buyer=BUYER), 1000))
    await forget_buyer(bot)
    await bot.app.store.flush()
    assert _in_files(tmp_path) == []


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_nor_when_somebody_was_reading_meanwhile(
    bot: LiveBot, shop: Shop, tmp_path: Path
) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    async with bot.app.store.read() as connection:
        await connection.execute(select(tables.events))
        await forget_buyer(bot)
        await bot.app.store.flush()
        await bot.happen(bot.account.buy(shop.paper_lease, buyer=BEN))
        assert _in_files(tmp_path)
    async with bot.app.store.write():
        pass
    assert _in_files(tmp_path) == []


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_what_comes_later_leaves_nothing_of_them_in_the_files(
    bot: LiveBot, shop: Shop, tmp_path: Path
) -> None:
    bought = bot.account.buy(shop.lease, buyer=BUYER, settled=False)
    mixing = bot.account.pay(9900, buyer=BUYER, description="Mixing")
    await bot.happen(bot.account.subscribe(shop.lease, buyer=BUYER))
    await forget_buyer(bot)
    await bot.app.store.flush()
    bot.time.pass_(hours=1)
    bot.account.settle(bought)
    bot.account.refund(bought, 500)
    bot.account.refund(mixing, 500)
    bot.account.dispute(bought, 500)
    bot.account.dispute(mixing, 500)
    came = bot.account.take_events()
    assert {"charge.updated", "charge.refunded", "charge.dispute.created"} <= {
        event["type"] for event in came
    }
    assert any("w.quartz@example.com" in json.dumps(event).casefold() for event in came)
    await bot.take(came)
    assert await kept_of_them(bot) == []
    assert _in_files(tmp_path) == []


async def test_bodies_of_events_that_are_not_used_are_never_kept(bot: LiveBot, shop: Shop) -> None:
    bot.account.subscribe(shop.lease, buyer=BUYER)
    stranger = bot.account.take_events()[-1]
    await bot.deliver([{**stranger, "id": "evt_foreign", "account": "acct_other"}])
    await bot.happen(bot.account.subscribe(shop.lease, buyer=BUYER))
    kept = await bot.rows(tables.events, "state", "body")
    assert {state for state, _ in kept} >= {"ignored", "foreign"}
    assert {body for state, body in kept if state in ("ignored", "foreign")} == {""}


async def test_bodies_are_kept_for_35_days(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    bot.time.pass_(days=34, hours=23)
    await bot.app.event_bodies.look()
    assert "" not in [body for (body,) in await bot.rows(tables.events, "body")]
    await bot.happen(bot.account.refund(bought, 500))
    before = await books(bot)
    bot.time.pass_(hours=2)
    await bot.app.event_bodies.look()
    bodies = await bot.rows(tables.events, "type", "body")
    assert all(not body for type_, body in bodies if "refund" not in type_)
    assert all(body for type_, body in bodies if "refund" in type_)
    # What is told later is understood without them.
    await bot.happen(bot.account.refund(bought, 700))
    [payment] = await bot.payments()
    assert payment.refunded == 1200
    assert (await books(bot)).keys() == before.keys()
    bot.time.pass_(days=36)
    await bot.app.event_bodies.look()
    assert {body for (body,) in await bot.rows(tables.events, "body")} == {""}


async def test_an_event_that_waits_for_its_turn_keeps_its_body(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease, buyer=BUYER)
    await bot.deliver(bot.account.take_events())
    bot.time.pass_(days=40)
    await bot.app.event_bodies.look()
    assert "" not in [body for (body,) in await bot.rows(tables.events, "body")]
    await bot.work()
    assert len(await bot.payments()) == 1
    await bot.app.event_bodies.look()
    assert {body for (body,) in await bot.rows(tables.events, "body")} == {""}


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_who_was_forgotten_just_before_a_crash_is_gone_after_the_next_start(
    bot: LiveBot, shop: Shop, tmp_path: Path
) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    after = tmp_path / "after"
    async with bot.app.store.read() as connection:
        await connection.execute(select(tables.events))
        await forget_buyer(bot)
        # What a power cut leaves: the files as they are, before the log could be emptied.
        _copy(tmp_path, after)
    assert _in_files(after)
    [database] = after.glob("*.db")
    async with open_store(f"sqlite+aiosqlite:///{database}"):
        assert _in_files(after) == []


async def test_whose_email_is_like_theirs_keeps_all_of_it(bot: LiveBot, shop: Shop) -> None:
    emails = (f"x{BUYER.email}", f"{BUYER.email}.au")
    for email in emails:
        bot.account.buy(shop.neon_lease, buyer=Customer(name="Ann", email=email, country="AT"))
    await bot.happen()
    before = await bot.rows(tables.events, "id", "body")
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    found = await forget_buyer(bot)
    after = await bot.rows(tables.events, "id", "body")
    assert [row for row in before if row not in after] == []
    assert len(found.events) == len(after) - len(before)
    assert {email for (email,) in await bot.rows(tables.buyers, "email")} == {None, *emails}


@pytest.mark.parametrize("key", [True, False])
async def test_what_stripe_tells_later_brings_nobody_back(tmp_path: Path, key: bool) -> None:
    async with live_bot(tmp_path, key=key) as bot:
        bought = bot.account.buy(Shop(bot.account).lease, buyer=BUYER, settled=False)
        await bot.happen()
        await forget_buyer(bot)
        bot.account.settle(bought)
        bot.account.refund(bought, 1000)
        await bot.happen(bot.account.dispute(bought, 500))
        await bot.catch_up()
        [payment] = await bot.payments()
        assert payment.refunded == 1000
        assert payment.disputes
        assert payment.buyer.forgotten
        assert await kept_of_them(bot) == []


async def test_an_import_and_an_audit_find_nothing_to_change(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    await forget_buyer(bot)
    bot.time.pass_(hours=2)
    summary = await import_by_command(bot)
    assert (summary.payments.changed, summary.payments.same) == (0, 1)
    assert (await audit(bot)).equal
    assert await kept_of_them(bot) == []


@pytest.mark.parametrize("way", ["event", "import"])
async def test_what_they_bought_before_but_is_known_only_later_is_forgotten_too(
    bot: LiveBot, shop: Shop, way: str
) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    bot.time.pass_(days=1)
    bot.account.buy(shop.neon_lease, buyer=BUYER)
    late = bot.account.take_events()
    bot.time.pass_(days=1)
    await forget_buyer(bot)
    bot.time.pass_(days=1)
    if way == "event":
        await bot.take(late)
    else:
        await import_by_command(bot)
    await bot.catch_up()
    sales = await bot.sales()
    assert len(sales) == 2
    assert all(sale.buyer.forgotten and sale.state is SaleState.PAID for sale in sales)
    assert len(await bot.rows(tables.buyers)) == 1
    assert await kept_of_them(bot) == []


async def test_who_comes_back_is_somebody_new(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    await forget_buyer(bot)
    bot.time.pass_(days=1)
    await bot.happen(bot.account.buy(shop.neon_lease, buyer=BUYER))
    buyers = await bot.rows(tables.buyers, "email", "promotions")
    assert sorted(buyers, key=repr) == [("W.Quartz@Example.com", "opt_in"), (None, None)]
    found = await forget_buyer(bot)
    assert found.traces[0].sales == (1002,)
    assert await kept_of_them(bot) == []


async def test_nothing_is_removed_when_there_is_more_than_was_shown(
    bot: LiveBot, shop: Shop
) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    shown = await look_for(bot)
    await bot.happen(bot.account.buy(shop.neon_lease, buyer=BUYER))
    with pytest.raises(forget.Changed) as changed:
        await forget_buyer(bot, shown)
    assert changed.value.found.traces[0].sales == (1001, 1002)
    assert {row[0] for row in await bot.rows(tables.buyers, "email")} == {BUYER.email}
    await forget_buyer(bot, changed.value.found)
    assert await kept_of_them(bot) == []
