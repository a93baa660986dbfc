"""The objects of all tests: payments as we keep them, records as the store answers, and Stripe's.

Each function gives one with plain values; a test names only what it is about. Amounts are minor
units. Functions that take a payment give the same payment after something has happened to it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.import_progress import ImportProgress
from bot.domain.license_terms import Terms
from bot.domain.money import Money
from bot.domain.payment import (
    BalanceTransaction,
    Buyer,
    Dispute,
    DisputeState,
    Fees,
    Line,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.problem import NOT_UNDERSTOOD, OpenProblem, Problem
from bot.domain.sale import Holder, PaymentRecord, Producer, Sale, SaleRights, SaleState, Share
from bot.domain.sold_license import PriorLease, SoldLicense

NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
"""Noon in New York."""
ANA = Buyer(email="Ana.Lima@example.com", name="Ana Lima", country="BR")
BEN = Buyer(email="ben@example.org", name="Ben Okoro", country="NG")
JORDAN = Buyer(email="jordan.lee@example.com", name="Jordan Lee", country="US")
DISPUTE_STATUSES = {
    DisputeState.INQUIRY: "warning_needs_response",
    DisputeState.OPEN: "needs_response",
    DisputeState.CLOSED: "warning_closed",
}


# Line items


def line(track: str = "Midnight Drive", amount: int = 2995, **changes: Any) -> Line:
    """One license of a track; a basic lease unless it is `exclusive`."""
    exclusive = changes.pop("exclusive", False)
    license_name = changes.pop("license", "Exclusive Rights" if exclusive else "Basic Lease")
    return Line(track=track, license=license_name, exclusive=exclusive, amount=amount, **changes)


def lease(track: str = "Midnight Drive", amount: int = 3000) -> Line:
    return line(track, amount)


def exclusive(track: str = "Midnight Drive", amount: int = 50_000) -> Line:
    return line(track, amount, exclusive=True, license="Exclusive")


# Payments


def payment(*lines: Line, key: str = "1", at: datetime = NOON, **changes: Any) -> Payment:
    """A card payment that is not settled yet. Its ids all end with `key`."""
    lines = lines or (line(),)
    fields: dict[str, Any] = {
        "key": f"cs_{key}",
        "state": PaymentState.PAID,
        "created": at,
        "paid": at,
        "amount": sum(one.amount for one in lines),
        "currency": "usd",
        "buyer": JORDAN,
        "lines": lines,
        "detailed": True,
        "session": f"cs_{key}",
        "intent": f"pi_{key}",
        "charge": f"ch_{key}",
    }
    return Payment(**fields | changes)


def paid(key: str, *lines: Line, **changes: Any) -> Payment:
    """Ana's payment: of a lease for 3000 unless it has other lines."""
    return payment(*(lines or (lease(),)), key=key, **{"buyer": ANA} | changes)


def payment_for(*amounts: int, **changes: Any) -> Payment:
    """A payment with a line item for each amount."""
    return payment(
        *(line(amount=each, item=f"li_{i}") for i, each in enumerate(amounts)), **changes
    )


def free(key: str, *lines: Line, **changes: Any) -> Payment:
    return paid(key, *(lines or (lease(amount=0),)), **{"intent": None, "charge": None} | changes)


def pending(of: Payment) -> Payment:
    return replace(of, state=PaymentState.PENDING, paid=None, movement=None)


def failed(of: Payment) -> Payment:
    return replace(pending(of), state=PaymentState.FAILED)


def booked(
    gross: int = 2995, fee: int = 117, currency: str = "usd", **changes: Any
) -> BalanceTransaction:
    """The charge's, available in two days."""
    at = changes.get("at", NOON)
    fields: dict[str, Any] = {
        "id": "txn_1",
        "kind": "charge",
        "currency": currency,
        "gross": gross,
        "fees": Fees(stripe=fee),
        "net": gross - fee,
        "at": at,
        "available": False,
        "available_on": at + timedelta(days=2),
    }
    return BalanceTransaction(**fields | changes)


