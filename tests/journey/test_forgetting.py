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
from tests.journey.house import House, house
from tests.journey.shop import BEN, Shop
from tests.sync.ways import audit, import_by_command

pytestmark = pytest.mark.counted

BUYER = Customer(
    name="Wilhelmina Quartz",
    email="W.Quartz@Example.com",
    country="AT",
    phone="+43 1 5550199",
    promotions="opt_in",
)
PERSONAL = ("wilhelmina", "quartz", "5550199")
BY_PEOPLE = {"buyers", "buyer_totals", "payments", "announced"}


async def look_for(home: House, email: str = "w.QUARTZ@example.com") -> Person:
    async with home.app.store.read() as connection:
        return await forget.look(connection, [await home.producer()], email)


async def forget_buyer(home: House, found: Person | None = None) -> Person:
    found = found or await look_for(home)
    producer = await home.producer()
    async with home.app.store.write() as connection:
        await forget.forget(connection, [producer], found, home.time())
    return found


async def kept_of_them(home: House) -> list[tuple[str, str]]:
    """Every place in the store that still has something of theirs."""
    found = []
    async with home.app.store.read() as connection:
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


async def money(home: House) -> dict[str, Any]:
    """The books, people apart."""
    return {name: rows for name, rows in (await books(home)).items() if name not in BY_PEOPLE}


async def test_nothing_of_them_is_left_but_what_they_paid(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, shop.neon_lease, buyer=BUYER)
    await home.happen()
    home.account.buy(shop.paper_lease, buyer=BEN)
    await home.happen()
    home.account.refund(bought, 1000)
    home.account.dispute(home.account.buy(shop.exclusive, buyer=BUYER), 2000)
    # No sale of ours, but an event of theirs.
    home.account.subscribe(shop.lease, buyer=BUYER)
    await home.happen()
    before = await money(home)
    assert await kept_of_them(home)

    found = await forget_buyer(home)
    [traces] = found.traces
    assert (traces.names, traces.payments) == (("Wilhelmina Quartz",), 2)
    assert traces.sales == (1001, 1002, 1004)
    assert await kept_of_them(home) == []
    assert await money(home) == before
    assert (await look_for(home)).nothing
    [ben] = [row for row in await home.rows(tables.buyers, "name", "forgotten") if row[0]]
    assert ben == (BEN.name, None)


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_nothing_of_them_is_left_in_the_file(home: House, shop: Shop, tmp_path: Path) -> None:
    home.account.refund(home.account.buy(shop.lease, buyer=BUYER), 1000)
    await home.happen()
    await forget_buyer(home)
    await home.app.store.flush()
    assert _in_files(tmp_path) == []


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_nor_when_somebody_was_reading_meanwhile(
    home: House, shop: Shop, tmp_path: Path
) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    async with home.app.store.read() as connection:
        await connection.execute(select(tables.events))
        await forget_buyer(home)
        await home.app.store.flush()
        home.account.buy(shop.paper_lease, buyer=BEN)
        await home.happen()
        assert _in_files(tmp_path)
    async with home.app.store.write():
        pass
    assert _in_files(tmp_path) == []


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_what_comes_later_leaves_nothing_of_them_in_the_files(
    home: House, shop: Shop, tmp_path: Path
) -> None:
    bought = home.account.buy(shop.lease, buyer=BUYER, settled=False)
    mixing = home.account.pay(9900, buyer=BUYER, description="Mixing")
    home.account.subscribe(shop.lease, buyer=BUYER)
    await home.happen()
    await forget_buyer(home)
    await home.app.store.flush()
    home.time.pass_(hours=1)
    home.account.settle(bought)
    home.account.refund(bought, 500)
    home.account.refund(mixing, 500)
    home.account.dispute(bought, 500)
    home.account.dispute(mixing, 500)
    came = home.account.take_events()
    assert {"charge.updated", "charge.refunded", "charge.dispute.created"} <= {
        event["type"] for event in came
    }
    assert any("w.quartz@example.com" in json.dumps(event).casefold() for event in came)
    await home.deliver(came)
    await home.work()
    assert await kept_of_them(home) == []
    assert _in_files(tmp_path) == []


async def test_bodies_of_events_that_are_not_used_are_never_kept(home: House, shop: Shop) -> None:
    home.account.subscribe(shop.lease, buyer=BUYER)
    stranger = home.account.take_events()[-1]
    await home.deliver([{**stranger, "id": "evt_foreign", "account": "acct_other"}])
    home.account.subscribe(shop.lease, buyer=BUYER)
    await home.happen()
    kept = await home.rows(tables.events, "state", "body")
    assert {state for state, _ in kept} >= {"ignored", "foreign"}
    assert {body for state, body in kept if state in ("ignored", "foreign")} == {""}


