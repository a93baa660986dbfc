"""Sales line by line: the same money as the statistics, the same as the audit compares.

Who may be told news, and who may not.

Payouts line by line: what is in each adds up to it.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.export_lines import (
    BuyerLine,
    LeftOut,
    PayoutHead,
    PayoutLine,
    PayoutSums,
    SaleLine,
    bounds,
)
from bot.domain.payment import BalanceTransaction, Buyer, Consent, DisputeState, Fees, Line, Payment
from bot.domain.payout import PayoutItem
from bot.domain.period import parse_period
from bot.domain.sale import Producer
from bot.store.books import audit_rows, payouts, producers
from bot.store.engine import Store
from bot.store.queries import export as exports
from bot.store.queries.export import FIRST, LAST, buyer_lines, payout_heads, payout_lines
from bot.store.queries.stats import statistics
from tests import factories as make
from tests.export_sums import summed
from tests.factories import ANA, BEN, NOON, disputed, lease, paid, pending, refunded, settled
from tests.store.queries.test_payouts import NET, PAYOUT
from tests.store.samples import Books, write

TIMEZONE = "America/New_York"
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
PERIODS = ("all", "year", "2026-03", "2026-04", "2026-05", "week", "2026-03-10..2026-04-09")
_accounts = count()


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """A payment in some currency, with whatever happened to it later, in whatever month."""
    at = datetime(2026, 2, 28, 23, 0, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 2400)))
    lines = [_lease(draw, name) for name in draw(_names)]
    currency = draw(st.sampled_from(["usd", "jpy", "kwd"]))
    payment = paid(str(draw(st.integers(0, 10**9))), *lines, at=at, currency=currency)
    payment = draw(st.sampled_from([payment, settled(payment, currency), _in_euro(payment)]))
    later = at + timedelta(days=draw(st.integers(0, 60)))
    part = payment.amount // 3
    steps = {
        "refunded": lambda it: refunded(it, part, at=later),
        "soon": lambda it: refunded(it, part, name="soon", at=later, booked=False),
        "bounced": lambda it: refunded(it, part, name="b", at=later, status="failed"),
        "open": disputed,
        "won": lambda it: disputed(it, DisputeState.WON),
        "returned": _fee_returned,
        "pending": pending,
    }
    for name in draw(st.lists(st.sampled_from(list(steps)), max_size=3, unique=True)):
        payment = steps[name](payment)
    return payment


_names = st.lists(st.sampled_from(["Midnight Drive", "Neon Rain"]), min_size=1, max_size=3)


def _lease(draw: st.DrawFn, track: str) -> Line:
    amount = draw(st.integers(0, 9999))
    return replace(lease(track, amount), tax=draw(st.integers(0, amount)))


def _in_euro(payment: Payment) -> Payment:
    return settled(payment, "eur", rate=2, tax=7, withheld=11)


def _fee_returned(payment: Payment) -> Payment:
    back = BalanceTransaction(
        id=f"txn_fr_{payment.key}",
        kind="application_fee_refund",
        currency=payment.movement.currency if payment.movement else payment.currency,
        gross=0,
        fees=Fees(platform=-100),
        net=100,
        at=payment.created + timedelta(days=40),
        available=True,
        available_on=payment.created + timedelta(days=40),
    )
    return replace(payment, fee_returns=(back,))


async def _exported(books: Books, period: str = "all") -> list[SaleLine]:
    span = parse_period(period, NOW, books.producer.timezone)
    async with books.store.read() as connection:
        asked = connection, books.producer, *bounds(span, books.producer.timezone)
        lines = [line async for some in exports.sale_lines(*asked, page=2) for line in some]
        assert await exports.count_sale_lines(*asked) >= len(lines)
    return lines


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(payments(), max_size=5, unique_by=lambda payment: payment.key))
async def test_what_is_exported_comes_to_what_statistics_say(
    store: Store, written: list[Payment]
) -> None:
    async with store.write() as connection:
        producer = await producers.ensure(
            connection, livemode=False, account=f"acct_{next(_accounts)}", timezone=TIMEZONE
        )
    await write(store, producer, *written, now=NOW, quiet=True)
    for period in PERIODS:
        exported = summed(await _exported(Books(store, producer), period))
        async with store.read() as connection:
            span = parse_period(period, NOW, TIMEZONE)
            totals = (await statistics(connection, producer, span)).totals
        assert set(exported) == set(totals)
    await _assert_as_audited(Books(store, producer))


async def _assert_as_audited(books: Books) -> None:
    """The sums by kind and currency that the audit holds against Stripe's."""
    compared: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    async with books.store.read() as connection:
        for one in await audit_rows.booked(connection, books.id, FIRST, LAST):
            _add(compared[one.kind, one.currency], one.gross, one.fee, one.net)
    exported: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in await _exported(books):
        if line.booked:
            fee = line.stripe_fee + line.fee_tax + line.platform_fee + line.withheld_tax
            moved = line.net + line.tax
            _add(exported[line.kind, line.settled_currency], line.gross, fee, moved)
    assert exported == compared


