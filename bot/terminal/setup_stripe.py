"""The set-up's part with Stripe: the API key with its permissions, and the webhook endpoint."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from bot.domain.event_types import TYPES
from bot.domain.json_access import mapping, text
from bot.domain.key_permissions import (
    WRITTEN,
    Ability,
    Access,
    Resource,
    permission_for,
)
from bot.settings import WEBHOOK_PATH
from bot.stripe_api import (
    API_VERSION,
    StripeApi,
    StripeDenied,
    StripeRefused,
    StripeTrouble,
    check_permissions,
    livemode_of,
)
from bot.terminal.check_stripe import DASHBOARD, endpoint_findings
from bot.terminal.findings import State
from bot.terminal.questions import Trouble, Unusable, usable
from bot.text.stripe_key import NAMES, needed_for

Endpoint: TypeAlias = Mapping[str, Any]

OWNER = "producer_bot"
"""In an endpoint's metadata: the Discord application whose set-up has created it."""
MOST = 16
"""Endpoints that Stripe allows an account in one mode. https://docs.stripe.com/webhooks"""
PATIENCE = 10.0
KEYS = "https://dashboard.stripe.com/apikeys"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that has been tried."""

    value: str
    livemode: bool
    timezone: str | None
    """The account's, if the key may see it."""
    abilities: tuple[Ability, ...]


def key_link(*, endpoint: bool) -> str:
    """Where Stripe's form for a new key is filled in; `endpoint`: the bot creates its own."""
    written = {*WRITTEN, *([Resource.ENDPOINTS] if endpoint else [])}
    asked = (permission_for(each, writes=each in written) for each in Resource)
    permissions = "".join(f"&permissions[]={name}" for name in asked)
    return f"{KEYS}/create?name={quote('Producer Bot')}{permissions}"


def key_check(api_url: str, *, live: bool | None, link: str) -> Callable[[str], Awaitable[Key]]:
    """The check of a key; `live`: the mode that it must have, None for either."""

    async def check(value: str) -> Key:
        livemode = _mode(value, live, link)
        async with StripeApi(value, api_url, PATIENCE) as api:
            try:
                account = await api.account()
            except StripeDenied as denied:
                raise Trouble(
                    f"{denied}.", f"Copy it once more, or create another: {link}"
                ) from None
            except StripeTrouble as trouble:
                raise away(trouble) from None
            abilities = await check_permissions(api)
        _judge(abilities)
        settings = mapping(mapping(account).get("settings"))
        zone = text(mapping(settings.get("dashboard")).get("timezone"))
        return Key(value, livemode, zone, abilities)

    return check


def _mode(value: str, live: bool | None, link: str) -> bool:
    """The key's mode. Raises Trouble for what cannot be the key."""
    usable("STRIPE_API_KEY", value)
    if value.startswith("sk_"):
        said = "This is a secret key, which can do everything, including moving your money."
        raise Unusable(said, f"Create a restricted key instead, with this link: {link}")
    try:
        livemode = livemode_of(value)
    except ValueError:
        said = "This is not a Stripe key: a restricted key begins with rk_test_ or rk_live_."
        raise Unusable(said, f"Create one with this link: {link}") from None
    if live is True and not livemode:
        raise Trouble(
            "This is a test key, and live mode needs one that begins with rk_live_.",
            f"Leave the sandbox in Stripe's Dashboard, then create one with this link: {link}",
        )
    if live is False and livemode:
        raise Trouble(
            "This is a live key, and this bot was set up with a test key.",
            "To go live, run: producer-bot setup --live",
        )
    return livemode


def _judge(abilities: Sequence[Ability]) -> None:
    """Raises Trouble, with a line for each permission that the bot can't do without."""
    if any(one.access is Access.UNKNOWN and not one.writes for one in abilities):
        raise Trouble("Stripe did not say which permissions the key has.", "Try again in a minute.")
    lacking = [
        one
        for one in abilities
        if one.access is Access.DENIED and not one.resource.optional and not one.writes
    ]
    if lacking:
        lines = [
            f"{NAMES[one.resource]}: Read ({one.permission}), for {needed_for(one)}"
            for one in lacking
        ]
        raise Trouble("The key lacks permissions. Edit it, then try again:", *lines, KEYS)


