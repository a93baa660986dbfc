"""What is posted when a payment changes, and in which channel."""

from dataclasses import replace

import pytest

from bot.domain.money import Money
from bot.domain.news import (
    Announce,
    Edit,
    News,
    Reply,
    RouteChannel,
    news,
    route_channels,
    route_of,
)
from bot.domain.parse import amend
from bot.domain.payment import Payment, PaymentState, Refund
from bot.domain.preferences import Route
from bot.domain.refunds import stood_in
from bot.domain.stripe_view import StripeView
from tests.factories import fraud_warning, payment_for, refund, stripe_dispute

SALE = payment_for(5000)


def disputed(status: str) -> Payment:
    return amend(SALE, StripeView(disputes=[stripe_dispute(status=status)]))


def refunded(*refunds: Refund, standing_in: int = 0) -> Payment:
    return stood_in(replace(SALE, refunds=refunds), standing_in)


def replies(before: Payment, after: Payment) -> list[tuple[str, str]]:
    told = news(before, after)
    assert told[:1] == (Edit(),)
    return [(item.what, item.id) for item in told if isinstance(item, Reply)]


PENDING = payment_for(5000, state=PaymentState.PENDING, paid=None)
FAILED = replace(PENDING, state=PaymentState.FAILED)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, SALE, (Announce(),)),
        # A delayed payment, when it comes; one that fails is never told.
        (None, PENDING, ()),
        (PENDING, SALE, (Announce(),)),
        (PENDING, FAILED, ()),
        (None, FAILED, ()),
        # What happened before the announcement is in it.
        (None, refunded(refund(5000)), (Announce(),)),
        (None, disputed("needs_response"), (Announce(),)),
        (SALE, replace(SALE), ()),
        # A change of any kind brings the message up to date.
        (SALE, replace(SALE, presented_amount=7, presented_currency="eur"), (Edit(),)),
    ],
)
def test_payment_that_changes_is_told(
    before: Payment | None, after: Payment, told: tuple[News, ...]
) -> None:
    assert news(before, after) == told


def test_a_refund_is_answered_once() -> None:
    pending, done = refund(2000, status="pending"), refund(2000)
    assert replies(SALE, refunded(pending)) == [("refund", "re_1")]
    assert replies(refunded(pending), refunded(done)) == []
    assert news(SALE, refunded(done)) == (
        Edit(),
        Reply(key="reply:refund:re_1", what="refund", id="re_1"),
    )


def test_each_of_two_refunds_is_answered() -> None:
    first, second = refund(2000, id="re_1"), refund(1000, id="re_2")
    assert replies(refunded(first), refunded(first, second)) == [("refund", "re_2")]


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_came_to_nothing_is_told(status: str) -> None:
    gone = refund(2000, status=status)
    assert replies(refunded(refund(2000)), refunded(gone)) == [("refund_failed", "re_1")]
    assert replies(SALE, refunded(gone)) == [("refund_failed", "re_1")]
    assert replies(refunded(gone), refunded(gone, refund(5, id="re_2"))) == [("refund", "re_2")]


def test_a_refund_that_only_the_charge_tells_of_is_told_but_not_again() -> None:
    told = refunded(standing_in=2000)
    assert news(SALE, told) == (
        Edit(),
        Reply(key="reply:refund:ch_1:2000", what="refund", id="ch_1", amount=Money(2000, "usd")),
    )
    assert replies(told, refunded(refund(2000))) == []
    assert replies(told, refunded(refund(2000), standing_in=2000)) == []


def test_a_second_refund_that_only_the_charge_tells_of_is_told_too() -> None:
    first, second = refunded(standing_in=2000), refunded(standing_in=3000)
    (_, reply) = news(first, second)
    assert isinstance(reply, Reply)
    assert reply.key == "reply:refund:ch_1:3000"
    assert reply.amount == Money(1000, "usd")


def test_a_refund_beyond_what_the_charge_told_of_is_told() -> None:
    told = refunded(standing_in=2000)
    after = refunded(refund(2000, id="re_1"), refund(1000, id="re_2"))
    assert replies(told, after) == [("refund", "re_2")]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (None, "warning_needs_response", "inquiry"),
        (None, "needs_response", "dispute_opened"),
        (None, "lost", "dispute_lost"),
        ("warning_needs_response", "needs_response", "dispute_opened"),
        ("needs_response", "won", "dispute_won"),
        ("under_review", "lost", "dispute_lost"),
        ("warning_under_review", "warning_closed", "dispute_closed"),
        ("needs_response", "prevented", "dispute_closed"),
        # These change the message only.
        ("needs_response", "under_review", None),
        (None, "warning_closed", None),
    ],
)
def test_dispute_in_another_state_is_answered(
    before: str | None, after: str, what: str | None
) -> None:
    known = disputed(before) if before else SALE
    assert replies(known, disputed(after)) == ([(what, "dp_1")] if what else [])


def test_a_fraud_warning_is_told_once() -> None:
    warned = amend(SALE, StripeView(warnings=[fraud_warning()]))
    assert replies(SALE, warned) == [("fraud_warning", "issfr_1")]
    assert replies(warned, replace(warned, amount=1)) == []


@pytest.mark.parametrize(
    ("kind", "subject", "key", "way"),
    [
        ("announce", "payment:1", "announce:payment:1", None),
        ("edit", "payment:1", "edit:payment:1", None),
        ("reply", "payment:1", "reply:conflict:7", None),
        ("reply", "payment:1", "reply:refund:re_1", Route.RETURNS),
        ("reply", "payment:1", "reply:refund_failed:re_1", Route.RETURNS),
        ("reply", "payment:1", "reply:dispute_reminder_24:dp_1", Route.RETURNS),
        ("reply", "payment:1", "reply:fraud_warning:issfr_1", Route.RETURNS),
        ("reply", "payment:1", "reply:track_free:7:1", Route.RETURNS),
        ("announce", "payout:po_1", "announce:payout:po_1", Route.PAYOUTS),
        ("reply", "payout:po_1", "reply:payout_failed:po_1", Route.PAYOUTS),
        ("notice", "notice:webhooks", "notice:webhooks:20261122", None),
        ("notice", "digest", "digest:weekly:20261116", Route.DIGESTS),
    ],
)
def test_news_goes_by_what_it_tells(kind: str, subject: str, key: str, way: Route | None) -> None:
    assert route_of(kind, subject, key) is way


def test_what_has_no_channel_of_its_own_is_told_where_sales_are() -> None:
    assert route_channels(1, {}) == (RouteChannel(1, (None, *Route)),)


def test_routes_may_share_a_channel_and_each_is_told_in_one() -> None:
    found = route_channels(1, {Route.PAYOUTS: 2, Route.RETURNS: 2, Route.DIGESTS: 1})
    main, other = (None, Route.DIGESTS), (Route.RETURNS, Route.PAYOUTS)
    assert found == (RouteChannel(1, main), RouteChannel(2, other))
    assert [line.main for line in found] == [True, False]


def test_a_route_may_have_a_channel_before_sales_have_one() -> None:
    assert route_channels(None, {Route.PAYOUTS: 2})[0].channel_id is None
