"""What the key may do, found out without changing anything: one harmless read a resource.

Whether it may write cannot be tried: Stripe does not promise to look at a key's permissions before
it looks at the request, so a request that is meant to fail might one day succeed. But who may not
read may not write either, and a secret key may do everything. https://docs.stripe.com/keys
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.ledger.abilities import WRITTEN, Ability, Access, Resource
from bot.ledger.clock import Clock
from bot.stripe_api.api import StripeApi
from bot.stripe_api.errors import StripeDenied, StripeTrouble
from bot.stripe_api.lists import Lists

READS: dict[Resource, str] = {
    Resource.CHECKOUTS: "/v1/checkout/sessions",
    Resource.LINKS: "/v1/payment_links",
    Resource.PRODUCTS: "/v1/products",
    Resource.PRICES: "/v1/prices",
    Resource.INTENTS: "/v1/payment_intents",
    Resource.CHARGES: "/v1/charges",
    Resource.BALANCE: "/v1/balance_transactions",
    Resource.DISPUTES: "/v1/disputes",
    Resource.PAYOUTS: "/v1/payouts",
    Resource.EVENTS: "/v1/events",
    Resource.ACCOUNT: "/v1/account",
    Resource.ENDPOINTS: "/v1/webhook_endpoints",
}
"""Of each resource a list (or the one object) that the key may see if it may see anything of it."""

REMEMBERED = timedelta(minutes=5)
PATIENCE = 5.0
"""Seconds for all of them together, where somebody waits for the answer."""


async def abilities(api: StripeApi) -> tuple[Ability, ...]:
    """Try each read once; one row for each, and one more for what the bot also writes.

    Raises nothing of Stripe's: what was not answered is UNKNOWN, and all is DENIED to a key that
    Stripe does not know.
    """
    lists = api.lists()
    reads = await asyncio.gather(*(_read(lists, resource) for resource in READS))
    writes = [
        Ability(read.resource, writes=True, access=_writing(api, read.access))
        for read in reads
        if read.resource in WRITTEN
    ]
    return (*reads, *writes)


async def _read(lists: Lists, resource: Resource) -> Ability:
    params = {} if resource is Resource.ACCOUNT else {"limit": 1}
    try:
        await lists.get(READS[resource], **params)
    except StripeDenied:
        access = Access.DENIED
    except StripeTrouble:
        access = Access.UNKNOWN
    else:
        access = Access.ALLOWED
    return Ability(resource, writes=False, access=access)


def _writing(api: StripeApi, read: Access) -> Access:
    if read is Access.ALLOWED:
        return Access.UNKNOWN if api.restricted else Access.ALLOWED
    return read


class KeyAbilities:
    """The same, remembered for some minutes, and soon given up: for who asks in Discord."""

    def __init__(self, api: StripeApi | None, clock: Clock) -> None:
        """`api`: None where there is no key."""
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
                # What was not answered is asked again by the next one.
                sure = self._found and not any(_unanswered(one) for one in self._found)
                self._until = self._clock() + REMEMBERED if sure else None
            return self._found

    async def _look(self) -> Sequence[Ability]:
        if self._api is None:
            return ()
        try:
            async with asyncio.timeout(PATIENCE):
                return await abilities(self._api)
        except TimeoutError:
            return ()


def _unanswered(ability: Ability) -> bool:
    return ability.access is Access.UNKNOWN and not ability.writes
