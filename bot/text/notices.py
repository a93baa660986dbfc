"""Notices about the bot itself, and milestones: what the payload of an outbox row tells.

A notice: a webhook or a channel that does not work, sales imported late. A milestone, under an
alert: a track's first sale, every hundredth sale, the best day.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from babel.dates import format_date

from bot.domain.json_access import integer
from bot.domain.money import Money
from bot.domain.period import day_of
from bot.domain.preferences import Route
from bot.domain.sale import PaymentRecord, Producer
from bot.text.language import gettext, locale, ngettext
from bot.text.problem_words import reason_words
from bot.text.words import in_mode, line, money, safe, timestamp

Payload: TypeAlias = Mapping[str, Any]
"""The payload of the outbox row; `what` says which notice or milestone it is."""


def notice(payload: Payload, producer: Producer) -> str | None:
    """The text of a notice; None if its kind is unknown."""
    words = _NOTICES.get(str(payload.get("what")))
    if words is None:
        return None
    return in_mode(words(payload), producer)


def _webhooks_missing(payload: Payload) -> str:
    found = ngettext(
        "⚠️ **Some of Stripe's webhooks don't reach me.**\n"
        "{count} payment came without one. Nothing is lost, but sales may be a few minutes late. "
        "[Check the endpoint](<https://dashboard.stripe.com/webhooks>):",
        "⚠️ **Some of Stripe's webhooks don't reach me.**\n"
        "{count} payments came without one. Nothing is lost, but sales may be a few minutes late. "
        "[Check the endpoint](<https://dashboard.stripe.com/webhooks>):",
        _count(payload, "count"),
    )
    checks = gettext(
        "- Is it enabled? Stripe disables one that fails for days.\n"
        "- Is its address `PUBLIC_URL` + `/webhooks/stripe`, open to the internet?\n"
        "- Is `STRIPE_WEBHOOK_SECRET` its own? I answer 400 if not."
    )
    return f"{found}\n{checks}"


def _webhooks_back(_: Payload) -> str:
    return gettext("✅ Stripe's webhooks reach me again, so I no longer ask for each sale.")


def _route_shut(payload: Payload) -> str:
    news = ", ".join(route_name(route) for route in payload.get("routes", ()))
    return gettext(
        "⚠️ **On hold: {news}.**\n"
        "I can't post them in <#{channel}>: {reason}. Fix that, or choose another channel "
        "with `/settings channel`. Nothing is lost, and none of it is posted here meanwhile.",
        news=news,
        channel=_count(payload, "channel"),
        reason=safe(reason_words(str(payload.get("reason"))), 200),
    )


def route_name(route: str) -> str:
    """What a route is called: `refunds and disputes`."""
    names: dict[str, str] = {
        Route.RETURNS: gettext("refunds and disputes"),
        Route.PAYOUTS: gettext("payouts"),
        Route.DIGESTS: gettext("digests"),
    }
    return names.get(route, gettext("sales"))


def _imported_quietly(payload: Payload) -> str:
    since, until = (
        timestamp(datetime.fromtimestamp(_count(payload, name), UTC), "D")
        for name in ("from", "to")
    )
    return ngettext(
        "{count} payment was added without an alert.\n"
        "I was offline for longer than Stripe keeps its events, so I read {since} to {until} "
        "again. `/sales` and `/stats` have it.",
        "{count} payments were added without alerts.\n"
        "I was offline for longer than Stripe keeps its events, so I read {since} to {until} "
        "again. `/sales` and `/stats` have them all.",
        _count(payload, "payments"),
        since=since,
        until=until,
    )


_NOTICES: dict[str, Callable[[Payload], str]] = {
    "route_shut": _route_shut,
    "webhooks_missing": _webhooks_missing,
    "webhooks_back": _webhooks_back,
    "imported_quietly": _imported_quietly,
}


def _count(payload: Payload, name: str) -> int:
    value = payload.get(name)
    return value if isinstance(value, int) else 0


_NAMED = 5
"""The most tracks of a milestone."""


def milestone_reply(payload: Payload, record: PaymentRecord) -> str | None:
    """One line; None if it is not a milestone."""
    words = _MILESTONES.get(str(payload.get("what")))
    if words is None:
        return None
    return in_mode(words(payload, record), record.producer)


def milestones_text(reached: Sequence[tuple[Payload, PaymentRecord]]) -> str:
    """Milestones of many sales in a few lines: the last of each kind, and all first sales."""
    last = {payload.get("what"): (payload, record) for payload, record in reached}
    first = [one for one in reached if one[0].get("what") == "first_sale"]
    lines = [_first_sales([name for one in first for name in _tracks(*one)])] if first else []
    lines += [_MILESTONES[what](*last[what]) for what in ("hundredth", "best_day") if what in last]
    return in_mode("\n".join(lines), reached[0][1].producer)


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
    shown = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        more = f"{len(names) - _NAMED:,}"
        return gettext("🌱 First sales of {tracks} and {more} more.", tracks=shown, more=more)
    return gettext("🌱 First sales of {tracks}.", tracks=shown)


def _hundredth(payload: Payload, _: PaymentRecord) -> str:
    digits = str(payload.get("id"))
    count = f"{int(digits):,}" if digits.isdecimal() else "100"
    return gettext("🎉 {count} sales in total.", count=count)


def _best_day(payload: Payload, record: PaymentRecord) -> str:
    currency = str(payload.get("currency") or record.payment.currency)
    return gettext(
        "📈 {amount} on {day}, your best day yet (before fees). Before it: {then} on {before}.",
        day=_milestone_day(payload.get("id")),
        amount=money(Money(integer(payload.get("gross")) or 0, currency)),
        before=_milestone_day(payload.get("before_day")),
        then=money(Money(integer(payload.get("before")) or 0, currency)),
    )


def _milestone_day(number: object) -> str:
    """`March 10, 2026` of yyyymmdd."""
    return str(format_date(day_of(int(str(number))), "long", locale=locale()))


_MILESTONES: dict[str, Callable[[Payload, PaymentRecord], str]] = {
    "first_sale": lambda payload, record: _first_sales(_tracks(payload, record)),
    "hundredth": _hundredth,
    "best_day": _best_day,
}
