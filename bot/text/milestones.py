"""Milestones under an alert: a track's first sale, every hundredth sale, the best day."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from babel.dates import format_date

from bot.domain.json_access import integer
from bot.domain.money import Money
from bot.domain.period import day_of
from bot.domain.sale import PaymentRecord
from bot.text.language import gettext, locale
from bot.text.words import in_mode, line, money

SHOWN = 5
"""The most tracks that are named."""

Payload: TypeAlias = Mapping[str, Any]
"""The payload of the outbox row; `what` says which milestone it is."""


def milestone_reply(payload: Payload, record: PaymentRecord) -> str | None:
    """One line; None if it is not a milestone."""
    words = _LINES.get(str(payload.get("what")))
    if words is None:
        return None
    return in_mode(words(payload, record), record.producer)


def milestones_text(reached: Sequence[tuple[Payload, PaymentRecord]]) -> str:
    """Milestones of many sales in a few lines: the last of each kind, and all first sales."""
    last = {payload.get("what"): (payload, record) for payload, record in reached}
    first = [one for one in reached if one[0].get("what") == "first_sale"]
    lines = [_first_sales([name for one in first for name in _tracks(*one)])] if first else []
    lines += [_LINES[what](*last[what]) for what in ("hundredth", "best_day") if what in last]
    return in_mode("\n".join(lines), reached[0][1].producer)


def _first_sale(payload: Payload, record: PaymentRecord) -> str:
    return _first_sales(_tracks(payload, record))


def _tracks(payload: Payload, record: PaymentRecord) -> list[str]:
    numbers = payload.get("numbers")
    meant = numbers if isinstance(numbers, list) else []
    # A payment's lines may have changed since.
    sales = [sale for sale in record.sales if sale.number in meant] or list(record.sales)
    return [f"“{line(sale.track, 100)}”" for sale in sales]


def _first_sales(tracks: Sequence[str]) -> str:
    names = list(dict.fromkeys(tracks))
    if len(names) == 1:
        return gettext("🌱 First sale of {track}.", track=names[0])
    shown = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        more = f"{len(names) - SHOWN:,}"
        return gettext("🌱 First sales of {tracks} and {more} more.", tracks=shown, more=more)
    return gettext("🌱 First sales of {tracks}.", tracks=shown)


def _hundredth(payload: Payload, _: PaymentRecord) -> str:
    digits = str(payload.get("id"))
    count = f"{int(digits):,}" if digits.isdecimal() else "100"
    return gettext("🎉 {count} sales in all.", count=count)


def _best_day(payload: Payload, record: PaymentRecord) -> str:
    currency = str(payload.get("currency") or record.payment.currency)
    return gettext(
        "📈 {day} is your best day so far: {amount} before fees. "
        "Previous best: {then} on {before}.",
        day=_day(payload.get("id")),
        amount=money(Money(integer(payload.get("gross")) or 0, currency)),
        before=_day(payload.get("before_day")),
        then=money(Money(integer(payload.get("before")) or 0, currency)),
    )


def _day(number: object) -> str:
    """`March 10, 2026` of yyyymmdd."""
    return str(format_date(day_of(int(str(number))), "long", locale=locale()))


_LINES: dict[str, Callable[[Payload, PaymentRecord], str]] = {
    "first_sale": _first_sale,
    "hundredth": _hundredth,
    "best_day": _best_day,
}
