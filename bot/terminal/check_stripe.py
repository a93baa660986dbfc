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
from bot.settings import WHERE
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
PATH = "/webhooks/stripe"
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
        advice = f"Delete all but one at {DASHBOARD}, or set the signing secret of each."
        found.append(
            note(
                NAME,
                f"{len(enabled)} endpoints call the bot, each with a signing secret of its own",
                advice,
            )
        )
    return found


def _is_ours(endpoint: Endpoint, public_url: str | None) -> bool:
    url = _address(endpoint)
    if public_url is None:
        return url.endswith(PATH)
    return url == _plain(public_url + PATH)


def _none(registered: Sequence[Endpoint], public_url: str | None, *, livemode: bool) -> Finding:
    mode = "live" if livemode else "test"
    wanted = (public_url or "https://…") + PATH
    elsewhere = [_address(one) for one in registered]
    said = f"none for {wanted} in {mode} mode"
    if elsewhere:
        said += f"; found: {listed(elsewhere, 5)}"
    advice = f"Add it at {DASHBOARD}, with the events of docs/stripe.md."
    if livemode:
        return wrong(NAME, said, advice)
    return note(NAME, said, f"{advice} For a trial, `stripe listen` needs none.")


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
        yield wrong(NAME, "disabled: Stripe does not call it", f"Enable it at {DASHBOARD}")


def _of_other_mode(endpoint: Endpoint, livemode: bool) -> Iterator[Finding]:
    if endpoint.get("livemode") is not livemode:
        yield wrong(NAME, "not in the same mode as STRIPE_API_KEY", f"See {DASHBOARD}")


def _missing(endpoint: Endpoint, types: Collection[str]) -> Iterator[Finding]:
    enabled = endpoint.get("enabled_events") or ()
    if "*" in enabled:
        return
    missing = sorted(set(types) - set(enabled))
    if missing:
        said = f"it lacks {len(missing)} of {len(types)} event types: {listed(missing)}"
        yield wrong(NAME, said, f"Select them at {DASHBOARD} → the endpoint → Edit")


def _of_other_version(endpoint: Endpoint, version: str) -> Iterator[Finding]:
    theirs = text(endpoint.get("api_version"))
    if theirs != version:
        used = f"API version {theirs}" if theirs else "the account's API version"
        said = f"it uses {used}; the bot is made for {version}"
        advice = "It may well work. To be sure, add the endpoint again with that version."
        yield note(NAME, said, advice)


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
CONNECTED = "Is this machine connected to the internet? Try again in a minute."


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
    name = f"{NAMES[ability.resource]}: {'write' if ability.writes else 'read'}"
    purpose = needed_for(ability)
    if ability.access is Access.ALLOWED:
        return ok(name, purpose)
    if ability.access is Access.UNKNOWN:
        untried = "can't be tested safely" if ability.writes else "Stripe did not answer"
        return note(name, f"{untried}: {purpose}", _where(ability) if ability.writes else "")
    if ability.resource.optional or ability.writes:
        return note(name, f"not allowed ({ability.permission}): {purpose}", _where(ability))
    return wrong(name, f"not allowed ({ability.permission}): {purpose}", _where(ability))


def _where(ability: Ability) -> str:
    level = "Write" if ability.writes else "Read"
    return f"https://dashboard.stripe.com/apikeys → Edit → {NAMES[ability.resource]}: {level}"


async def _endpoints(api: StripeApi, look: Look, *, livemode: bool) -> list[Finding]:
    if not look.settings.webhook_secrets:
        return []
    try:
        registered = await api.lists().pages("/v1/webhook_endpoints")
    except StripeDenied:
        said = f"this key may not list endpoints: compare the {len(TYPES)} event types by hand"
        advice = f"Allow {NAMES[Resource.ENDPOINTS]}: Read, or look at {DASHBOARD}"
        return [note(NAME, said, advice)]
    except StripeTrouble as trouble:
        return [wrong(NAME, str(trouble), "Try again in a minute.")]
    return endpoint_findings(
        registered,
        public_url=look.settings.public_url,
        livemode=livemode,
        types=TYPES.keys(),
        version=API_VERSION,
    )
