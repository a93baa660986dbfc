"""Whatever people and Stripe might write and do, for tests that hold whatever comes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar, get_type_hints

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.payment import (
    BalanceTransaction,
    Buyer,
    Dispute,
    Fees,
    FraudWarning,
    Line,
    PaymentState,
    Refund,
)
from bot.domain.payout import PayoutProgress, PayoutRecord
from bot.domain.sale import PaymentRecord, SaleRights, SaleState, Share
from bot.text.dispute_lines import REASONS
from tests import factories as make

T = TypeVar("T")

NASTY = (
    "",
    " \t\n ",
    "\u202egnp.exe\u202c",
    "مسار منتصف الليل",
    "@everyone <@1> <@&2> <#3> <t:0:R> <:a:1> :smile:",
    "**bold** __u__ ~~s~~ ||x|| `c` ```block``` # h\n> q\n- l\n1. n",
    "[click](https://example.com) https://example.com",
    "👩‍👩‍👧‍👦" * 200,
    "\\" * 10_000,
    "𝕏" * 10_000,
    "long " * 2_000,
    "\x00\x07\u3164\u2800",
)

thoroughly = settings(
    max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)

any_text = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=()), max_size=300),
)
names = any_text.map(lambda text: text or "x")
moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
amounts = st.integers(0, 10**12)
currencies = st.sampled_from(["usd", "eur", "jpy", "kwd", "chf", "xyz"])
debts = st.integers(-(10**12), 10**12)
# By the types of a field, unless `anything` is given something else for it.
st.register_type_strategy(str, any_text)
st.register_type_strategy(int, amounts)
st.register_type_strategy(datetime, moments)


def anything(kind: type[T], /, **given: Any) -> st.SearchStrategy[T]:
    """Any one of a dataclass: its fields are as given, or whatever their types allow."""
    inferred = dict.fromkeys(get_type_hints(kind), ...)
    return st.builds(kind, **{**inferred, **given})


buyers = st.builds(
    Buyer,
    email=st.none() | any_text | st.just("jordan@example.com"),
    name=st.none() | any_text,
    country=st.none() | st.sampled_from(["US", "de", "XX", "", "toolong"]),
)
producers = st.builds(
    make.producer,
    livemode=st.booleans(),
    stripe_account=st.none() | st.just("acct_1") | any_text,
)
progress = anything(PayoutProgress, payout=st.none() | st.just("po_1"))
_fees = anything(Fees)


@st.composite
def movements(draw: st.DrawFn, sign: int = 1) -> BalanceTransaction:
    gross = sign * draw(amounts)
    fees = draw(_fees)
    return BalanceTransaction(
        id="txn_1",
        kind="charge",
        currency=draw(currencies),
        gross=gross,
        fees=fees,
        net=gross - fees.total,
        at=draw(moments),
        available=draw(st.booleans()),
        available_on=draw(moments),
    )


@st.composite
def payment_records(draw: st.DrawFn, most: int = 6) -> PaymentRecord:
    """A payment's record, as strange as can be, consistent or not."""
    count = draw(st.integers(1, most))
    lines = tuple(draw(_lines) for _ in range(count))
    payment = make.payment(
        *lines,
        state=draw(st.sampled_from(PaymentState)),
        created=draw(moments),
        paid=draw(moments),
        currency=draw(currencies),
        presented_amount=draw(st.none() | amounts),
        presented_currency=draw(st.none() | currencies),
        buyer=draw(buyers),
        intent=draw(st.none() | st.just("pi_1") | any_text),
        charge=draw(st.none() | st.just("ch_1")),
        movement=draw(st.none() | movements()),
        refunds=tuple(draw(st.lists(_refunds, max_size=12))),
        disputes=tuple(draw(st.lists(_disputes, max_size=5))),
        warnings=tuple(draw(st.lists(_warnings, max_size=3))),
    )
    sales = tuple(draw(_sales(payment, position)) for position in range(count))
    rights = [
        SaleRights(
            number=sale.number,
            earlier_leases=draw(st.integers(0, 10**6)),
            holder=draw(st.none() | st.just(make.holder())),
        )
        for sale in sales
        if sale.exclusive or sale.conflict
    ]
    return make.record(
        payment,
        id=draw(st.integers(1, 10**9)),
        producer=draw(producers),
        sales=sales,
        rights=tuple(rights),
        purchases=draw(st.integers(0, 10**6)),
        payout=draw(progress),
        complete=draw(st.booleans()),
    )


@st.composite
def _sales(draw: st.DrawFn, payment: Any, position: int) -> Any:
    base = make.sale(payment, position)
    share = draw(
        st.none() | st.builds(Share, currency=currencies, gross=amounts, tax=amounts, fees=_fees)
    )
    return replace(
        base,
        number=draw(st.integers(1, 10**6)) * 1000 + position,
        refunded=Money(draw(amounts), payment.currency),
        share=share,
        left=Money(draw(st.integers(-(10**12), 10**12)), draw(currencies)),
        state=draw(st.sampled_from(SaleState)),
        conflict=draw(st.booleans()),
        sold=draw(moments),
        payout=draw(progress),
    )


_warnings = anything(FraudWarning, id=st.just("issfr_1"), kind=names)


_lines = anything(
    Line,
    item=st.none(),
    track=names,
    license=names,
    tax=st.just(0),
    quantity=st.integers(1, 10_000),
    price=st.none() | st.just("price_1"),
    terms=st.none(),
)
_refunds = anything(
    Refund,
    id=st.just("re_1"),
    currency=currencies,
    status=st.sampled_from(["succeeded", "pending", "failed", "canceled"]) | names,
    reason=st.none() | names,
    failure=st.none() | names,
    presented_currency=st.none() | currencies,
    movement=st.none() | movements(-1),
    reversal=st.none(),
)
_disputes = anything(
    Dispute,
    id=st.just("dp_1"),
    currency=currencies,
    status=st.sampled_from(["needs_response", "under_review", "warning_needs_response"]),
    reason=names | st.sampled_from([*REASONS]),
    movements=st.lists(movements(-1), max_size=2).map(tuple),
)
payout_records = anything(
    PayoutRecord,
    id=st.just("po_1"),
    amount=st.builds(Money, amounts, currencies),
    status=st.sampled_from("pending in_transit paid failed canceled unheard_of".split()),
)

WORST = make.record(
    make.payment(
        *(make.line("\\" * 10_000, license="𝕏" * 10_000, exclusive=True) for _ in range(100)),
        buyer=Buyer(email="`" * 10_000 + "@" + "*" * 10_000, name="@everyone " * 1000),
    ),
    sale_changes={"conflict": True},
)
"""A hundred tracks, each and the buyer with the worst of names."""
