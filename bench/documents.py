"""How long a license takes as a PDF: a lease, and an exclusive that names many earlier leases."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from bench.processor import Use
from bench.report import Figure, percentile
from bench.shop import Plan, buyer_of, payment_of
from bot.domain.license import PriorLease, SoldLicense
from bot.domain.money import Money
from bot.domain.payment import Payment
from bot.domain.records import PaymentRecord, PayoutProgress, PayoutState, Producer, Sale, SaleState
from bot.domain.terms import Terms
from bot.templates import read_templates
from bot.text.license_document import LicensePrinter

WARM_UP, DOCUMENTS = 5, 100
SLOWEST = 50.0
"""Milliseconds, at the median."""
EARLIER = 200

_NOW = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
_PRODUCER = Producer(
    id=1,
    livemode=True,
    account="",
    stripe_account=None,
    timezone="America/New_York",
    guild_id=None,
    channel_id=None,
    name="Night Owl Beats",
)


async def measure() -> list[Figure]:
    """Of each kind of document how long one takes, each for another buyer of another track."""
    printer = LicensePrinter(bytes(32), "https://beats.example.com")
    kinds = {"a lease": ("wav-lease", 0), f"an exclusive after {EARLIER}": ("exclusive", EARLIER)}
    figures = []
    for name, (template, earlier) in kinds.items():
        taken = [_timed(printer, sold) for sold in _licenses(template, earlier)][WARM_UP:]
        own = percentile([own for own, _ in taken], 50)
        with_waits = percentile([whole for _, whole in taken], 50)
        figures += [
            Figure(f"{name}, p50", own, at_most=SLOWEST),
            Figure(f"{name}, p50 with waits for a processor", with_waits),
        ]
    return figures


def _timed(printer: LicensePrinter, sold: SoldLicense) -> tuple[float, float]:
    """Milliseconds that one took, without this thread's waits for a processor and with them."""
    use = Use(loop_only=True)
    waited, began = use.waited(), time.perf_counter()
    printer.print(sold)
    taken = time.perf_counter() - began
    return max(taken - (use.waited() - waited), 0.0) * 1000, taken * 1000


def _licenses(template: str, earlier: int) -> list[SoldLicense]:
    plan = Plan(_PRODUCER, 1000, _NOW, Random(template))
    text = read_templates().texts[template]
    terms = Terms(name=template, version=1, text=text, since=_NOW)
    prior = tuple(
        PriorLease(number=1001 + each, sold=_NOW - timedelta(days=EARLIER - each))
        for each in range(earlier)
    )
    made = []
    for number in range(WARM_UP + DOCUMENTS):
        payment = payment_of(plan, number, buyer_of(number), _NOW, 1)
        record = _record(payment, 2000 + number, exclusive=template == "exclusive")
        sold = SoldLicense(record=record, sale=record.sales[0], terms=terms)
        made.append(replace(sold, prior=prior, prior_count=earlier))
    return made


def _record(payment: Payment, number: int, *, exclusive: bool) -> PaymentRecord:
    nothing = Money(0, payment.currency)
    payout = PayoutProgress(state=PayoutState.UNKNOWN)
    sale = Sale(
        number=number,
        payment_id=number,
        position=0,
        track=payment.lines[0].track,
        license=payment.lines[0].license,
        exclusive=exclusive,
        quantity=1,
        price=Money(payment.lines[0].amount, payment.currency),
        refunded=nothing,
        share=None,
        left=nothing,
        state=SaleState.PAID,
        conflict=False,
        sold=_NOW,
        buyer=payment.buyer,
        payout=payout,
    )
    return PaymentRecord(
        id=number,
        producer=_PRODUCER,
        payment=payment,
        sales=(sale,),
        rights=(),
        purchases=1,
        payout=payout,
        complete=True,
    )
