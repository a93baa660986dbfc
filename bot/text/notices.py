"""Notices about the bot itself: a webhook or a channel that does not work, sales imported late."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.domain.preferences import Route
from bot.domain.sale import Producer
from bot.text.language import gettext, ngettext
from bot.text.problem_words import reason_words
from bot.text.words import in_mode, safe, timestamp

Payload: TypeAlias = Mapping[str, Any]
"""The payload of the outbox row; `what` says which notice it is."""


def notice(payload: Payload, producer: Producer) -> str | None:
    """The text of a notice; None if its kind is unknown."""
    words = _LINES.get(str(payload.get("what")))
    if words is None:
        return None
    return in_mode(words(payload), producer)


def _webhooks_missing(payload: Payload) -> str:
    found = ngettext(
        "⚠️ **Stripe's webhooks do not reach me.**\n"
        "I asked Stripe and found {count} event that it never delivered. Nothing is lost, but "
        "without webhooks I learn of sales late. Check at "
        "<https://dashboard.stripe.com/webhooks>:",
        "⚠️ **Stripe's webhooks do not reach me.**\n"
        "I asked Stripe and found {count} events that it never delivered. Nothing is lost, "
        "but without webhooks I learn of sales late. Check at "
        "<https://dashboard.stripe.com/webhooks>:",
        _count(payload, "count"),
    )
    checks = gettext(
        "- **Is the endpoint enabled?** Stripe disables one that has failed for days.\n"
        "- **Is the address mine?** `PUBLIC_URL` followed by `/webhooks/stripe`, reachable "
        "from the internet. Stripe shows my answer next to each delivery.\n"
        "- **Is `STRIPE_WEBHOOK_SECRET` this endpoint's signing secret?** A sandbox and live "
        "mode have their own; with a wrong one I answer 400."
    )
    return f"{found}\n{checks}"


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
        "I was offline for longer than Stripe keeps its events.\n"
        "I have read what happened between {since} and {until} from Stripe, without an alert "
        "for each sale: {count} payment. `/sales` and `/stats` have it.",
        "I was offline for longer than Stripe keeps its events.\n"
        "I have read what happened between {since} and {until} from Stripe, without an alert "
        "for each sale: {count} payments. `/sales` and `/stats` have them all.",
        _count(payload, "payments"),
        since=since,
        until=until,
    )


_LINES: dict[str, Callable[[Payload], str]] = {
    "route_shut": _route_shut,
    "webhooks_missing": _webhooks_missing,
    "imported_quietly": _imported_quietly,
}


def _count(payload: Payload, name: str) -> int:
    value = payload.get(name)
    return value if isinstance(value, int) else 0