def ability_lines(key: Key) -> list[str]:
    """The permissions one by one."""
    return [
        f"{NAMES[one.resource]}: {'write' if one.writes else 'read'}{_untried(one)}"
        for one in key.abilities
        if one.access is not Access.DENIED
    ]


def _untried(ability: Ability) -> str:
    return " (can't be tested safely)" if ability.access is Access.UNKNOWN else ""


def away(trouble: StripeTrouble) -> Trouble:
    """Stripe does not answer, or not as it should."""
    return Trouble(f"{trouble}.", "Is this machine connected to the internet? Then try again.")


@dataclass(frozen=True, slots=True)
class EndpointSetUp:
    """What was done about the webhook endpoint."""

    created: bool
    replaced: int
    """Older ones of ours that were deleted."""
    doubles: int
    """Others at the same address, which are not ours."""


class AddressRefused(Exception):
    """Stripe does not call this address. The message is one line that says why."""


async def set_up_endpoint(
    key: Key,
    api_url: str,
    *,
    public_url: str,
    owner: str,
    secret: str | None,
    keep: Callable[[str], None],
) -> EndpointSetUp:
    """See to it that an endpoint sends the right events to the bot. Raises Trouble.

    `owner` marks endpoints as ours: the id of the Discord application. `secret` is the signing
    secret that is known; `keep` is called with the secret of a new endpoint as soon as Stripe has
    told it, since it never tells it again, and with "" while the known one may no longer be right.
    Raises AddressRefused.
    """
    async with StripeApi(key.value, api_url, PATIENCE) as api:
        try:
            registered = await api.lists().pages("/v1/webhook_endpoints")
            ours = [one for one in registered if mapping(one.get("metadata")).get(OWNER) == owner]
            same = [one for one in registered if one.get("url") == public_url + WEBHOOK_PATH]
            right = [one for one in same if _is_right(one, public_url, key, ours=one in ours)]
            if secret and len(ours) <= 1 and right:
                return EndpointSetUp(created=False, replaced=0, doubles=len(same) - 1)
            if len(registered) - len(ours) >= MOST:
                raise _full()
            full = len(registered) >= MOST
            # Without room for the new one next to ours, ours go first.
            await _deleted(api, ours if full else ())
            await _created(api, public_url, owner, secret, keep)
            await _deleted(api, () if full else ours)
        except StripeDenied as denied:
            raise _may_not(denied) from None
        except StripeRefused as refused:
            raise AddressRefused(str(refused)) from None
        except StripeTrouble as trouble:
            raise away(trouble) from None
    foreign = [one for one in same if one not in ours]
    return EndpointSetUp(created=True, replaced=len(ours), doubles=len(foreign))


async def _created(
    api: StripeApi, public_url: str, owner: str, secret: str | None, keep: Callable[[str], None]
) -> None:
    """Create an endpoint, and keep its secret instead of the one that is known."""
    keep("")
    try:
        made = await api.create_endpoint(public_url + WEBHOOK_PATH, TYPES, {OWNER: owner})
    except (StripeDenied, StripeRefused):
        # Nothing was created, so what was known is as right as before.
        keep(secret or "")
        raise
    keep(str(made["secret"]))


async def _deleted(api: StripeApi, endpoints: Sequence[Endpoint]) -> None:
    for one in endpoints:
        await api.delete_endpoint(one["id"])


def _is_right(endpoint: Endpoint, public_url: str, key: Key, *, ours: bool) -> bool:
    """Whether an endpoint at the bot's address is enabled and has all events, and the version of
    the API that the bot is made for if it is one of `ours`."""
    if ours and endpoint.get("api_version") != API_VERSION:
        return False
    found = endpoint_findings(
        [endpoint], public_url=public_url, livemode=key.livemode, types=TYPES, version=API_VERSION
    )
    return all(each.state is not State.WRONG for each in found)


def _full() -> Trouble:
    return Trouble(
        f"Stripe allows {MOST} endpoints, and your account has that many already.",
        f"Delete one that is no longer needed: {DASHBOARD}",
    )


def _may_not(denied: StripeDenied) -> Trouble:
    name = NAMES[Resource.ENDPOINTS]
    return Trouble(
        f"The key may not create the webhook endpoint ({denied.permission or denied}).",
        f"{KEYS} → Edit → {name}: Write. Afterwards you can set it back to Read.",
    )
