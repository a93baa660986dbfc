"""Notices about the bot itself: a webhook or a channel that does not work, sales imported late."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.domain.preferences import Route
from bot.domain.sale import Producer
from bot.text.language import gettext, ngettext
from bot.text.problem_words import reason_words
from bot.text.words import in_mode, safe, timestamp

Told: TypeAlias = Mapping[str, Any]
"""The payload of the outbox row; `what` says which notice it is."""


def notice(told: Told, producer: Producer) -> str | None:
    """The text of a notice; None for one nobody has words for."""
    tell = _TELLERS.get(str(told.get("what")))
    if tell is None:
        return None
    return in_mode(tell(told), livemode=producer.livemode)


def _webhooks_missing(told: Told) -> str:
    found = ngettext(
        "⚠️ **Stripe's calls do not reach me.**\nI asked Stripe and found {count} event that it "
        "never delivered. Nothing is lost, but without its calls I hear of sales late. "
        "Check at <https://dashboard.stripe.com/webhooks>:",
        "⚠️ **Stripe's calls do not reach me.**\nI asked Stripe and found {count} events that it "
        "never delivered. Nothing is lost, but without its calls I hear of sales late. "
        "Check at <https://dashboard.stripe.com/webhooks>:",
        _count(told, "count"),
    )
    checks = gettext(
        "- **Is the endpoint enabled?** Stripe disables one that has failed for days.\n"
        "- **Is its address mine?** `PUBLIC_URL` with `/webhooks/stripe` at its end, reachable "
        "from the internet. What Stripe got as an answer stands beside each delivery there.\n"
        "- **Is `STRIPE_WEBHOOK_SECRET` this endpoint's signing secret?** A sandbox and live mode "
        "have their own; with a wrong one I answer 400."
    )
    return f"{found}\n{checks}"


def _route_shut(told: Told) -> str:
    news = ", ".join(route_name(route) for route in told.get("routes", ()))
    return gettext(
        "⚠️ **These wait: {news}.**\nI cannot tell them in <#{channel}>: {reason}. Put that right, "
        "or choose another channel with `/settings channel`. Nothing is lost, and nothing of it is "
        "told here meanwhile.",
        news=news,
        channel=_count(told, "channel"),
        reason=safe(reason_words(str(told.get("reason"))), 200),
    )


def route_name(route: str) -> str:
    """What a route is called: `refunds and disputes`."""
    names: dict[str, str] = {
        Route.RETURNS: gettext("refunds and disputes"),
        Route.PAYOUTS: gettext("payouts"),
        Route.DIGESTS: gettext("digests"),
    }
    return names.get(route, gettext("sales"))


def _imported_quietly(told: Told) -> str:
    since, until = (
        timestamp(datetime.fromtimestamp(_count(told, name), UTC), "D") for name in ("from", "to")
    )
    return ngettext(
        "I was away for longer than Stripe keeps its events.\nWhat happened between {since} and "
        "{until}, I have read from Stripe without telling it here sale by sale: "
        "{count} payment. `/sales` and `/stats` have them all.",
        "I was away for longer than Stripe keeps its events.\nWhat happened between {since} and "
        "{until}, I have read from Stripe without telling it here sale by sale: "
        "{count} payments. `/sales` and `/stats` have them all.",
        _count(told, "payments"),
        since=since,
        until=until,
    )


_TELLERS: dict[str, Callable[[Told], str]] = {
    "route_shut": _route_shut,
    "webhooks_missing": _webhooks_missing,
    "imported_quietly": _imported_quietly,
}


def _count(told: Told, name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) else 0
