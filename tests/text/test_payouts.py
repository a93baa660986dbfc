"""Payouts: the alert of one, `/payouts`, and what is in one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payout import (
    PayoutContents,
    PayoutRecord,
    PayoutsOverview,
    PayoutTrack,
    PendingAmount,
    StripeBalance,
)
from bot.text.message import Color
from bot.text.payouts import contents_message, payout_alert, payout_reply, payouts_message
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.limits import buttons, color, menu, text

TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)
PAYOUT = PayoutRecord(
    id="po_1",
    amount=Money(41200, "eur"),
    status="in_transit",
    automatic=True,
    created=make.NOON,
    arrival=TUESDAY,
    failure=None,
    payments=9,
    sales=12,
    refunds=1,
)
payout = partial(replace, PAYOUT)
UNKNOWN = payout(sales=None, refunds=None, payments=None)
overview = partial(replace, PayoutsOverview(waiting=(), on_the_way=(), over=()))
contents = partial(
    replace,
    PayoutContents(
        payout=PAYOUT,
        parts=(
            PayoutTrack(track="Midnight *Drive*", sales=9, refunds=1, disputes=0, net=30000),
            PayoutTrack(track="Neon Rain", sales=0, refunds=0, disputes=1, net=-1500),
        ),
        page=0,
        count=2,
        others=0,
        other_net=0,
    ),
)


def shown(**changes: Any) -> str:
    return text(payouts_message(overview(**changes), make.producer(), make.NOON))


def test_pending_money_is_listed_by_currency_and_day() -> None:
    days = [TUESDAY + timedelta(days=number) for number in range(6)]
    pending = tuple(PendingAmount(at=day, amount=1000) for day in (TUESDAY, *days))
    words = shown(
        waiting=(
            StripeBalance(currency="eur", available=2500, pending=()),
            StripeBalance(currency="usd", available=-300, pending=pending),
        )
    )
    assert "**€25.00** available\n" in words
    assert (
        "**-$3.00** available · **$70.00** pending\n"
        "└ Refunds and disputes exceed sales\n"
        "└ $20.00 Nov 24 · $50.00 by Nov 29"
    ) in words
    assert "not the rest of your Stripe balance" in words


def test_pending_money_of_two_days_has_both() -> None:
    tomorrow = make.NOON + timedelta(days=1)
    pending = (PendingAmount(at=tomorrow, amount=1000), PendingAmount(at=TUESDAY, amount=500))
    words = shown(waiting=(StripeBalance(currency="usd", available=0, pending=pending),))
    assert "**$15.00** pending\n└ $10.00 Wed · $5.00 Nov 24" in words


def test_available_money_after_a_manual_payout_is_unknown() -> None:
    words = shown(waiting=(StripeBalance(currency="usd", available=None, pending=()),))
    assert "only Stripe knows, because the last payout was started by hand" in words


def test_payouts_have_a_line_each() -> None:
    words = shown(
        on_the_way=(payout(id="po_1"),),
        over=(
            payout(id="po_2", status="failed", failure="account_closed"),
            payout(id="po_3", status="paid"),
            payout(id="po_4", status="canceled"),
            payout(status="paid", arrival=TUESDAY.replace(year=2025), sales=0),
            payout(status="paid", sales=None, automatic=False),
        ),
    )
    for line in (
        "**On its way**",
        "**€412.00** · arrives Nov 24 · 12 sales",
        "**Past payouts**",
        "❌ **€412.00 failed** · today\n└ Stripe says: The bank account has been closed.",
        "**€412.00** · Nov 24 · 12 sales",
        "**€412.00** · canceled today · 12 sales",
        "**€412.00** · Nov 24, 2025 · 1 refund",
        "**€412.00** · Nov 24 · started by hand",
    ):
        assert f"{line}\n" in words


def test_ten_payouts_take_a_line_each_on_a_phone() -> None:
    wide = payout(amount=Money(1_234_567, "usd"), status="paid", sales=1234, refunds=123)
    # A title, two lines for each balance, a heading, ten payouts, and what is counted.
    for amount, balances in ((234_567, 4), (1_234_567, 8)):
        waiting = tuple(
            StripeBalance(
                currency=code,
                available=amount,
                pending=(
                    PendingAmount(at=make.NOON, amount=amount // 2),
                    PendingAmount(at=TUESDAY, amount=amount // 2),
                ),
            )
            for code in ("usd", "eur")
        )
        message = payouts_message(
            overview(waiting=waiting, over=(wide,) * 10, count=25), make.producer(), make.NOON
        )
        assert lines_at_390(message) <= 1 + balances + 1 + 10 + 2


def test_payouts_are_opened_by_a_menu() -> None:
    both = overview(on_the_way=(payout(id="po_1"),), over=(payout(id="po_2"),))
    opens = menu(payouts_message(both, make.producer(), make.NOON))
    assert opens["custom_id"] == "payouts"
    assert [option["value"] for option in opens["options"]] == ["payout:1:po_1", "payout:1:po_2"]


def test_payouts_before_the_first_one_say_so() -> None:
    words = shown()
    assert "Nothing is waiting to be paid out." in words
    assert "No payout has arrived yet." in words


def test_payouts_without_a_key_say_what_is_missing() -> None:
    message = payouts_message(
        overview(), make.producer(livemode=False), make.NOON, fees_possible=False
    )
    assert "Pending and available are unknown." in text(message)
    assert "`producer-bot setup`" in text(message)
    assert message.embeds[0].author.name == "TEST MODE"


def test_payout_is_broken_down_by_track() -> None:
    message = contents_message(contents(others=2, other_net=-420), make.producer())
    words = text(message)
    for line in (
        "**12 sales, 1 refund**, after fees:",
        "**€300.00** · Midnight \\*Drive\\* · 9 sales, 1 refund",
        "**-€15.00** · Neon Rain · 1 dispute",
        "**-€4.20** · 2 other entries: Stripe's own fees, or payments that are not sales",
    ):
        assert line in words
    assert buttons(message) == {"Stripe": "https://dashboard.stripe.com/payouts/po_1"}


def test_long_contents_have_pages() -> None:
    first = contents_message(contents(count=25), make.producer())
    assert first.embeds[0].footer.text == "Page 1 of 3"
    assert buttons(first)["Next page"] == "payout-page:1:1:po_1"
    assert "Previous page" not in buttons(first)
    last = contents_message(contents(count=25, page=2), make.producer())
    assert buttons(last)["Previous page"] == "payout-page:1:1:po_1"
    assert "Next page" not in buttons(last)


def test_contents_that_stripe_does_not_list_are_not_invented() -> None:
    reading = contents(payout=UNKNOWN, parts=(), count=0)
    assert "Breakdown pending" in text(contents_message(reading, make.producer()))
    without = contents_message(reading, make.producer(), fees_possible=False)
    assert "set `STRIPE_API_KEY`" in text(without)
    by_hand = contents(payout=payout(automatic=False, sales=None), parts=(), count=0)
    words = text(contents_message(by_hand, make.producer(), fees_possible=False))
    assert "Started by hand: Stripe gives no breakdown." in words
    assert "STRIPE_API_KEY" not in words


def test_tax_of_buyers_in_a_payout_stands_apart_from_what_the_tracks_brought() -> None:
    message = contents_message(contents(tax=2664), make.producer(), fees_possible=True)
    words = text(message)
    assert ", after fees and tax:" in words
    assert "**€26.64** · tax from buyers, not counted as yours" in words
    plain = text(contents_message(contents(), make.producer(), fees_possible=True))
    assert "after fees:" in plain
    assert "tax" not in plain


@pytest.mark.parametrize(
    ("status", "title", "expected", "line"),
    [
        ("pending", "€412.00 on its way to your bank", Color.PENDING, "Arrives **Tue, Nov 24"),
        ("in_transit", "€412.00 on its way to your bank", Color.PENDING, "Arrives **Tue, Nov 24"),
        ("paid", "€412.00 paid out", Color.LEASE, "Arrived **Tue, Nov 24, 2026**"),
        ("failed", "€412.00 payout failed", Color.ALARM, "Check your bank details"),
        ("canceled", "€412.00 payout canceled", Color.REFUNDED, "back in your Stripe balance"),
    ],
)
def test_payout_alert_says_where_the_money_is(
    status: str, title: str, expected: Color, line: str
) -> None:
    message = payout_alert(payout(status=status), make.producer())
    assert message.content == title
    assert message.embeds[0].title is None
    assert color(message) == expected
    assert line in text(message)
    assert "12 sales, 1 refund" in text(message)


def test_alert_of_a_payout_that_stripe_does_not_list_invents_nothing() -> None:
    words = text(payout_alert(UNKNOWN, make.producer()))
    assert "Breakdown pending from Stripe." in words
    denied = replace(UNKNOWN, unreadable="rak_balance_read")
    words = text(payout_alert(denied, make.producer()))
    assert "Breakdown unknown: my Stripe key can't read it (`rak_balance_read`)" in words
    assert "not said yet" not in words
    by_hand = payout(sales=None, automatic=False)
    assert "Stripe gives no breakdown" in text(payout_alert(by_hand, make.producer()))


def test_payout_alert_has_a_button_for_its_contents() -> None:
    message = payout_alert(payout(), make.producer())
    assert [*buttons(message)] == ["What's in it", "Stripe"]
    assert buttons(message)["What's in it"] == "payout:1:po_1"
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
def test_payout_that_failed_says_why_and_what_to_do(failure: str, words: str) -> None:
    told = payout_reply(payout(status="failed", failure=failure), make.producer())
    assert told.startswith(f"❌ **€412.00 payout failed**\n{words}")
    assert "Check your bank details" in told
    assert "[Open it in Stripe](<https://dashboard.stripe.com/payouts/po_1>)" in told


def test_test_payout_is_marked() -> None:
    message = payout_alert(payout(), make.producer(livemode=False))
    assert message.content == "TEST MODE · €412.00 on its way to your bank"
    failed = payout(status="failed")
    assert payout_reply(failed, make.producer(livemode=False)).startswith("TEST MODE · ")


def test_payout_alert_without_a_key_says_how_to_know_its_contents() -> None:
    said = text(payout_alert(UNKNOWN, make.producer(), fees_possible=False))
    assert "set `STRIPE_API_KEY`" in said
    assert "STRIPE_API_KEY" not in text(payout_alert(UNKNOWN, make.producer()))
