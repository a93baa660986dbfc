"""What the key may do, found out without changing anything: by the requests that need it.

A permission that only expanding takes is missing only where something is expanded: so each request
is tried as the bot makes it. Whether it may write cannot be tried: Stripe does not promise to look
at a key's permissions before it looks at the request, so a request that is meant to fail might one
day succeed. But a key that may not read may not write either, and a secret key may do everything.
https://docs.stripe.com/keys
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.key_permissions import WRITTEN, Ability, Access, Resource, permission_for
from bot.domain.period import Clock
from bot.stripe_api.api import StripeApi
from bot.stripe_api.errors import StripeDenied, StripeTrouble
from bot.stripe_api.transport import Transport


class Read(NamedTuple):
    """A request of the bot's: a list, or the one object, and what is expanded in it."""

    resource: Resource
    path: str
    expand: tuple[str, ...] = ()


_BOOKED = ("data.balance_transaction", "data.failure_balance_transaction")
READS = (
    Read(
        Resource.CHECKOUTS,
        "/v1/checkout/sessions",
        ("data.payment_intent.latest_charge.balance_transaction", "data.line_items"),
    ),
    Read(Resource.LINKS, "/v1/payment_links", ("data.line_items",)),
    Read(Resource.PRODUCTS, "/v1/products"),
    Read(Resource.PRICES, "/v1/prices"),
    Read(
        Resource.INTENTS,
        "/v1/payment_intents",
        ("data.latest_charge.balance_transaction", "data.latest_charge.refunds"),
    ),
    Read(Resource.CHARGES, "/v1/charges", ("data.balance_transaction", "data.payment_intent")),
    Read(Resource.CHARGES, "/v1/refunds", _BOOKED),
    Read(Resource.BALANCE, "/v1/balance_transactions"),
    Read(Resource.SOURCES, "/v1/balance_transactions", ("data.source",)),
    Read(Resource.DISPUTES, "/v1/disputes"),
    Read(Resource.PAYOUTS, "/v1/payouts", _BOOKED),
    Read(Resource.EVENTS, "/v1/events"),
    Read(Resource.ACCOUNT, "/v1/account"),
    Read(Resource.ENDPOINTS, "/v1/webhook_endpoints"),
)
"""In the order of the resources."""
_OWN = {permission_for(resource): resource for resource in Resource}

REMEMBERED = timedelta(minutes=5)
PATIENCE = 5.0
"""Seconds for all of them together, when a user waits for the answer."""


async def check_permissions(api: StripeApi) -> tuple[Ability, ...]:
    """Try each read once; one row for each, and one more for what the bot also writes.

    Raises nothing of Stripe's: what was not answered is UNKNOWN, and all is DENIED to a key that
    Stripe does not know.
    """
    lists = api.lists()
    tried = await asyncio.gather(*(_try(lists, read) for read in READS))
    lacking = _lacking(tried)
    reads = [_of(resource, tried, lacking) for resource in Resource]
    writes = [
        Ability(read.resource, writes=True, access=_writing(api, read.access))
        for read in reads
        if read.resource in WRITTEN
    ]
    return (*reads, *writes)


class _Tried(NamedTuple):
    """What came of a request."""

    resource: Resource
    access: Access
    """Of the resource itself, whatever was expanded in it."""
    lacking: tuple[str, ...] = ()
    """What Stripe says that the key lacks."""


async def _try(lists: Transport, read: Read) -> _Tried:
    resource, path, expand = read
    params: dict[str, object] = {} if resource is Resource.ACCOUNT else {"limit": 1}
    try:
        await lists.get(path, **params, **({"expand": expand} if expand else {}))
    except StripeDenied as denied:
        lacking = (denied.permission,) if denied.permission else ()
        if expand and lacking and lacking != (permission_for(resource),):
            plain = await _try(lists, Read(resource, path))
            return _Tried(resource, plain.access, (*lacking, *plain.lacking))
        return _Tried(resource, Access.DENIED, lacking)
    except StripeTrouble:
        return _Tried(resource, Access.UNKNOWN)
    return _Tried(resource, Access.ALLOWED)


def _lacking(tried: Sequence[_Tried]) -> dict[str, Resource]:
    """What the key lacks, by the name of the permission, and for which resource that is shown.

    A permission that belongs to no resource is shown with the request that failed even without
    expanding, if there is one.
    """
    found: dict[str, Resource] = {}
    for each in sorted(tried, key=lambda one: one.access is not Access.DENIED):
        for name in each.lacking:
            found.setdefault(name, _OWN.get(name, each.resource))
    return found


def _of(resource: Resource, tried: Sequence[_Tried], lacking: Mapping[str, Resource]) -> Ability:
    """What all requests show of a resource."""
    access = {each.access for each in tried if each.resource is resource}
    names = [name for name, of in lacking.items() if of is resource]
    if names or Access.DENIED in access:
        lacks = next(iter(names), None)
        return Ability(resource, writes=False, access=Access.DENIED, lacking=lacks)
    unknown = Access.UNKNOWN in access
    return Ability(resource, writes=False, access=Access.UNKNOWN if unknown else Access.ALLOWED)


def _writing(api: StripeApi, read: Access) -> Access:
    if read is Access.ALLOWED:
        return Access.UNKNOWN if api.restricted else Access.ALLOWED
    return read


class KeyAbilities:
    """The same for commands in Discord: kept for some minutes, and given up soon."""

    def __init__(self, api: StripeApi | None, clock: Clock) -> None:
        """`api`: None without a key."""
        self._api = api
        self._clock = clock
        self._found: Sequence[Ability] = ()
        self._until: datetime | None = None
        self._turn = asyncio.Lock()

    async def __call__(self) -> Sequence[Ability]:
        """What the key may do; empty without a key, and while Stripe does not answer."""
        async with self._turn:
            if self._until is None or self._clock() > self._until:
                self._found = await self._look()
                # What was not answered is tried again by the next call.
                sure = self._found and not any(
                    one.access is Access.UNKNOWN and not one.writes for one in self._found
                )
                self._until = self._clock() + REMEMBERED if sure else None
            return self._found

    async def _look(self) -> Sequence[Ability]:
        if self._api is None:
            return ()
        try:
            async with asyncio.timeout(PATIENCE):
                return await check_permissions(self._api)
        except TimeoutError:
            return ()
