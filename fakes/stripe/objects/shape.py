"""What every simulated object is: a plain dict as Stripe's JSON has it.

Objects are never changed once built: a change makes a new dict (`fakes.stripe.books`). So an
event may hold the very dict that was current when it happened, and constant parts are shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

API_VERSION = "2026-10-28.endive"
"""The API version that the simulated account renders its events with."""

EMPTY: Json = {}
"""Shared: nobody changes an object in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who buys. `country` is an ISO 3166 two-letter code.

    `promotions` is what they answer where Checkout asks whether news may be mailed to them:
    opt_in or opt_out; None where it does not ask.
    """

    name: str | None = None
    email: str | None = None
    country: str | None = None
    phone: str | None = None
    promotions: str | None = None


NOBODY = Customer()


def address(country: str | None) -> Json:
    """As Checkout asks for it by default: the country alone."""
    return {
        "city": None,
        "country": country,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    }


def metadata(given: Mapping[str, str] | None) -> Json:
    """As an object has it: never null."""
    return dict(given) if given else EMPTY


def listing(url: str, data: Sequence[Json], *, has_more: bool = False) -> Json:
    """A page of a list, as https://docs.stripe.com/api/pagination has it."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def presentment(presented: tuple[int, str] | None) -> Json | None:
    """What the buyer saw under Adaptive Pricing: minor units and currency; None without it."""
    if presented is None:
        return None
    return {"presentment_amount": presented[0], "presentment_currency": presented[1]}
