"""A payment as one JSON text: what the columns beside it do not hold is not lost."""

from pydantic import TypeAdapter, ValidationError

from bot.domain.payment import Payment

_PAYMENT = TypeAdapter(Payment)


def dump(payment: Payment) -> str:
    """The payment as JSON; what equals a default is left out."""
    return _PAYMENT.dump_json(payment, exclude_defaults=True).decode()


def load(document: str) -> Payment:
    """The payment of `dump`, equal to what was given. Raises ValueError for anything else."""
    try:
        return _PAYMENT.validate_json(document)
    except ValidationError as error:
        # Its own words quote the document, with the buyer in it, and end in the log.
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"this is no payment's document: {first['type']}") from None
