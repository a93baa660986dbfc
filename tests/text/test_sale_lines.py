"""Lines about a sale that many screens share."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.payout import PayoutProgress, PayoutState
from bot.text.sale_lines import LINE, amount_table, contact_lines, listed_sale, progress_words
from tests import factories as make

TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


def test_amount_table_has_names_left_and_money_right() -> None:
    table = amount_table(
        [("Buyer paid", Money(2995, "usd")), ("Fees", "settling…"), LINE, ("Net", Money(0, "usd"))]
    )
    assert table.split("\n") == [
        "```",
        "Buyer paid        $29.95",
        "Fees           settling…",
        "────────────────────────",
        "Net                $0.00",
        "```",
        "",
    ]


def test_amount_table_is_as_wide_as_its_widest_row() -> None:
    [_, first, second, *_] = amount_table(
        [("Refund returned", Money(123456789, "usd")), ("Net", Money(1, "usd"))]
    ).split("\n")
    assert first == "Refund returned  $1,234,567.89"
    assert len(first) == len(second)


def test_email_that_cannot_be_a_link_is_only_copied() -> None:
    odd = Buyer(email="a b@<x>", name=None)
    assert contact_lines(odd, 0) == ["`a b@<x>`"]
    assert contact_lines(Buyer(email="a@b.co"), 2) == [
        "`a@b.co`",
        "Write: <a@b.co>",
        "2nd purchase",
    ]


def test_listed_sale_after_a_partial_dispute_shows_its_net() -> None:
    sale = make.record().sales[0]
    assert sale.share is not None
    assert "** left" not in listed_sale(sale, fees_possible=True)
    taken = replace(sale, left=Money(1300, "usd"))
    assert "→ **$13.00** net" in listed_sale(taken, fees_possible=True)


@pytest.mark.parametrize(
    ("state", "at", "words"),
    [
        (PayoutState.UNKNOWN, None, ""),
        (PayoutState.PENDING, TUESDAY, "available Tue, Nov 24, 2026"),
        (PayoutState.PENDING, None, "payout pending"),
        (PayoutState.AVAILABLE, None, "available for payout"),
        (PayoutState.IN_TRANSIT, TUESDAY, "on its way, arrives Tue, Nov 24, 2026"),
        (PayoutState.PAID, TUESDAY, "paid out Tue, Nov 24, 2026"),
        (PayoutState.FAILED, None, "payout failed"),
        (PayoutState.CANCELED, None, "payout canceled"),
    ],
)
def test_payout_progress_is_said_in_words(
    state: PayoutState, at: datetime | None, words: str
) -> None:
    assert progress_words(PayoutProgress(state=state, at=at)) == words
