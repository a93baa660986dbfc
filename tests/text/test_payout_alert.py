"""Payouts: the money's way to the bank."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payout import PayoutProgress, PayoutRecord, PayoutState
from bot.text.message import Color
from bot.text.payouts import payout_alert, payout_reply
from bot.text.sale_lines import progress_words
from tests import factories as make
from tests.text.limits import text

TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


def payout(**changes: Any) -> PayoutRecord:
    fields: dict[str, Any] = {
        "id": "po_1",
        "amount": Money(41200, "eur"),
        "status": "in_transit",
        "automatic": True,
        "created": make.NOON,
        "arrival": TUESDAY,
        "failure": None,
        "payments": 9,
        "sales": 12,
        "refunds": 1,
    }
    return PayoutRecord(**{**fields, **changes})


@pytest.mark.parametrize(
    ("status", "title", "color", "line"),
    [
        ("pending", "€412.00 on its way to your bank", Color.PENDING, "Arrives **Tue, Nov 24"),
        ("in_transit", "€412.00 on its way to your bank", Color.PENDING, "Arrives **Tue, Nov 24"),
        ("paid", "€412.00 paid out", Color.LEASE, "Arrived **Tue, Nov 24, 2026**"),
        ("failed", "Payout of €412.00 failed", Color.ALARM, "Check your bank details"),
        ("canceled", "Payout of €412.00 canceled", Color.REFUNDED, "back in your Stripe balance"),
    ],
)
def test_where_the_money_is(status: str, title: str, color: Color, line: str) -> None:
    message = payout_alert(payout(status=status), make.producer())
    assert message.content == title
    assert message.embeds[0].title is None
    assert message.embeds[0].color is not None
    assert message.embeds[0].color.value == color
    assert line in text(message)
    assert "12 sales, 1 refund" in text(message)


def test_what_stripe_does_not_say_is_not_invented() -> None:
    unknown = payout(sales=None, refunds=None, payments=None)
    words = text(payout_alert(unknown, make.producer()))
    assert "Breakdown pending from Stripe." in words
    denied = payout(sales=None, refunds=None, payments=None, unreadable="rak_balance_read")
    words = text(payout_alert(denied, make.producer()))
    assert "Breakdown unknown: my Stripe key can't read it (`rak_balance_read`)" in words
    assert "not said yet" not in words
    by_hand = payout(sales=None, automatic=False)
    assert "Stripe gives no breakdown" in text(payout_alert(by_hand, make.producer()))


def test_what_is_in_it_is_one_click_away() -> None:
    message = payout_alert(payout(), make.producer())
    assert message.view is not None
    [row] = message.view.to_components()
    assert [part["label"] for part in row["components"]] == ["What's in it", "Stripe"]
    assert row["components"][0]["custom_id"] == "payout:1:po_1"
    by_hand = payout_alert(payout(automatic=False, sales=None), make.producer())
    assert "What's in it" not in text(by_hand)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("account_closed", "Stripe says: The bank account has been closed."),
        ("brand_new", "Stripe says: brand new"),
        ("No *such* account", "Stripe says: No \\*such\\* account"),
    ],
)
def test_a_failed_payout_shouts(failure: str, words: str) -> None:
    told = payout_reply(payout(status="failed", failure=failure), make.producer())
    assert told.startswith(f"❌ **Payout of €412.00 failed.**\n{words}")
    assert "Check your bank details" in told
    assert "[Open it in Stripe](<https://dashboard.stripe.com/payouts/po_1>)" in told


def test_a_test_payout_is_marked() -> None:
    message = payout_alert(payout(), make.producer(livemode=False))
    assert message.embeds[0].author.name == "TEST MODE · Payout"
    failed = payout(status="failed")
    assert payout_reply(failed, make.producer(livemode=False)).startswith("TEST MODE · ")


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
def test_how_far_a_sales_money_is(state: PayoutState, at: datetime | None, words: str) -> None:
    assert progress_words(PayoutProgress(state=state, at=at)) == words


def test_without_a_key_it_says_how_to_know_what_is_in_it() -> None:
    unknown = payout(sales=None, refunds=None, payments=None)
    said = text(payout_alert(unknown, make.producer(), fees_possible=False))
    assert "set `STRIPE_API_KEY`" in said
    assert "STRIPE_API_KEY" not in text(payout_alert(unknown, make.producer()))
