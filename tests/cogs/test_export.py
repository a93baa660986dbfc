"""`/export`: files for the asker alone."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from simcord.results import InteractionResult

from bot.domain.payment import Consent
from bot.domain.payout import PayoutItem
from bot.domain.period import parse_period
from bot.domain.sale import Producer
from bot.store.books import payouts, producers
from bot.store.engine import Store
from bot.store.queries import export as buyers_export
from bot.store.queries import export as sales_export
from bot.store.queries import stats
from cogs.kit import respond
from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, open_house, said
from tests.store import samples
from tests.store.queries.test_payouts import NET, PAYOUT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie while they are made."""
    made = tmp_path / "made"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


async def files_of(result: InteractionResult) -> dict[str, bytes]:
    """An answer's files, by name."""
    return {one.filename: await one.read() for one in answer_of(result).attachments}


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def write_a_month(store: Store, producer: Producer) -> None:
    """Two currencies; a refund and a dispute in another month than their sales."""
    before = make.NOON - timedelta(days=20)
    await samples.write(
        store,
        producer,
        make.refunded(make.settled(make.paid("0", at=before)), 1000, at=make.NOON),
        make.settled(make.paid("1", make.lease("Glass City", 6000), make.lease())),
        make.settled(make.paid("2", currency="eur"), "eur"),
        make.disputed(make.settled(make.paid("3", at=before + timedelta(days=15)))),
        make.paid("4"),
    )


async def test_sales_come_as_csv_and_xlsx_with_the_totals_of_stats(
    house: House, producer: Producer, folder: Path
) -> None:
    await write_a_month(house.store, producer)
    answer = await house.ask("export")
    files = await files_of(answer)
    assert list(files) == ["sales-2026-03.csv", "sales-2026-03.xlsx"]
    assert "Sales · This month" in said(answer)
    rows = rows_of(files["sales-2026-03.csv"])
    totals = {row["Settled in"]: row for row in rows if row["Type"] == "Total"}
    async with house.store.read() as connection:
        span = parse_period("month", NOW, producer.timezone)
        shown = (await stats.statistics(connection, producer, span)).totals
    assert {one.currency.upper() for one in shown} == totals.keys() == {"USD", "EUR"}
    for one in shown:
        row = totals[one.currency.upper()]
        for heading, minor in {
            "Before fees": one.gross,
            "Stripe fee": -one.stripe_fee,
            "Refunds": -one.refunded,
            "Disputes": -one.disputed,
            "Net": one.net,
        }.items():
            assert Decimal(row[heading]) == Decimal(minor).scaleb(-2)
            assert Decimal(row[heading]) == _down(rows, heading, row["Settled in"])
        assert row["Track"] == ("4 sales" if one.currency == "usd" else "1 sale")
    sheet = openpyxl.load_workbook(io.BytesIO(files["sales-2026-03.xlsx"])).active
    assert sheet.max_row == len(rows) + 1
    assert _empty(folder)


def _down(rows: list[dict[str, str]], heading: str, currency: str) -> Decimal:
    """What a column adds up to, above the totals."""
    lines = [row for row in rows if row["Settled in"] == currency and row["Type"] != "Total"]
    return sum((Decimal(row[heading] or 0) for row in lines), Decimal(0))


async def test_a_refund_is_a_line_on_its_own_day(house: House, producer: Producer) -> None:
    await write_a_month(house.store, producer)
    answer = await house.ask("export", what="sales", period="2026-02")
    (sale, _) = rows_of((await files_of(answer))["sales-2026-02.csv"])
    assert (sale["Sale"], sale["Type"], sale["Current status"]) == (
        "1001",
        "Sale",
        "partly refunded",
    )
    assert (sale["Paid by the buyer"], sale["Refunded so far"]) == ("30.00", "-10.00")
    assert (sale["Refunds"], sale["Net"]) == ("", "28.80")
    assert sale["Date (America/New_York)"] == "2026-02-18 11:00:00"
    assert sale["Date (UTC)"] == "2026-02-18 16:00:00"
    march = rows_of((await files_of(await house.ask("export")))["sales-2026-03.csv"])
    (refund,) = [row for row in march if row["Type"] == "Refund"]
    assert (refund["Sale"], refund["Refunds"], refund["Net"]) == ("1001", "-10.00", "-10.00")
    assert refund["Paid by the buyer"] == ""


async def test_the_producers_first_currency_comes_first(
    house: House, producer: Producer, folder: Path
) -> None:
    await write_a_month(house.store, producer)
    shown = said(await house.ask("export"))
    assert shown.index("$") < shown.index("€")
    await house.ask("settings currency", currency="EUR")
    shown = said(await house.ask("export"))
    assert shown.index("€") < shown.index("$")


