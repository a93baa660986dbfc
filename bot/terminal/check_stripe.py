"""Checks of Stripe: the key, its permissions, and the webhook endpoints.

https://docs.stripe.com/api/webhook_endpoints/object
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from bot.domain.event_types import TYPES
from bot.domain.json_access import mapping, text
from bot.domain.key_permissions import Ability, Access, Resource
from bot.settings import WEBHOOK_PATH, WHERE
from bot.stripe_api import (
    API_VERSION,
    StripeApi,
    StripeDenied,
    StripeTrouble,
    check_permissions,
    livemode_of,
)
from bot.terminal.findings import Finding, Look, listed, note, ok, wrong
from bot.text.stripe_key import NAMES, needed_for

Endpoint: TypeAlias = Mapping[str, Any]

NAME = "Endpoint in Stripe"
DASHBOARD = "https://dashboard.stripe.com/webhooks"


def endpoint_findings(
    registered: Sequence[Endpoint],
    *,
    public_url: str | None,
    livemode: bool,
    types: Collection[str],
    version: str,
) -> list[Finding]:
    """What is right and wrong with the endpoints of one mode. Pure.

    `types` are the events that the bot needs, `version` the API version that it understands.
    Without `public_url`, any endpoint with the bot's path counts.
    """
    ours = [one for one in registered if _is_ours(one, public_url)]
    if not ours:
        return [_none(registered, public_url, livemode=livemode)]
    found = [each for one in ours for each in _judged(one, livemode, types, version)]
    enabled = [one for one in ours if one.get("status") != "disabled"]
    if len(enabled) > 1:
        said = f"{len(enabled)} endpoints call the bot"
        advice = f"Delete all but one, or set each one's signing secret: {DASHBOARD}"
        found.append(note(NAME, said, advice))
    return found


def _is_ours(endpoint: Endpoint, public_url: str | None) -> bool:
    url = _address(endpoint)
    if public_url is None:
        return url.endswith(WEBHOOK_PATH)
    return url == _plain(public_url + WEBHOOK_PATH)


def _none(registered: Sequence[Endpoint], public_url: str | None, *, livemode: bool) -> Finding:
    mode = "live" if livemode else "test"
    wanted = f" for {public_url}{WEBHOOK_PATH}" if public_url else ""
    elsewhere = [_address(one) for one in registered]
    said = f"none{wanted} in {mode} mode"
    if elsewhere:
        said += f"; found: {listed(elsewhere, 5)}"
    if livemode:
        return wrong(NAME, said, f"producer-bot setup, or docs/stripe.md: {DASHBOARD}")
    return note(NAME, said, f"producer-bot setup, or stripe listen: {DASHBOARD}")


def _judged(
    endpoint: Endpoint, livemode: bool, types: Collection[str], version: str
) -> Iterator[Finding]:
    troubles = [
        *_switched_off(endpoint),
        *_of_other_mode(endpoint, livemode),
        *_missing(endpoint, types),
        *_of_other_version(endpoint, version),
    ]
    if troubles:
        yield from troubles
    else:
        yield ok(NAME, f"{_address(endpoint)} receives all {len(types)} event types")


def _switched_off(endpoint: Endpoint) -> Iterator[Finding]:
    if endpoint.get("status") == "disabled":
        yield wrong(NAME, "disabled: Stripe does not call it", f"Enable it: {DASHBOARD}")


def _of_other_mode(endpoint: Endpoint, livemode: bool) -> Iterator[Finding]:
    if endpoint.get("livemode") is not livemode:
        yield wrong(NAME, "not in the same mode as STRIPE_API_KEY", f"Add one there: {DASHBOARD}")


def _missing(endpoint: Endpoint, types: Collection[str]) -> Iterator[Finding]:
    enabled = endpoint.get("enabled_events") or ()
    if "*" in enabled:
        return
    missing = sorted(set(types) - set(enabled))
    if missing:
        said = f"it lacks {len(missing)} of {len(types)} event types: {listed(missing)}"
        yield wrong(NAME, said, f"{DASHBOARD} → the endpoint → Edit")


def _of_other_version(endpoint: Endpoint, version: str) -> Iterator[Finding]:
    theirs = text(endpoint.get("api_version"))
    if theirs != version:
        used = f"API version {theirs}" if theirs else "the account's API version"
        said = f"it uses {used}, not {version}"
        yield note(NAME, said, "If sales are missing, add it again with that version")


def _address(endpoint: Endpoint) -> str:
    return _plain(str(endpoint.get("url") or ""))


def _plain(url: str) -> str:
    """An address without its login and query, which may be secret."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return "(not an address)"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


KEY = "Stripe"
PATIENCE = 10.0
KEYS = "https://dashboard.stripe.com/apikeys"
CONNECTED = "Is this machine online? Try again in a minute"


async def stripe_side(look: Look) -> list[Finding]:
    """The key, its permissions and the endpoints; nothing without a key."""
    key = look.settings.stripe_api_key
    if key is None:
        return []
    value = key.get_secret_value()
    try:
        livemode = livemode_of(value)
    except ValueError:
        return []  # the setting's own row says so
    async with StripeApi(value, look.settings.stripe_api_url, PATIENCE) as api:
        try:
            account = await api.account()
        except StripeDenied as denied:
            return [wrong(KEY, str(denied), WHERE["STRIPE_API_KEY"])]
        except StripeTrouble as trouble:
            return [wrong(KEY, str(trouble), CONNECTED)]
        found, endpoints = await asyncio.gather(
            check_permissions(api), _endpoints(api, look, livemode=livemode)
        )
    return [ok(KEY, _known(account)), *map(_row, found), *endpoints]


def _known(account: object) -> str:
    settings = mapping(mapping(account).get("settings"))
    zone = text(mapping(settings.get("dashboard")).get("timezone"))
    return f"accepted the key; the account's time zone is {zone}" if zone else "accepted the key"


def _row(ability: Ability) -> Finding:
    name = f"{NAMES[ability.resource]} ({'write' if ability.writes else 'read'})"
    purpose = needed_for(ability)
    if ability.access is Access.ALLOWED:
        return ok(name, purpose)
    if ability.access is Access.UNKNOWN:
        untried = "can't be tested safely" if ability.writes else "Stripe did not answer"
        return note(name, f"{untried}: {purpose}")
    if ability.resource.optional or ability.writes:
        return note(name, f"not allowed: {purpose}", _where(ability))
    return wrong(name, f"not allowed ({ability.permission})", _where(ability))


def _where(ability: Ability) -> str:
    level = "Write" if ability.writes else "Read"
    return f"{KEYS} → Edit → {NAMES[ability.resource]}: {level}"


async def _endpoints(api: StripeApi, look: Look, *, livemode: bool) -> list[Finding]:
    if not look.settings.webhook_secrets:
        return []
    try:
        registered = await api.lists().pages("/v1/webhook_endpoints")
    except StripeDenied:
        said = f"this key may not list endpoints, so its {len(TYPES)} event types are not checked"
        return [note(NAME, said, f"{KEYS} → Edit → {NAMES[Resource.ENDPOINTS]}: Read")]
    except StripeTrouble as trouble:
        return [wrong(NAME, str(trouble), "Try again in a minute")]
    return endpoint_findings(
        registered,
        public_url=look.settings.public_url,
        livemode=livemode,
        types=TYPES.keys(),
        version=API_VERSION,
    )
