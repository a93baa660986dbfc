"""Lines about a sale that many screens share."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.payout import PayoutProgress, PayoutState
from bot.text.sale_lines import LINE, amount_table, contact_lines, progress_words, write_to
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
    assert write_to(Buyer(email="a b@<x>")) == "`a b@<x>`"
    assert write_to(Buyer(email="a@b.co")) == "<a@b.co>"
    assert write_to(Buyer(email=" ")) == ""


def test_contact_is_a_line_for_the_person_and_one_for_the_email() -> None:
    assert contact_lines(make.ANA, 2) == [
        "**Ana Lima** 🇧🇷 · 2nd purchase",
        "`Ana.Lima@example.com`",
    ]
    assert contact_lines(Buyer(email="a b@<x>"), 0) == ["`a b@<x>`"]


@pytest.mark.parametrize(
    ("state", "at", "words"),
    [
        (PayoutState.UNKNOWN, None, ""),
        (PayoutState.PENDING, TUESDAY, "available for payout Nov 24"),
        (PayoutState.PENDING, None, "payout pending"),
        (PayoutState.AVAILABLE, None, "available for payout"),
        (PayoutState.IN_TRANSIT, TUESDAY, "payout arrives Nov 24"),
        (PayoutState.PAID, TUESDAY, "paid out Nov 24"),
        (PayoutState.FAILED, None, "payout failed"),
        (PayoutState.CANCELED, None, "payout canceled"),
    ],
)
def test_payout_progress_is_said_in_words(
    state: PayoutState, at: datetime | None, words: str
) -> None:
    assert progress_words(PayoutProgress(state=state, at=at), date(2026, 12, 24)) == words
