"""A payment as one JSON text: what the columns beside it do not hold is not lost."""

from pydantic import TypeAdapter

from bot.ledger.payment import Payment

_PAYMENT = TypeAdapter(Payment)


def dump(payment: Payment) -> str:
    """The payment as JSON; what equals a default is left out."""
    return _PAYMENT.dump_json(payment, exclude_defaults=True).decode()


def load(document: str) -> Payment:
    """The payment of `dump`, equal to what was given. Raises ValueError for anything else."""
    return _PAYMENT.validate_json(document)
