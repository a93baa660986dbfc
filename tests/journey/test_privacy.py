"""What is written to the log names no buyer, whatever happens."""

import io
from pathlib import Path

import pytest

from bot.logs import configure_logs
from bot.store import tables
from fakes.stripe import Customer
from tests.journey.databases import POSTGRESQL
from tests.journey.live_bot import SECRET, LiveBot, live_bot
from tests.journey.shop import Shop

BUYER = Customer(name="Wilhelmina Quartz", email="w.quartz@example.com", country="AT")
PRIVATE = ("wilhelmina", "quartz", "w.quartz@example.com", SECRET)


@pytest.fixture
def log() -> io.StringIO:
    """What an operator would read."""
    written = io.StringIO()
    configure_logs("console", stream=written)
    return written


def _nothing_private(log: io.StringIO) -> None:
    written = log.getvalue().casefold()
    assert written
    assert [word for word in PRIVATE if word.casefold() in written] == []


async def test_in_the_life_of_a_sale(bot: LiveBot, shop: Shop, log: io.StringIO) -> None:
    bought = bot.account.buy(shop.exclusive, buyer=BUYER)
    events = bot.account.take_events()
    await bot.take([*events, *events])
    bot.account.refund(bought, 1000)
    await bot.happen(bot.account.dispute(bought, 2000))
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    foreign = [event | {"livemode": True, "id": f"{event['id']}x"} for event in events]
    await bot.deliver(foreign)
    await bot.catch_up()
    _nothing_private(log)


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_when_stripe_refuses(bot: LiveBot, shop: Shop, log: io.StringIO, status: int) -> None:
    bot.stripe.faults.fail_next(50, status)
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    await bot.catch_up()
    _nothing_private(log)
    assert bot.stripe.key not in log.getvalue()


async def test_when_stripe_is_too_slow(tmp_path: Path, log: io.StringIO) -> None:
    async with live_bot(tmp_path, patience=0.05) as bot:
        bot.stripe.faults.delay = 0.2
        await bot.happen(bot.account.buy(Shop(bot.account).lease, buyer=BUYER))
    _nothing_private(log)


async def test_when_an_object_is_broken(keyless: LiveBot, log: io.StringIO) -> None:
    keyless.account.buy(Shop(keyless.account).lease, buyer=BUYER)
    *_, checkout, _ = keyless.account.take_events()
    checkout["data"]["object"] |= {"amount_total": "w.quartz@example.com"}
    await keyless.take([checkout])
    assert await keyless.rows(tables.events, "state") == [("failed",)]
    _nothing_private(log)


@pytest.mark.skipif(bool(POSTGRESQL), reason="the trigger is written for SQLite")
async def test_when_the_work_itself_fails(
    bot: LiveBot, shop: Shop, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bot.app.store.write() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON buyers BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    assert "sync failed" in log.getvalue()
    _nothing_private(log)


async def test_when_what_is_stored_cannot_be_read(
    bot: LiveBot, shop: Shop, log: io.StringIO
) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, buyer=BUYER))
    async with bot.app.store.write() as connection:
        await connection.exec_driver_sql(
            "UPDATE payments SET document = replace(document, 'paid', 'Wilhelmina Quartz')"
        )
    await bot.happen(bot.account.refund(bought))
    assert "sync failed" in log.getvalue()
    _nothing_private(log)
