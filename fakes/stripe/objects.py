"""What one simulated Stripe account holds: its objects, their ids, their order, and its events.

An object is a plain dict as Stripe's JSON has it, and is never changed: a change makes a new dict.
So an event may hold the very dict that was current when it happened, and constant parts are shared.
"""

import random
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.period import Clock
from fakes.stripe.shapes import SHAPES, Json, nulls


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

    @property
    def contact(self) -> Json:
        """As Checkout asks for it by default: of the address the country alone."""
        address = {"country": self.country, **nulls("city line1 line2 postal_code state")}
        return {"address": address, "email": self.email, "name": self.name, "phone": self.phone}


NOBODY = Customer()


def listing(url: str, data: Sequence[Json], *, has_more: bool = False) -> Json:
    """A page of a list, as https://docs.stripe.com/api/pagination has it."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def presentment(presented: tuple[int, str] | None) -> Json | None:
    """What the buyer saw under Adaptive Pricing: minor units and currency; None without it."""
    if presented is None:
        return None
    return {"presentment_amount": presented[0], "presentment_currency": presented[1]}


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
        self._of_account = {"account": account} if connected else {}
        """What tells a connected account's events from others."""
        self._objects: dict[str, Json] = {}
        self._by_kind: defaultdict[str, list[str]] = defaultdict(list)
        self._groups: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)

    def now(self) -> int:
        """The clock's time in unix seconds."""
        return int(self.clock().timestamp())

    def new(self, kind: str, id_: str | None = None, /, **fields: Any) -> Json:
        """A new object, not kept yet: shaped as all of its kind, with these fields."""
        shape = SHAPES[kind]
        given = {"id": id_ or self.ids.new(shape["id"]), "object": kind}
        own = {"created": self.now(), "livemode": self.livemode}
        return shape | given | {name: own[name] for name in own if name in shape} | fields

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
        return self.emit(type_, self.change(id_, **changes), previous)

    def emit(self, type_: str, obj: Json, previous: Json | None = None) -> Json:
        """Make an event that shows `obj` as it is now, and tell it to the listeners; that `obj`."""
        data = {"object": obj} | ({} if previous is None else {"previous_attributes": previous})
        made = self.add(self.new("event", type=type_, data=data, **self._of_account))
        self.events.append(made)
        for listener in self.listeners:
            listener(made)
        return obj

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

    def all(self, kind: str) -> list[str]:
        """Ids of all objects of a kind, oldest first; what is taken out is not listed."""
        return self._by_kind[kind]

    def grouped(self, kind: str, field: str, value: str) -> Sequence[str]:
        """Ids of the objects of a kind whose `field` is `value`, oldest first."""
        return self._groups.get((kind, field, value), ())

    @staticmethod
    def is_grouped(kind: str, field: str) -> bool:
        """True if `grouped` knows that field."""
        return field in _LISTED_BY.get(kind, ())
