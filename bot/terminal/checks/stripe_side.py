"""Stripe: whether it knows the key, what the key may do, and how Stripe is to call the bot."""

import asyncio

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
from bot.terminal.checks.endpoints import DASHBOARD, NAME, judge_endpoints
from bot.terminal.checks.finding import Finding, Look, note, ok, wrong
from bot.text.stripe_key import NAMES, needed_for

KEY = "Stripe"
PATIENCE = 10.0


async def stripe_side(look: Look) -> list[Finding]:
    """All about the key, if there is one."""
    key = look.settings.stripe_api_key
    if key is None:
        return []
    value = key.get_secret_value()
    try:
        livemode = livemode_of(value)
    except ValueError:
        return []  # said of the setting already
    async with StripeApi(value, look.settings.stripe_api_url, PATIENCE) as api:
        try:
            account = await api.account()
        except StripeDenied as denied:
            return [wrong(KEY, str(denied), WHERE["STRIPE_API_KEY"])]
        except StripeTrouble as trouble:
            return [wrong(KEY, str(trouble), "Is this machine connected? Try again in a minute.")]
        found, endpoints = await asyncio.gather(
            check_permissions(api), _endpoints(api, look, livemode=livemode)
        )
    return [ok(KEY, _known(account)), *map(_row, found), *endpoints]


def _known(account: object) -> str:
    settings = mapping(mapping(account).get("settings"))
    zone = text(mapping(settings.get("dashboard")).get("timezone"))
    return f"knows the key; the account's time zone is {zone}" if zone else "knows the key"


def _row(ability: Ability) -> Finding:
    name = f"{NAMES[ability.resource]}: {'write' if ability.writes else 'read'}"
    purpose = needed_for(ability)
    if ability.access is Access.ALLOWED:
        return ok(name, purpose)
    if ability.access is Access.UNKNOWN:
        untried = "cannot be tried without doing it" if ability.writes else "Stripe did not answer"
        return note(name, f"{untried}: {purpose}", _where(ability) if ability.writes else "")
    if ability.resource.optional or ability.writes:
        return note(name, f"not allowed ({ability.permission}): {purpose}", _where(ability))
    return wrong(name, f"not allowed ({ability.permission}): {purpose}", _where(ability))


def _where(ability: Ability) -> str:
    level = "Write" if ability.writes else "Read"
    return f"https://dashboard.stripe.com/apikeys → Edit → {NAMES[ability.resource]}: {level}"


async def _endpoints(api: StripeApi, look: Look, *, livemode: bool) -> list[Finding]:
    try:
        registered = await api.lists().every("/v1/webhook_endpoints")
    except StripeDenied:
        said = f"not to be seen by this key: compare {len(TYPES)} events by hand"
        advice = f"Allow {NAMES[Resource.ENDPOINTS]}: Read, or look at {DASHBOARD}"
        return [note(NAME, said, advice)]
    except StripeTrouble as trouble:
        return [wrong(NAME, str(trouble), "Try again in a minute.")]
    return judge_endpoints(
        registered,
        public_url=look.settings.public_url,
        livemode=livemode,
        types=TYPES.keys(),
        version=API_VERSION,
    )
