"""Each setting: whether it is there, and what it means. Values that are secret are not shown."""

from collections.abc import Callable
from urllib.parse import urlsplit

from bot.settings import WHERE, Settings
from bot.stripe_api import livemode_of
from bot.terminal.checks.finding import Finding, Look, note, ok, wrong

SECRET_PREFIX = "whsec_"  # noqa: S105 - how they all begin


async def settings_given(look: Look) -> list[Finding]:
    """A row for each setting, in the order of the README."""
    return [_JUDGES[name](look.settings) for name in WHERE]


def _token(_: Settings) -> Finding:
    return ok("DISCORD_TOKEN", "set")


def _channel(settings: Settings) -> Finding:
    chosen = settings.discord_alerts_channel
    said = "not set: `/settings channel` chooses it" if chosen is None else f"channel {chosen}"
    return ok("DISCORD_ALERTS_CHANNEL", said)


def _key(settings: Settings) -> Finding:
    key, name = settings.stripe_api_key, "STRIPE_API_KEY"
    if key is None:
        said = "not set: sales are told, but without fees, and tracks stay on sale in Stripe"
        return note(name, said, WHERE[name])
    value = key.get_secret_value()
    try:
        mode = "live mode: real money" if livemode_of(value) else "test mode: no real money"
    except ValueError:
        return wrong(name, "of no form that a key of Stripe's has", WHERE[name])
    if value.startswith("sk_"):
        advice = "Make a restricted key instead, with the link in the README."
        return note(name, f"{mode}; a secret key, which may do everything", advice)
    return ok(name, f"{mode}; a restricted key")


def _secret(settings: Settings) -> Finding:
    name, secrets = "STRIPE_WEBHOOK_SECRET", settings.webhook_secrets
    if not all(secret.startswith(SECRET_PREFIX) for secret in secrets):
        return wrong(name, "a signing secret of Stripe's begins with whsec_", WHERE[name])
    several = f"{len(secrets)} of them, each is tried" if len(secrets) > 1 else "set"
    return ok(name, several)


def _database(settings: Settings) -> Finding:
    kind = "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"
    return ok("DATABASE_URL", kind)


def _public_url(settings: Settings) -> Finding:
    name, url = "PUBLIC_URL", settings.public_url
    if url is None:
        said = "not set: no page for buyers, and whether Stripe reaches the bot is not looked at"
        return note(name, said, WHERE[name])
    if urlsplit(url).scheme != "https":
        return note(name, "not https: Stripe calls only https in live mode", WHERE[name])
    return ok(name, url)


def _timezone(settings: Settings) -> Finding:
    name = settings.timezone
    return ok("TIMEZONE", name or "not set: the Stripe account's, else UTC")


def _plain(name: str) -> Callable[[Settings], Finding]:
    return lambda settings: ok(name, str(getattr(settings, name.lower())))


_JUDGES: dict[str, Callable[[Settings], Finding]] = {
    **{name: _plain(name) for name in WHERE},
    "DISCORD_TOKEN": _token,
    "DISCORD_ALERTS_CHANNEL": _channel,
    "STRIPE_API_KEY": _key,
    "STRIPE_WEBHOOK_SECRET": _secret,
    "DATABASE_URL": _database,
    "PUBLIC_URL": _public_url,
    "TIMEZONE": _timezone,
}
