"""What makes no sound in a producer's quiet hours: told at once all the same, never held back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.preferences import Route
from bot.domain.records import PaymentRecord, PayoutRecord, Producer, SaleState
from bot.domain.routes import way_of

_AS_USUAL = (SaleState.PAID, SaleState.PENDING)


def quiet_at(producer: Producer, moment: datetime) -> bool:
    """Whether a moment is in the producer's quiet hours, by their own clock."""
    quiet = producer.preferences.quiet
    local = moment.astimezone(ZoneInfo(producer.timezone))
    return quiet is not None and quiet.holds(local.hour * 60 + local.minute)


def ordinary_payment(record: PaymentRecord) -> bool:
    """Whether all of it can wait till morning: no exclusive, no conflict, nothing given back."""
    return all(
        sale.state in _AS_USUAL and not sale.exclusive and not sale.conflict
        for sale in record.sales
    )


def ordinary_payout(record: PayoutRecord) -> bool:
    """Whether it went well."""
    return record.status not in ("failed", "canceled")


def ordinary_news(kind: str, subject: str, key: str) -> bool:
    """Whether a reply or a notice of the outbox can wait till morning: marks and digests can."""
    way = way_of(kind, subject, key)
    if kind == "reply":
        return way is None and not key.startswith(("reply:conflict:", "reply:exclusive:"))
    return way is Route.DIGESTS