async def test_bodies_are_kept_for_35_days(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    home.time.pass_(days=34, hours=23)
    await home.app.event_bodies.look()
    assert "" not in [body for (body,) in await home.rows(tables.events, "body")]
    home.account.refund(bought, 500)
    await home.happen()
    before = await books(home)
    home.time.pass_(hours=2)
    await home.app.event_bodies.look()
    bodies = await home.rows(tables.events, "type", "body")
    assert all(not body for type_, body in bodies if "refund" not in type_)
    assert all(body for type_, body in bodies if "refund" in type_)
    # What is told later is understood without them.
    home.account.refund(bought, 700)
    await home.happen()
    [payment] = await home.payments()
    assert payment.refunded == 1200
    assert (await books(home)).keys() == before.keys()
    home.time.pass_(days=36)
    await home.app.event_bodies.look()
    assert {body for (body,) in await home.rows(tables.events, "body")} == {""}


async def test_an_event_that_waits_for_its_turn_keeps_its_body(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.deliver(home.account.take_events())
    home.time.pass_(days=40)
    await home.app.event_bodies.look()
    assert "" not in [body for (body,) in await home.rows(tables.events, "body")]
    await home.work()
    assert len(await home.payments()) == 1
    await home.app.event_bodies.look()
    assert {body for (body,) in await home.rows(tables.events, "body")} == {""}


@pytest.mark.skipif(bool(POSTGRESQL), reason="looks into SQLite's file")
async def test_who_was_forgotten_just_before_a_crash_is_gone_after_the_next_start(
    home: House, shop: Shop, tmp_path: Path
) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    after = tmp_path / "after"
    async with home.app.store.read() as connection:
        await connection.execute(select(tables.events))
        await forget_buyer(home)
        # What a power cut leaves: the files as they are, before the log could be emptied.
        _copy(tmp_path, after)
    assert _in_files(after)
    [database] = after.glob("*.db")
    async with open_store(f"sqlite+aiosqlite:///{database}"):
        assert _in_files(after) == []


async def test_whose_email_is_like_theirs_keeps_all_of_it(home: House, shop: Shop) -> None:
    emails = (f"x{BUYER.email}", f"{BUYER.email}.au")
    for email in emails:
        home.account.buy(shop.neon_lease, buyer=Customer(name="Ann", email=email, country="AT"))
    await home.happen()
    before = await home.rows(tables.events, "id", "body")
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    found = await forget_buyer(home)
    after = await home.rows(tables.events, "id", "body")
    assert [row for row in before if row not in after] == []
    assert len(found.events) == len(after) - len(before)
    assert {email for (email,) in await home.rows(tables.buyers, "email")} == {None, *emails}


@pytest.mark.parametrize("key", [True, False])
async def test_what_stripe_tells_later_brings_nobody_back(tmp_path: Path, key: bool) -> None:
    async with house(tmp_path, key=key) as home:
        bought = home.account.buy(Shop(home.account).lease, buyer=BUYER, settled=False)
        await home.happen()
        await forget_buyer(home)
        home.account.settle(bought)
        home.account.refund(bought, 1000)
        home.account.dispute(bought, 500)
        await home.happen()
        await home.catch_up()
        [payment] = await home.payments()
        assert payment.refunded == 1000
        assert payment.disputes
        assert payment.buyer.forgotten
        assert await kept_of_them(home) == []


async def test_an_import_and_an_audit_find_nothing_to_change(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    await forget_buyer(home)
    home.time.pass_(hours=2)
    summary = await import_by_command(home)
    assert (summary.payments.changed, summary.payments.same) == (0, 1)
    assert (await audit(home)).equal
    assert await kept_of_them(home) == []


@pytest.mark.parametrize("way", ["event", "import"])
async def test_what_they_bought_before_but_is_known_only_later_is_forgotten_too(
    home: House, shop: Shop, way: str
) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    home.time.pass_(days=1)
    home.account.buy(shop.neon_lease, buyer=BUYER)
    late = home.account.take_events()
    home.time.pass_(days=1)
    await forget_buyer(home)
    home.time.pass_(days=1)
    if way == "event":
        await home.deliver(late)
        await home.work()
    else:
        await import_by_command(home)
    await home.catch_up()
    sales = await home.sales()
    assert len(sales) == 2
    assert all(sale.buyer.forgotten and sale.state is SaleState.PAID for sale in sales)
    assert len(await home.rows(tables.buyers)) == 1
    assert await kept_of_them(home) == []


async def test_who_comes_back_is_somebody_new(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    await forget_buyer(home)
    home.time.pass_(days=1)
    home.account.buy(shop.neon_lease, buyer=BUYER)
    await home.happen()
    buyers = await home.rows(tables.buyers, "email", "promotions")
    assert sorted(buyers, key=repr) == [("W.Quartz@Example.com", "opt_in"), (None, None)]
    found = await forget_buyer(home)
    assert found.traces[0].sales == (1002,)
    assert await kept_of_them(home) == []


async def test_nothing_is_removed_when_there_is_more_than_was_shown(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, buyer=BUYER)
    await home.happen()
    shown = await look_for(home)
    home.account.buy(shop.neon_lease, buyer=BUYER)
    await home.happen()
    with pytest.raises(forget.Changed) as changed:
        await forget_buyer(home, shown)
    assert changed.value.found.traces[0].sales == (1001, 1002)
    assert {row[0] for row in await home.rows(tables.buyers, "email")} == {BUYER.email}
    await forget_buyer(home, changed.value.found)
    assert await kept_of_them(home) == []
