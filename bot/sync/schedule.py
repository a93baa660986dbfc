"""When a payment or payout is asked for again, as long as something about it is still open."""

from datetime import datetime, timedelta

from bot.domain.payment import DisputeState, Payment, PaymentState, Refund

# Fees usually settle within seconds, sometimes minutes; what takes longer than an hour takes days.
DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(hours=1),
)
DAILY = timedelta(days=1)
# After this many looks nothing more is to be expected; events still bring it back.
LAST_CHECK = 60
# What Stripe says is not there may only be late; after an hour it is gone.
LAST_CHECK_OF_GONE = len(DELAYS)


def next_check(checks: int, now: datetime, *, gone: bool = False) -> datetime | None:
    """The moment of the next look after `checks` of them have left something open.

    `gone`: Stripe says that there is no such object.
    """
    if checks >= (LAST_CHECK_OF_GONE if gone else LAST_CHECK):
        return None
    return now + (DELAYS[checks] if checks < len(DELAYS) else DAILY)


def next_look_for(first: datetime, now: datetime) -> datetime | None:
    """When an object that Stripe says is not there is asked for again: over an hour by the clock
    from `first`, when it was heard of, however many events tell of it. None after that hour.
    """
    return next((first + delay for delay in DELAYS if first + delay > now), None)


def is_open(payment: Payment, *, complete: bool) -> bool:
    """Whether Stripe has more to say about it without an event having to tell us."""
    if not complete or payment.state is PaymentState.PENDING:
        return True
    if payment.state is PaymentState.FAILED:
        return False
    undecided = any(
        dispute.state in (DisputeState.INQUIRY, DisputeState.OPEN) for dispute in payment.disputes
    )
    return undecided or not payment.settled or any(map(_unbooked, payment.refunds))


def _unbooked(refund: Refund) -> bool:
    """Whether the money has yet to go, or to come back after the refund failed."""
    if refund.counts:
        return refund.movement is None
    return refund.movement is not None and refund.reversal is None