def _add(sums: list[int], *amounts: int) -> None:
    sums[:] = [one + more for one, more in zip(sums, amounts, strict=True)]


async def test_a_line_says_all_about_its_sale(books: Books) -> None:
    payment = refunded(settled(paid("1", lease(), make.exclusive(amount=9000))), 9000)
    await books.write(payment)
    async with books.store.write() as connection:
        await payouts.record(connection, books.producer, PAYOUT, due=None, now=NOON)
        items = [PayoutItem(movement="txn_1", kind="charge", net=1)]
        await payouts.attach(connection, books.id, PAYOUT.id, items)
    first, second, third = await _exported(books)
    assert first.number == 1001
    assert second.number == third.number == 1002
    assert (first.track, first.license, first.exclusive) == ("Midnight Drive", "Basic Lease", False)
    assert (first.name, first.email, first.country) == ("Ana Lima", "Ana.Lima@example.com", "BR")
    assert (first.intent, first.charge, first.session) == ("pi_1", "ch_1", "cs_1")
    assert (first.payout, first.arrival, first.source) == ("po_1", PAYOUT.arrival, "txn_1")
    assert (second.amount, second.refunded, second.state) == (9000, 9000, "refunded")
    assert (third.kind, third.gross, third.payout) == ("refund", -9000, None)
    assert third.at > second.at


async def test_nobody_elses_sales_are_exported(books: Books) -> None:
    await books.write(settled(paid("1")))
    assert await _exported(books.another) == []


async def test_what_is_sold_meanwhile_is_not_half_in_it(books: Books) -> None:
    await books.write(settled(paid("1")), settled(paid("2")))
    async with books.store.read() as connection:
        pages = exports.sale_lines(connection, books.producer, None, None, page=1)
        numbers = [line.number for line in await anext(pages)]
        later = NOON + timedelta(days=1)
        await books.write(refunded(settled(paid("2"))), settled(paid("3", at=later)))
        numbers += [line.number async for some in pages for line in some]
    assert numbers == [1001, 1002]
    assert len(await _exported(books)) == 4


YES = replace(ANA, promotions=Consent.OPT_IN)
NO = replace(BEN, promotions=Consent.OPT_OUT)


async def test_each_buyer_of_the_time_is_one_line(books: Books) -> None:
    later = NOON + timedelta(days=40)
    await books.write(
        paid("1", buyer=YES),
        paid("2", buyer=YES, at=later),
        paid("3", buyer=NO),
        paid("4", buyer=Buyer(email="kim@example.org")),
        paid("5", buyer=Buyer(promotions=Consent.OPT_IN)),
        pending(paid("6", buyer=Buyer(email="never@example.org"))),
    )
    lines = await _lines(books)
    assert lines[0] == (YES.email, "Ana Lima", "BR", "opt_in", 2, NOON, later)
    assert [line.agreed for line in lines] == [True, False, False, False]
    left_out = LeftOut()
    left_out.add(lines)
    assert left_out == LeftOut(refused=1, never_asked=1, without_email=1)
    async with books.store.read() as connection:
        asked = connection, books.producer, NOON + timedelta(days=1), None
        only = [line async for some in buyer_lines(*asked) for line in some]
    assert only == [(YES.email, "Ana Lima", "BR", "opt_in", 1, later, later)]
    assert await _lines(books.another) == []


