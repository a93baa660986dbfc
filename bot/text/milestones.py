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
"""Tracks named at most."""

Told: TypeAlias = Mapping[str, Any]
"""The payload of the outbox row; `what` says which mark it is."""


def mark_reply(told: Told, record: PaymentRecord) -> str | None:
    """One line; None for what is no mark."""
    tell = _TELLERS.get(str(told.get("what")))
    if tell is None:
        return None
    return in_mode(tell(told, record), livemode=record.producer.livemode)


def marks_text(reached: Sequence[tuple[Told, PaymentRecord]]) -> str:
    """What many sales reached at once, in few lines: of each kind the last, and all first sales."""
    last = {told.get("what"): (told, record) for told, record in reached}
    first = [one for one in reached if one[0].get("what") == "first_sale"]
    lines = [_first_sales([name for one in first for name in _tracks(*one)])] if first else []
    lines += [_TELLERS[what](*last[what]) for what in ("hundredth", "best_day") if what in last]
    return in_mode("\n".join(lines), livemode=reached[0][1].producer.livemode)


def _first_sale(told: Told, record: PaymentRecord) -> str:
    return _first_sales(_tracks(told, record))


def _tracks(told: Told, record: PaymentRecord) -> list[str]:
    numbers = told.get("numbers")
    meant = numbers if isinstance(numbers, list) else []
    # A payment's lines may have become others since.
    sales = [sale for sale in record.sales if sale.number in meant] or list(record.sales)
    return [f"“{line(sale.track, 100)}”" for sale in sales]


def _first_sales(tracks: Sequence[str]) -> str:
    names = list(dict.fromkeys(tracks))
    if len(names) == 1:
        return gettext("🌱 The first sale of {track}.", track=names[0])
    shown = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        more = f"{len(names) - SHOWN:,}"
        return gettext("🌱 The first sales of {tracks} and {more} more.", tracks=shown, more=more)
    return gettext("🌱 The first sales of {tracks}.", tracks=shown)


def _hundredth(told: Told, _: PaymentRecord) -> str:
    digits = str(told.get("id"))
    count = f"{int(digits):,}" if digits.isdecimal() else "100"
    return gettext("🎉 That makes {count} sales in all.", count=count)


def _best_day(told: Told, record: PaymentRecord) -> str:
    currency = str(told.get("currency") or record.payment.currency)
    return gettext(
        "📈 {day} is your best day so far: {amount} before fees. "
        "The best until now was {before}, with {then}.",
        day=_day(told.get("id")),
        amount=money(Money(integer(told.get("gross")) or 0, currency)),
        before=_day(told.get("before_day")),
        then=money(Money(integer(told.get("before")) or 0, currency)),
    )


def _day(number: object) -> str:
    """`March 10, 2026` of yyyymmdd."""
    return str(format_date(day_of(int(str(number))), "long", locale=locale()))


_TELLERS: dict[str, Callable[[Told, PaymentRecord], str]] = {
    "first_sale": _first_sale,
    "hundredth": _hundredth,
    "best_day": _best_day,
}
