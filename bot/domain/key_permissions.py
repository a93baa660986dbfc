"""What an API key of Stripe's may do: one row for each resource that the bot asks for."""

from dataclasses import dataclass
from enum import StrEnum


class Resource(StrEnum):
    """What a restricted key names in its list, by what Stripe's permissions call it.

    https://docs.stripe.com/stripe-apps/reference/permissions
    """

    CHECKOUTS = "checkout_session"
    LINKS = "payment_links"
    PRODUCTS = "product"
    PRICES = "plan"
    INTENTS = "payment_intent"
    CHARGES = "charge"
    BALANCE = "balance"
    SOURCES = "balance_transaction_source"
    DISPUTES = "dispute"
    PAYOUTS = "payout"
    EVENTS = "event"
    ACCOUNT = "connected_account"
    ENDPOINTS = "webhook"

    @property
    def optional(self) -> bool:
        """Whether the bot works without it."""
        return self in (Resource.ACCOUNT, Resource.ENDPOINTS)


WRITTEN = (Resource.CHECKOUTS, Resource.LINKS, Resource.PRODUCTS, Resource.PRICES)
"""What the bot also writes: to sell, and to take a track off sale."""


class Access(StrEnum):
    """Whether a key may do something."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"
    """It cannot be tried without doing it, or Stripe did not answer."""


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a key may read or write a resource."""

    resource: Resource
    writes: bool
    access: Access
    lacking: str | None = None
    """What Stripe says the key lacks, if that is not the resource's own permission."""

    @property
    def permission(self) -> str:
        """As Stripe's refusals name it: rak_charge_read."""
        return self.lacking or permission_for(self.resource, writes=self.writes)


def permission_for(resource: Resource, *, writes: bool = False) -> str:
    """What it takes to read or write a resource, as Stripe calls it."""
    return f"rak_{resource}_{'write' if writes else 'read'}"
