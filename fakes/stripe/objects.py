"""What one simulated Stripe account holds: its objects, their ids, their order, and its events.

An object is a plain dict as Stripe's JSON has it, and is never changed: a change makes a new dict.
So an event may hold the very dict that was current when it happened, and constant parts are
shared. Shapes: Stripe's public OpenAPI examples.
"""

import random
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.domain.period import Clock

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
        "country": country,
        **nulls("city line1 line2 postal_code state"),
    }


def metadata(given: Mapping[str, str] | None) -> Json:
    """As an object has it: never null."""
    return dict(given) if given else EMPTY


def nulls(names: str) -> Json:
    """Fields that are null, by their names with spaces between."""
    return dict.fromkeys(names.split())


def listing(url: str, data: Sequence[Json], *, has_more: bool = False) -> Json:
    """A page of a list, as https://docs.stripe.com/api/pagination has it."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def presentment(presented: tuple[int, str] | None) -> Json | None:
    """What the buyer saw under Adaptive Pricing: minor units and currency; None without it."""
    if presented is None:
        return None
    return {"presentment_amount": presented[0], "presentment_currency": presented[1]}


def event(
    id_: str, created: int, type_: str, data: Json, *, livemode: bool, version: str, account: str
) -> Json:
    """A snapshot event; `account` is empty but for those of a connected account."""
    envelope: Json = {
        "id": id_,
        "object": "event",
        "api_version": version,
        "created": created,
        "data": data,
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type_,
    }
    if account:
        envelope["account"] = account
    return envelope


def endpoint(
    id_: str,
    created: int,
    url: str,
    types: Sequence[str],
    *,
    livemode: bool,
    version: str | None,
    about: Mapping[str, str] | None = None,
) -> Json:
    """Where events of these types are sent; its secret is only in the answer that creates it."""
    return {
        "id": id_,
        "object": "webhook_endpoint",
        "api_version": version,
        "application": None,
        "created": created,
        "description": None,
        "enabled_events": list(types),
        "livemode": livemode,
        "metadata": metadata(about),
        "status": "enabled",
        "url": url,
    }


def account(
    id_: str, created: int, *, currency: str, country: str, timezone: str, name: str
) -> Json:
    """The account as `GET /v1/account` shows it."""
    return {
        "id": id_,
        "object": "account",
        "business_profile": {"name": name, "support_email": None, "url": None},
        "business_type": "individual",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": country,
        "created": created,
        "default_currency": currency,
        "details_submitted": True,
        "email": None,
        "metadata": EMPTY,
        "payouts_enabled": True,
        "settings": {
            "branding": {"icon": None, "logo": None},
            "dashboard": {"display_name": name, "timezone": timezone},
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
            },
        },
        "type": "standard",
    }


_LETTERS = string.ascii_letters + string.digits


class Ids:
    """Hands out new ids; two instances with one seed hand out the same ones in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def new(self, prefix: str) -> str:
        """An id as `ch_3Qx…`: the prefix, an underscore and 24 letters and digits."""
        return f"{prefix}_{self.letters(24)}"

    def letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))


_LISTED_BY: dict[str, tuple[str, ...]] = {
    "checkout.session": ("payment_intent", "payment_link"),
    "charge": ("payment_intent",),
    "refund": ("charge", "payment_intent"),
    "dispute": ("charge", "payment_intent"),
    "balance_transaction": ("source", "type"),
    "price": ("product",),
}
"""By which fields a kind of object can be listed without looking at all of them."""


class NoSuchObject(LookupError):
    """No object of that kind has that id. `kind` and `id` say which."""

    def __init__(self, kind: str, id_: str) -> None:
        super().__init__(f"No such {kind}: '{id_}'")
        self.kind = kind
        self.id = id_