def settled(
    of: Payment, currency: str = "usd", rate: int = 1, tax: int = 0, withheld: int = 0
) -> Payment:
    """Booked by Stripe for 3 % and 30 units; `tax` and `withheld` go off too."""
    gross = of.amount * rate
    fees = Fees(stripe=gross * 3 // 100 + 30, tax=tax, withheld=withheld)
    own: dict[str, Any] = {"fees": fees, "net": gross - fees.total, "at": of.paid or of.created}
    own["id"] = of.key.replace("cs_", "txn_")
    return replace(of, movement=booked(gross, currency=currency, **own))


def sold(*lines: Line, fee: int = 117, **changes: Any) -> Payment:
    """A payment booked by Stripe for that fee."""
    amount = payment(*lines).amount
    return payment(*lines, **{"movement": booked(amount, fee)} | changes)


def refund(amount: int = 1000, **changes: Any) -> Refund:
    """One that succeeded an hour later, and is not booked."""
    own: dict[str, Any] = {"id": "re_1", "amount": amount, "currency": "usd"}
    done = {"status": "succeeded", "reason": "requested_by_customer"}
    return Refund(**own | done | {"created": NOON + timedelta(hours=1)} | changes)


def refunded(
    of: Payment,
    amount: int | None = None,
    *,
    name: str = "1",
    at: datetime | None = None,
    status: str = "succeeded",
    booked: bool = True,
) -> Payment:
    """With another refund, of all of it when `amount` is None; Stripe books it without a fee."""
    given = of.amount if amount is None else amount
    at = at or of.created + timedelta(hours=1)
    ident = f"{of.key}_{name}"
    back = _moved(of, f"txn_rf_{ident}", "refund_failure", given, at)
    made = refund(
        given,
        id=f"re_{ident}",
        currency=of.currency,
        status=status,
        reason=None,
        created=at,
        movement=_moved(of, f"txn_re_{ident}", "refund", -given, at) if booked else None,
        reversal=back if status == "failed" else None,
    )
    others = tuple(one for one in of.refunds if one.id != made.id)
    return replace(of, refunds=(*others, made))


def dispute(state: DisputeState = DisputeState.OPEN, **changes: Any) -> Dispute:
    """One of the next day, to be answered within eight more; no money has moved."""
    fields: dict[str, Any] = {
        "id": "dp_1",
        "amount": 2995,
        "currency": "usd",
        "state": state,
        "status": DISPUTE_STATUSES.get(state, state.value),
        "reason": "product_not_received",
        "created": NOON + timedelta(days=1),
        "due_by": NOON + timedelta(days=9),
    }
    return Dispute(**fields | changes)


def disputed(of: Payment, state: DisputeState = DisputeState.OPEN, fee: int = 1500) -> Payment:
    """With a dispute about all of it, three days later, that Stripe took `fee` for."""
    at = of.created + timedelta(days=3)
    taken = _moved(of, f"txn_dp_{of.key}", "adjustment", -of.amount, at, fee)
    returned = _moved(of, f"txn_dw_{of.key}", "adjustment", of.amount, at)
    made = dispute(
        state,
        id=f"dp_{of.key}",
        amount=of.amount,
        currency=of.currency,
        status=state.value,
        reason="fraudulent",
        created=at,
        due_by=None,
        movements=(taken, returned) if state is DisputeState.WON else (taken,),
    )
    return replace(of, disputes=(made,))


def _moved(
    of: Payment, name: str, kind: str, amount: int, at: datetime, fee: int = 0
) -> BalanceTransaction:
    """Available at once, in the currency that the payment was settled in."""
    currency = of.movement.currency if of.movement else of.currency
    changes = {"id": name, "kind": kind, "at": at, "available": True, "available_on": at}
    return booked(amount, fee, currency, **changes)


# What the store answers with


def producer(**changes: Any) -> Producer:
    own: dict[str, Any] = {"id": 1, "livemode": True, "account": "", "stripe_account": None}
    places = {"timezone": "America/New_York", "guild_id": 10, "channel_id": 20}
    return Producer(**own | places | changes)


def sale(of: Payment, position: int = 0, **changes: Any) -> Sale:
    """The sale of one line item; the only one of a settled payment has all of its share."""
    one, movement = of.lines[position], of.movement
    share = None
    if movement is not None:
        whole = len(of.lines) == 1
        share = Share(
            currency=movement.currency,
            gross=movement.gross if whole else one.amount,
            tax=one.tax,
            fees=movement.fees if whole else Fees(),
        )
    fields: dict[str, Any] = {
        "number": 1042 + position,
        "payment_id": 1,
        "position": position,
        "track": one.track,
        "license": one.license,
        "exclusive": one.exclusive,
        "quantity": one.quantity,
        "price": Money(one.amount, of.currency),
        "refunded": Money(0, of.currency),
        "share": share,
        "left": Money(share.net, share.currency) if share else Money(one.amount, of.currency),
        "state": SaleState(of.state.value),
        "conflict": False,
        "sold": NOON,
        "buyer": of.buyer,
        "payout": PayoutProgress(state=PayoutState.UNKNOWN),
    }
    return Sale(**fields | changes)


def record(of: Payment | None = None, **changes: Any) -> PaymentRecord:
    """A payment as the store answers; `sale_changes` go to each of its sales."""
    of = of or sold()
    each = changes.pop("sale_changes", {})
    fields: dict[str, Any] = {
        "id": 1,
        "producer": producer(),
        "payment": of,
        "sales": tuple(sale(of, position, **each) for position in range(len(of.lines))),
        "rights": (),
        "purchases": 1,
        "payout": PayoutProgress(state=PayoutState.UNKNOWN),
        "complete": True,
    }
    return PaymentRecord(**fields | changes)


def holder(**changes: Any) -> Holder:
    """Sam, who bought the track exclusively three days earlier."""
    sam = Buyer(email="sam@example.org", name="Sam Ortiz", country="MX")
    own: dict[str, Any] = {"number": 1030, "at": NOON - timedelta(days=3), "state": SaleState.PAID}
    return Holder(**own | {"price": Money(50_000, "usd"), "buyer": sam} | changes)


def exclusive_record(leases: int = 3, **changes: Any) -> PaymentRecord:
    rights = (SaleRights(number=1042, earlier_leases=leases, holder=None),)
    of = sold(line(amount=50_000, exclusive=True), fee=1480)
    return record(of, **{"rights": rights} | changes)


def wide_payment(*, exclusive: bool = False, **changes: Any) -> Payment:
    """With the longest names and amounts that are usual, for what a phone's screen shows of it."""
    one = line(
        "Midnight Drive (Extended Version)",
        1_234_567,
        license="Exclusive Rights" if exclusive else "Unlimited Lease",
        exclusive=exclusive,
    )
    email = "bartholomew.featherstonehaugh@example.com"
    bought = Buyer(email=email, name="Bartholomew Featherstonehaugh", country="US")
    return sold(one, fee=35_832, buyer=bought, **changes)


def conflict_record(**changes: Any) -> PaymentRecord:
    """A lease of a track that Sam holds."""
    rights = (SaleRights(number=1042, earlier_leases=0, holder=holder()),)
    return record(**{"rights": rights, "sale_changes": {"conflict": True}} | changes)


def problem(error: str = "its object has no id") -> OpenProblem:
    """An event that the bot gave up."""
    return OpenProblem("", Problem(NOT_UNDERSTOOD, "", error), NOON, "evt_1", "refund.created")


def import_progress(**changes: Any) -> ImportProgress:
    """An import that is half done."""
    long_ago, done = NOON - timedelta(days=100), NOON - timedelta(days=50)
    own: dict[str, Any] = {"start": long_ago, "end": NOON, "done_until": done, "payments": 1234}
    return ImportProgress(**own | changes)


# Licenses

TERMS_TEXT = """One song, and **{track}** is yours.

## What you may do

- Sell it, {buyer}
- Stream it

Paid {price} on {date} to *{producer}* for {license}, sale {number}.
"""


def terms(text: str = TERMS_TEXT, **changes: Any) -> Terms:
    fields: dict[str, Any] = {"name": "lease", "version": 2, "text": text, "since": NOON}
    return Terms(**fields | changes)


def sold_license(text: str = TERMS_TEXT, **changes: Any) -> SoldLicense:
    """A lease; `line`, `payment`, `sale` and `producer` are changes of these."""
    of = payment(line(**changes.pop("line", {})), **changes.pop("payment", {}))
    owner = producer(**{"name": "Night Owl Beats"} | changes.pop("producer", {}))
    whole = record(of, producer=owner, sale_changes=changes.pop("sale", {}))
    return SoldLicense(record=whole, sale=whole.sales[0], **{"terms": terms(text)} | changes)


def sold_exclusive(leases: int, **changes: Any) -> SoldLicense:
    """An exclusive after so many leases, a day apart."""
    prior = tuple(
        PriorLease(number=1001 + i, sold=NOON - timedelta(days=leases - i)) for i in range(leases)
    )
    own: dict[str, Any] = {"exclusive": True, "amount": 50_000}
    fields: dict[str, Any] = {"line": own, "prior": prior, "prior_count": leases}
    return sold_license(**fields | changes)


# Stripe's objects: one checkout of one track, as its API shows them

OPENED, CHARGED, BOOKED = 1_790_000_000, 1_790_000_060, 1_790_000_065
"""When the Checkout was opened, paid and booked: unix seconds."""


JAY = {"email": "jay@example.com", "name": "Jay"}
_OF_CHARGE = {"charge": "ch_1", "payment_intent": "pi_1"}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 5000,
        "currency": "usd",
        "created": OPENED,
        "customer_details": JAY | {"address": {"country": "US"}},
        "metadata": {},
        **changes,
    }


