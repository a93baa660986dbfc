"""A make-believe shop: years of sales by the ledger's rules, the same ones for the same plan."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.payment import (
    Buyer,
    Dispute,
    DisputeState,
    Fees,
    Line,
    Movement,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.records import Producer

YEARS = 3
TRACKS = 200
LICENSES = {"Basic Lease": 2999, "Premium Lease": 4999, "Unlimited Lease": 14_900}
EXCLUSIVE, EXCLUSIVE_PRICE = "Exclusive Rights", 69_900

_ADJECTIVES = "Midnight Neon Velvet Frozen Golden Lonely Burning Silent Crystal Paper".split()
_NOUNS = (
    "Drive Rain Skies Echo Harbor Mirage Tokyo Signal Garden Runner"
    " Letters Ocean Static Motel Horizon Lantern Winter Ghost Radio Summer"
).split()
_FIRST = (
    "Ana Ben Chloe Dante Elif Femi Grace Hugo Ines Jonas Kofi Lena Mateo Nia Omar Petra"
    " Quentin Rosa Sami Tara Uma Viktor Wanda Ximena Yusuf Zoe"
).split()
# As many last names as there are pairs of these.
_BEGINNINGS = (
    "Al Bar Cor Dan El Fer Gar Han Iv Jen Kol Lar Mar Nor Ol Per Quin Ros Sal Tor Ul Var Wes Yan"
).split()
_ENDINGS = (
    "ado ano as berg dez don ek ell en er i ic ington ita lund man mi o ov quist sen ska son ström"
    " tova"
).split()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the sales are made from."""

    producer: Producer
    sales: int
    until: datetime
    random: random.Random

    @property
    def buyers(self) -> int:
        return max(1, self.sales // 3)

    @property
    def start(self) -> datetime:
        return self.until - timedelta(days=365 * YEARS)


def track_name(track_id: int) -> str:
    """The name of a track, from its id (1 to 200)."""
    return f"{_ADJECTIVES[track_id % 10]} {_NOUNS[(track_id - 1) // 10]}"


def buyer_of(buyer_id: int) -> Buyer:
    """A buyer, from the id of their row."""
    first = _FIRST[buyer_id % len(_FIRST)]
    last = _BEGINNINGS[buyer_id // len(_FIRST) % len(_BEGINNINGS)]
    last += _ENDINGS[buyer_id // len(_FIRST) // len(_BEGINNINGS) % len(_ENDINGS)]
    email = f"{first}.{last}{buyer_id}@mail{buyer_id % 7}.example".lower()
    return Buyer(
        email=email, name=f"{first} {last}", country="BR DE FR GB NG US".split()[buyer_id % 6]
    )


def payment_of(plan: Plan, payment_id: int, buyer: Buyer, at: datetime, most: int) -> Payment:
    """A paid Checkout of one track, now and then of two or three."""
    dice = plan.random
    lines = tuple(_line(plan, at) for _ in range(min(most, dice.choices((1, 2, 3), (90, 7, 3))[0])))
    payment = Payment(
        key=f"cs_{payment_id}",
        state=PaymentState.PAID,
        created=at,
        paid=at,
        amount=sum(line.amount for line in lines),
        currency=dice.choices(("usd", "eur"), (3, 1))[0],
        buyer=buyer,
        lines=lines,
        detailed=True,
        session=f"cs_{payment_id}",
        intent=f"pi_{payment_id}",
        charge=f"ch_{payment_id}",
    )
    if at > plan.until - timedelta(minutes=30):
        return payment
    payment = _settled(payment)
    chance = dice.random()
    if chance < 0.03:
        part = payment.amount if chance < 0.015 else payment.amount // 2
        return _refunded(payment, part, min(at + timedelta(days=3), plan.until))
    if chance < 0.033:
        return _disputed(
            payment, dice.choice(list(DisputeState)), min(at + timedelta(days=20), plan.until)
        )
    return payment


def _line(plan: Plan, at: datetime) -> Line:
    """Some tracks sell more than others; every fifth is sold exclusively when its time comes."""
    dice = plan.random
    share = (at - plan.start) / (plan.until - plan.start)
    track_id = min(int(TRACKS * dice.random() ** 2) + 1, TRACKS)
    if track_id % 5 == 0 and share > track_id / TRACKS:
        if dice.random() > 0.002:
            track_id -= 1
        elif dice.random() < 0.5:
            return Line(
                track=track_name(track_id),
                license=EXCLUSIVE,
                exclusive=True,
                amount=EXCLUSIVE_PRICE,
            )
    license_name = dice.choices(list(LICENSES), (6, 3, 1))[0]
    return Line(
        track=track_name(track_id),
        license=license_name,
        exclusive=False,
        amount=LICENSES[license_name],
    )


def _moved(name: str, kind: str, currency: str, gross: int, fee: int, at: datetime) -> Movement:
    return Movement(
        id=name,
        kind=kind,
        currency=currency,
        gross=gross,
        fees=Fees(stripe=fee),
        net=gross - fee,
        at=at,
        available=True,
        available_on=at + timedelta(days=2),
    )


def _settled(payment: Payment) -> Payment:
    fee = payment.amount * 29 // 1000 + 30
    moved = _moved(
        f"txn_{payment.key}", "charge", payment.currency, payment.amount, fee, payment.created
    )
    return replace(payment, movement=moved)


def _refunded(payment: Payment, amount: int, at: datetime) -> Payment:
    refund = Refund(
        id=f"re_{payment.key}",
        amount=amount,
        currency=payment.currency,
        status="succeeded",
        reason="requested_by_customer",
        created=at,
        movement=_moved(f"txn_re_{payment.key}", "refund", payment.currency, -amount, 0, at),
    )
    return replace(payment, refunds=(refund,))


def _disputed(payment: Payment, state: DisputeState, at: datetime) -> Payment:
    taken = _moved(
        f"txn_dp_{payment.key}", "adjustment", payment.currency, -payment.amount, 1500, at
    )
    moved = state in (DisputeState.OPEN, DisputeState.LOST)
    dispute = Dispute(
        id=f"dp_{payment.key}",
        amount=payment.amount,
        currency=payment.currency,
        state=state,
        status=state.value,
        reason="fraudulent",
        created=at,
        movements=(taken,) if moved else (),
    )
    return replace(payment, disputes=(dispute,))