async def test_payouts_come_with_what_is_in_them(house: House, producer: Producer) -> None:
    await house.write(make.settled(make.paid("1")))
    async with house.store.write() as connection:
        made = replace(PAYOUT, created=make.NOON, arrival=make.NOON)
        await payouts.record(connection, producer, made, due=None, now=NOW)
        items = [PayoutItem(movement="txn_1", kind="charge", net=NET)]
        await payouts.attach(connection, producer.id, made.id, items)
    answer = await house.ask("export", what="payouts", period="year")
    assert "**$40.00** · 1 payout" in said(answer)
    rows = rows_of((await files_of(answer))["payouts-2026.csv"])
    assert [row["Type"] for row in rows] == ["Payout", "Sale", "Not itemized by Stripe", "1 payout"]
    assert [row["Paid out"] for row in rows] == ["40.00", "", "", "40.00"]
    assert [row["Amount in the payout"] for row in rows] == ["", "28.80", "11.20", "40.00"]
    assert (rows[1]["Sale"], rows[1]["Status"]) == ("1001", "on its way")


async def test_only_buyers_who_agreed_are_exported(house: House) -> None:
    yes = replace(make.ANA, promotions=Consent.OPT_IN)
    await house.write(
        make.paid("1", buyer=yes),
        make.paid("2", buyer=replace(make.BEN, promotions=Consent.OPT_OUT)),
    )
    answer = await house.ask("export", what="buyers")
    files = await files_of(answer)
    (row,) = rows_of(files["buyers-until-2026-03-10.csv"])
    assert (row["Email"], row["Name"], row["Purchases"]) == (yes.email, yes.name, "1")
    assert "Left out: **1** (1 said no)" in said(answer)
    assert "ask for consent at checkout" in said(answer)
    assert b"ben@" not in b"".join(files.values())


async def test_what_is_no_period_is_said(house: House) -> None:
    assert "is not a period" in said(await house.ask("export", period="soon"))


async def test_test_sales_are_called_so(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        tested = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        await producers.set_mode(connection, livemode=False)
    await samples.write(store, tested, make.paid("1"))
    async with open_house(store, tested) as house:
        answer = await house.ask("export")
        assert "TEST MODE" in said(answer)
        assert "test-sales-2026-03.csv" in await files_of(answer)


async def test_a_long_one_says_how_far_it_is_and_is_then_replaced(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.write(make.settled(make.paid("1")))
    count = sales_export.count_sale_lines

    async def slowly(*asked: Any) -> int:
        found = await count(*asked)
        await asyncio.sleep(60)
        return found

    monkeypatch.setattr(sales_export, "count_sale_lines", slowly)
    answer = await house.ask("export")
    assert "already being written" in said(await house.ask("export"))
    await house.env.advance_time(30)
    assert answer_of(answer).content == "Reading your sales …"
    await house.env.advance_time(60)
    assert answer_of(answer).content == ""
    assert list(await files_of(answer)) == ["sales-2026-03.csv", "sales-2026-03.xlsx"]


async def test_in_parts_where_discord_takes_no_larger_files(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [make.lease(sha256(str(n).encode()).hexdigest() * 8) for n in range(250)]
    await house.write(make.settled(make.paid("1", *lines)))
    monkeypatch.setattr(respond, "FILES", 3)
    cog_of(house).limit = 24_000
    answer = await house.ask("export")
    names = list(await files_of(answer))
    names += [one.filename for more in answer.followups for one in more.attachments]
    assert names[0] == "sales-2026-03.zip"
    assert names[1:] == [f"sales-2026-03-part-{n}.xlsx" for n in range(1, len(names))]
    assert len(answer_of(answer).attachments) == 3
    assert all(more.ephemeral for more in answer.followups)
    assert f"(2 of {1 + len(answer.followups)})" in answer.followups[0].content
    assert "the totals are in the last part" in said(answer)


async def test_what_cannot_be_made_small_enough_is_said(house: House) -> None:
    await house.write(make.paid("1"))
    cog_of(house).limit = 100
    assert "Ask for a shorter period" in said(await house.ask("export"))


async def test_files_that_discord_refuses_are_told(house: House) -> None:
    await house.write(make.paid("1"))
    house.env.inject_error("PATCH", "*/messages/@original", status=413, code=40005)
    assert "Discord refuses files of this size" in said(await house.ask("export"))


async def test_when_the_bot_stops_it_is_said_and_cleared_up(
    house: House, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    begun = asyncio.Event()

    async def lines(*_: Any) -> AsyncIterator[Any]:
        begun.set()
        await asyncio.sleep(3600)
        yield []

    monkeypatch.setattr(buyers_export, "buyer_lines", lines)

    async def stop() -> None:
        await begun.wait()
        await cog_of(house).cog_unload()

    stopping = asyncio.create_task(stop())
    answer = await house.ask("export", what="buyers")
    await stopping
    assert "I am shutting down" in said(answer)
    assert _empty(folder)


def cog_of(house: House) -> Any:
    return house.bot.get_cog("ExportCog")


def _empty(folder: Path) -> bool:
    return not list(folder.iterdir())