def line_item(**changes: Any) -> dict[str, Any]:
    name = "Midnight Drive – Basic Lease"
    product = {"id": "prod_1", "name": name, "metadata": {}}
    price = {"id": "price_1", "nickname": None, "metadata": {}, "product": product}
    bought = {"id": "li_1", "description": name, "amount_total": 5000, "quantity": 1}
    return {**bought, "price": price, **changes}


def intent(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 5000,
        "amount_received": 5000,
        "currency": "usd",
        "created": OPENED + 30,
        "latest_charge": "ch_1",
        "metadata": {},
        **changes,
    }


def charge(**changes: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "object": "charge",
        "status": "succeeded",
        "captured": True,
        "amount": 5000,
        "amount_captured": 5000,
        "amount_refunded": 0,
        "currency": "usd",
        "created": CHARGED,
        "payment_intent": "pi_1",
        "balance_transaction": None,
        "billing_details": JAY,
        "metadata": {},
        **changes,
    }


def balance_transaction(**changes: Any) -> dict[str, Any]:
    return {
        "id": "txn_1",
        "type": "charge",
        "amount": 5000,
        "fee": 175,
        "net": 4825,
        "currency": "usd",
        "fee_details": [{"amount": 175, "currency": "usd", "type": "stripe_fee"}],
        "created": BOOKED,
        "status": "pending",
        "available_on": BOOKED + 172_800,
        **changes,
    }