class Books:
    """The memory of one account. Objects are replaced, never changed, so snapshots stay true."""

    def __init__(
        self, *, seed: int, clock: Clock, account: str, livemode: bool, connected: bool
    ) -> None:
        self.clock = clock
        self.checkout_url = "https://checkout.stripe.com"
        """Where Checkouts are paid."""
        self.livemode = livemode
        self.account = account
        self.ids = Ids(seed)
        self.events: list[Json] = []
        """Every event so far, oldest first."""
        self.listeners: list[Callable[[Json], object]] = []
        """Called with each event as it happens."""
        self._connected = connected
        self._objects: dict[str, Json] = {}
        self._by_kind: defaultdict[str, list[str]] = defaultdict(list)
        self._groups: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)

    def now(self) -> int:
        """The clock's time in unix seconds."""
        return int(self.clock().timestamp())

    def add(self, obj: Json) -> Json:
        """Keep a new object (dict with `id` and `object`)."""
        kind, id_ = obj["object"], obj["id"]
        self._objects[id_] = obj
        self._by_kind[kind].append(id_)
        for field in _LISTED_BY.get(kind, ()):
            if obj[field] is not None:
                self._groups[kind, field, obj[field]].append(id_)
        return obj

    def group(self, kind: str, field: str, value: str, ids: Iterable[str]) -> None:
        """Say that objects belong together by something that is no field of theirs."""
        self._groups[kind, field, value].extend(ids)

    def change(self, id_: str, **changes: Any) -> Json:
        """Replace an object by one with other values; answers with the new one."""
        changed = self._objects[id_] | changes
        self._objects[id_] = changed
        return changed

    def update(self, type_: str, id_: str, **changes: Any) -> Json:
        """Change an object and emit an event that names what its fields were before."""
        before = self._objects[id_]
        previous = {name: before.get(name) for name in changes if before.get(name) != changes[name]}
        changed = self.change(id_, **changes)
        self.emit(type_, changed, previous)
        return changed

    def emit(self, type_: str, obj: Json, previous: Json | None = None) -> Json:
        """Make an event that shows `obj` as it is now, and tell it to the listeners."""
        data: Json = {"object": obj}
        if previous is not None:
            data["previous_attributes"] = previous
        made = event(
            self.ids.new("evt"),
            self.now(),
            type_,
            data,
            livemode=self.livemode,
            version=API_VERSION,
            account=self.account if self._connected else "",
        )
        self.events.append(self.add(made))
        for listener in self.listeners:
            listener(made)
        return made

    def get(self, kind: str, id_: str) -> Json:
        """The object as it is now; `NoSuchObject` if there is none of that kind."""
        obj = self.find(id_)
        if obj is None or obj["object"] != kind:
            raise NoSuchObject(kind, id_)
        return obj

    def find(self, id_: str) -> Json | None:
        """Any object by its id. Time alone makes money available and closes open Checkouts."""
        obj = self._objects.get(id_)
        if obj is None:
            return None
        match obj["object"], obj.get("status"):
            case "balance_transaction", "pending" if obj["available_on"] <= self.now():
                return self.change(id_, status="available")
            case "checkout.session", "open" if obj["expires_at"] <= self.now():
                return self.change(id_, status="expired", url=None)
        return obj

    def remove(self, id_: str) -> Json:
        """Take an object out permanently, without an event; what it was."""
        gone = self._objects.pop(id_)
        self._by_kind[gone["object"]].remove(id_)
        for ids in self._groups.values():
            if id_ in ids:
                ids.remove(id_)
        return gone

    def delete(self, type_: str, id_: str) -> None:
        """Take an object out permanently, and emit an event that shows it for the last time."""
        self.emit(type_, self.remove(id_))

    def all(self, kind: str) -> Sequence[str]:
        """Ids of all objects of a kind, oldest first."""
        return self._by_kind[kind]

    def grouped(self, kind: str, field: str, value: str) -> Sequence[str]:
        """Ids of the objects of a kind whose `field` is `value`, oldest first."""
        return self._groups.get((kind, field, value), ())

    @staticmethod
    def is_grouped(kind: str, field: str) -> bool:
        """True if `grouped` knows that field."""
        return field in _LISTED_BY.get(kind, ()) or (kind, field) == (
            "balance_transaction",
            "payout",
        )