async def _lines(books: Books) -> list[BuyerLine]:
    async with books.store.read() as connection:
        asked = connection, books.producer, None, None
        return [line async for some in buyer_lines(*asked, page=2) for line in some]


ITEMS = {
    "txn_1": ("charge", NET),
    "txn_2": ("charge", 5700),
    "txn_re_cs_1_1": ("refund", -1000),
    "txn_dp_cs_2": ("adjustment", -7500),
    "txn_fee": ("stripe_fee", -200),
}


@pytest.fixture
async def filled(books: Books) -> Producer:
    """Two sales, a refund, a dispute and a fee of Stripe's in one payout, and two other payouts."""
    await books.write(
        refunded(settled(paid("1")), 1000),
        disputed(settled(paid("2", lease("Neon Rain", 4000), lease("Low Tide", 2000)))),
    )
    made = [
        PAYOUT,
        replace(PAYOUT, id="po_2", automatic=False, created=NOON + timedelta(days=40)),
        replace(PAYOUT, id="po_3", status="failed", created=NOON + timedelta(days=41)),
    ]
    async with books.store.write() as connection:
        for payout in made:
            await payouts.record(connection, books.producer, payout, due=None, now=NOON)
        items = [
            PayoutItem(movement=name, kind=kind, net=net) for name, (kind, net) in ITEMS.items()
        ]
        await payouts.attach(connection, books.id, PAYOUT.id, items)
    return books.producer


async def _payouts(books: Books) -> dict[PayoutHead, list[PayoutLine]]:
    async with books.store.read() as connection:
        return {
            head: [
                line
                async for some in payout_lines(connection, books.producer, head, page=2)
                for line in some
            ]
            for head in await payout_heads(connection, books.producer, None, None)
        }


async def test_what_is_in_each_adds_up_to_it(store: Store, filled: Producer) -> None:
    found = await _payouts(Books(store, filled))
    assert [head.payout for head in found] == ["po_1", "po_2", "po_3"]
    assert all(sum(line.net for line in lines) == head.amount for head, lines in found.items())
    told = next(iter(found.values()))
    assert [(line.kind, line.track, line.net) for line in told] == [
        ("sale", "Midnight Drive", NET),
        ("sale", "Neon Rain", 3860),
        ("sale", "Low Tide", 1930),
        ("refund", "Midnight Drive", -1000),
        ("dispute", "Neon Rain", -5000),
        ("dispute", "Low Tide", -2500),
        ("other", "stripe_fee", -200),
        ("untold", None, 4000 - NET - 5790 + 1000 + 7500 + 200),
    ]
    assert [line.number for line in told] == [1001, 1002, 1003, 1001, 1002, 1003, None, None]


async def test_what_stripe_does_not_tell_is_one_line(store: Store, filled: Producer) -> None:
    by_hand = list((await _payouts(Books(store, filled))).values())[1]
    assert [(line.kind, line.number, line.net) for line in by_hand] == [("untold", None, 4000)]


async def test_failed_ones_are_not_summed_up(store: Store, filled: Producer) -> None:
    sums = PayoutSums()
    for head, lines in (await _payouts(Books(store, filled))).items():
        sums.add(head)
        sums.add_lines(head, lines)
    (totals,) = sums.totals()
    assert (totals.payouts, totals.failed) == (2, 1)
    assert totals.amount == totals.net == 8000
    assert totals.gross == 9000
    assert totals.refunded == -1000
    assert totals.disputed == -6000


async def test_they_are_those_that_an_audit_compares(store: Store, filled: Producer) -> None:
    start, end = NOON, NOON + timedelta(days=40, hours=1)
    async with store.read() as connection:
        heads = await payout_heads(connection, filled, start, end)
        compared = await audit_rows.payouts_created(connection, filled.id, start, end)
        stranger = replace(filled, id=filled.id + 1)
        assert await payout_heads(connection, stranger, None, None) == []
    assert [(head.payout, head.amount) for head in heads] == [
        (payout.id, payout.amount) for payout in compared
    ]
    assert len(heads) == 2
