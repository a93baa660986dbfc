"""What comes with exported files, in words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.export_lines import ExportSubject, LeftOut, PayoutTotals
from bot.domain.money import KNOWN_CURRENCIES
from bot.domain.period import Span, parse_period
from bot.domain.totals import CurrencyTotals
from bot.text.export import (
    about_buyers,
    about_payouts,
    about_sales,
    export_message,
    file_stem,
    progress_words,
)
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.limits import assert_fits, text

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
USD = CurrencyTotals(currency="usd", sales=2, gross=6000, stripe_fee=240, refunds=1, refunded=500)


def span(period: str = "month") -> Span:
    return parse_period(period, NOW, "America/New_York")


@pytest.mark.parametrize(
    ("period", "stem"),
    [
        ("month", "sales-2026-03"),
        ("2025", "sales-2025"),
        ("today", "sales-2026-03-10"),
        ("2026-03-01..2026-03-05", "sales-2026-03-01-to-2026-03-05"),
        ("all", "sales-until-2026-03-10"),
    ],
)
def test_files_are_named_by_subject_and_period(period: str, stem: str) -> None:
    assert file_stem(ExportSubject.SALES, span(period), make.producer()) == stem


def test_totals_are_told_by_currency() -> None:
    words = about_sales([replace(USD, net=5260, unsettled=1)], fees_possible=True)
    assert words[0] == "**$52.60** net of $60.00 · 2 sales · fees $2.40 · refunded $5.00"
    assert words[1].startswith("1 sale is still waiting")


def test_totals_with_tax_name_it() -> None:
    (words, _) = about_sales([replace(USD, tax=480, returned_tax=40, net=4820)], fees_possible=True)
    assert words == ("**$48.20** net of $60.00 · 2 sales · fees $2.40 · refunded $5.00 · tax $4.40")


def test_an_export_of_two_currencies_is_short_on_a_phone() -> None:
    totals = [replace(USD, gross=1234567, net=1200000, currency=code) for code in ("usd", "eur")]
    lines = about_sales(totals, fees_possible=True)
    message = export_message(ExportSubject.SALES, span(), make.producer(), lines, ["sales.csv"])
    assert lines_at_390(message) <= 10


def test_progress_is_shown_once_it_is_known() -> None:
    assert progress_words(0, 0) == "Reading your sales …"
    assert progress_words(42, 100_000) == "Writing 100,000 lines … 42%"


def test_payouts_that_failed_are_counted_apart() -> None:
    words = about_payouts([PayoutTotals(currency="jpy", payouts=1, failed=2, amount=500)])
    assert words[:2] == [
        "**¥500** · 1 payout",
        "└ not counted: 2 failed or canceled",
    ]


def test_buyers_left_out_are_counted_by_reason() -> None:
    words = "\n".join(about_buyers(0, LeftOut(refused=1, never_asked=1200, without_email=1)))
    assert "there is no file" in words
    assert "Left out: **1,202** (1,200 never asked, 1 said no, 1 no email)" in words
    assert "Left out" not in "\n".join(about_buyers(3, LeftOut()))


def test_message_with_all_currencies_fits() -> None:
    totals = [replace(USD, currency=code, gross=10**15) for code in sorted(KNOWN_CURRENCIES)]
    files = [f"sales-part-{n}.zip" for n in range(40)]
    lines = about_sales(totals, fees_possible=True)
    message = export_message(
        ExportSubject.SALES, span(), make.producer(livemode=False), lines, files
    )
    assert_fits(message)
    assert "TEST MODE" in text(message)