def stripe_refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 2000,
        "currency": "usd",
        "status": "succeeded",
        "reason": "requested_by_customer",
        **_OF_CHARGE,
        "created": CHARGED + 600,
        **changes,
    }


def stripe_dispute(**changes: Any) -> dict[str, Any]:
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": 5000,
        "currency": "usd",
        "status": "needs_response",
        "reason": "fraudulent",
        **_OF_CHARGE,
        "created": CHARGED + 900,
        "evidence_details": {"due_by": CHARGED + 600_000},
        "balance_transactions": [],
        **changes,
    }


def fraud_warning(**changes: Any) -> dict[str, Any]:
    return {
        "id": "issfr_1",
        "object": "radar.early_fraud_warning",
        "actionable": True,
        **_OF_CHARGE,
        "created": CHARGED + 700,
        "fraud_type": "made_with_stolen_card",
        "livemode": True,
        **changes,
    }


def payout(**changes: Any) -> dict[str, Any]:
    return {
        "id": "po_1",
        "object": "payout",
        "amount": 40_000,
        "currency": "eur",
        "status": "pending",
        "automatic": True,
        "created": CHARGED,
        "arrival_date": CHARGED + 86_400,
        "failure_code": None,
        "failure_message": None,
        "reconciliation_status": "in_progress",
        **changes,
    }


def event(type_: str, shown: Any, **changes: Any) -> dict[str, Any]:
    own = {"id": f"evt_{type_}", "object": "event", "type": type_, "created": CHARGED}
    return {**own, "data": {"object": shown}, **changes}
