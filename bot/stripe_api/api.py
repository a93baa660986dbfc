"""What the bot asks Stripe, and nothing else: payments whole, payouts, the account, the catalogue.

It writes only what a sale needs: Checkout Sessions, and what takes a track off sale. Only the
set-up also writes where Stripe sends its events.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

from bot.domain.stripe_view import StripeView
from bot.stripe_api.catalogue_calls import CatalogueCalls
from bot.stripe_api.checkout_sessions import SellingCalls
from bot.stripe_api.errors import StripeDenied
from bot.stripe_api.lists import History, Lists
from bot.stripe_api.payment_reader import PaymentReader
from bot.stripe_api.transport import (
    API_VERSION,
    LIVE,
    TEST,
    URGENT_LIVE,
    URGENT_TEST,
    Json,
    Pace,
    Sleep,
    Transport,
    path_part,
)

_LIVE = ("rk_live_", "sk_live_")
_TEST = ("rk_test_", "sk_test_")


def livemode_of(key: str) -> bool:
    """Whether an API key is of live mode. https://docs.stripe.com/keys

    ValueError (naming nothing of the key) for what is no secret or restricted key.
    """
    if key.startswith(_LIVE):
        return True
    if key.startswith(_TEST):
        return False
    raise ValueError("a Stripe API key begins with rk_live_, rk_test_, sk_live_ or sk_test_")


def is_restricted(key: str) -> bool:
    """Whether a key may do only what it was given; a secret key may do everything."""
    return key.startswith("rk_")


class StripeApi(CatalogueCalls, SellingCalls):
    """Stripe's API with one key. Answers are plain dicts as Stripe's JSON has them.

    Every method raises `StripeDown` (later it may work), `StripeDenied` (the key may not),
    `StripeGone` (no such object) or `StripeRefused` (a request that it refuses for good), all of
    them `StripeTrouble`. `patience` is how many seconds each of their calls may take in all; a list
    takes one a page. `account` is a connected account's id; empty for the key's own account.
    """

    def __init__(
        self,
        key: str,
        base_url: str | None = None,
        patience: float = 20.0,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._transport = Transport(key, base_url, patience, sleep)
        live = livemode_of(key)
        self.restricted = is_restricted(key)
        """Whether the key may do only what it was given."""
        self._per_second = LIVE if live else TEST
        self.urgent = Pace(URGENT_LIVE if live else URGENT_TEST, self._transport.pause)
        SellingCalls.__init__(self, self._transport)
        CatalogueCalls.__init__(self, self._transport, self._pace())

    async def aclose(self) -> None:
        """Close the connections to Stripe."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def read_payment(
        self,
        *,
        session: str | None = None,
        intent: str | None = None,
        charge: str | None = None,
        account: str = "",
        disputed: bool = False,
        succeeded: datetime | None = None,
    ) -> StripeView | None:
        """All that Stripe says of one payment, by whichever of its ids is known.

        A Checkout Session takes one call; only further pages of line items, refunds and disputes
        take more. An intent takes one more (to find its session, or that it has none), a charge
        two. None when no id was given. `disputed` asks for disputes although the charge itself may
        not say that it has any: for when an event names one. `succeeded`: when it did, if that is
        known; else the events are asked for a payment that took days to succeed.
        """
        reader = PaymentReader(self._transport, account, disputed, succeeded)
        if session is not None:
            return await reader.by_session(session)
        if intent is not None:
            return await reader.by_intent(intent)
        return await reader.by_charge(charge) if charge is not None else None

    async def read_payout(self, payout: str, *, account: str = "") -> Json:
        """A payout as it stands."""
        return await self._transport.get(f"/v1/payouts/{path_part(payout)}", account)

    async def payout_movements(self, payout: str, *, account: str = "") -> list[Json]:
        """The balance transactions that an automatic payout is made of, its own among them.

        Complete once its `reconciliation_status` is completed; Stripe refuses a manual payout
        (`StripeTrouble`). https://docs.stripe.com/api/balance_transactions/list
        """
        return await self._transport.pages("/v1/balance_transactions", account, payout=payout)

    async def account(self) -> Json | None:
        """The account that the key belongs to; None if a restricted key may not see it."""
        try:
            return await self._transport.get("/v1/account")
        except StripeDenied as error:
            if error.status == 403:
                return None
            raise

    async def create_endpoint(
        self, url: str, types: Collection[str], metadata: Mapping[str, str]
    ) -> Json:
        """Have events of these types sent to an address, in the API version that we understand.

        Only this answer ever shows the endpoint's `secret`.
        https://docs.stripe.com/api/webhook_endpoints/create
        """
        return await self._transport.post(
            "/v1/webhook_endpoints",
            url=url,
            enabled_events=sorted(types),
            api_version=API_VERSION,
            description="Producer Bot",
            metadata=dict(metadata),
        )

    async def delete_endpoint(self, endpoint: str) -> None:
        """Have no more events sent to an endpoint."""
        await self._transport.delete(f"/v1/webhook_endpoints/{path_part(endpoint)}")

    def history(self, account: str = "") -> History:
        """What happened in the past, by lists. Its calls are spaced out, each with `patience`."""
        return History(self.lists(account))

    def lists(self, account: str = "") -> Lists:
        """Lists as Stripe has them, whatever they are of. Calls are spaced out as of `history`."""
        return Lists(self._transport, self._pace(), account)

    def _pace(self) -> Pace:
        return Pace(self._per_second, self._transport.pause)

    async def pause(self, seconds: float) -> None:
        """Wait before trying again, by the sleep that was handed in."""
        await self._transport.pause(seconds)
