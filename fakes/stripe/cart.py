"""What a Checkout sells: how many of each price, if they can be bought, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.domain.money import proportion, split
from fakes.stripe import checkout_objects as build
from fakes.stripe.checkout_objects import SessionFacts
from fakes.stripe.objects import Books, Json


class NotForSale(ValueError):
    """A price, product or payment link is inactive, or a Checkout is not open."""


@dataclass(frozen=True, slots=True)
class Item:
    """So many of one price. A bare price id stands for one of it."""

    price: str
    quantity: int = 1
    adjustable: Mapping[str, Any] | None = None
    """How many the buyer may take instead, as Stripe's `adjustable_quantity`."""


def require_for_sale(books: Books, prices: Iterable[str], link: str | None = None) -> None:
    """Raise NotForSale, in Stripe's words, for what is inactive."""
    if link is not None and not books.get("payment_link", link)["active"]:
        raise NotForSale(f"The payment link {link} is no longer active.")
    for id_ in prices:
        price = books.get("price", id_)
        if not price["active"]:
            raise NotForSale(f"The price specified is inactive: {id_}.")
        if not books.get("product", price["product"])["active"]:
            raise NotForSale(
                f"Price `{id_}` is not available to be purchased because its product is not active."
            )


def line_items(
    books: Books,
    items: Sequence[Item | str],
    discount: int = 0,
    tax: int = 0,
    *,
    included: bool = False,
    rate: int | None = None,
) -> list[Json]:
    """The line items of a cart, not kept yet. `discount` and `tax` are divided over them.

    `included`: the tax is in the prices. `rate`: basis points of automatic tax, which is reckoned
    for each line and on top of it or in it as its price says (`tax_behavior`).
    """
    wanted = [item if isinstance(item, Item) else Item(item) for item in items]
    priced = [(books.get("price", item.price), item.quantity) for item in wanted]
    if len({price["currency"] for price, _ in priced}) != 1:
        raise ValueError("a Checkout has one currency")
    weights = [price["unit_amount"] * quantity for price, quantity in priced]
    if discount > sum(weights):
        raise ValueError("the discount is more than the price")
    discounts, taxes = split(discount, weights), split(tax, weights)
    within = [included] * len(priced)
    if rate is not None:
        within = [_includes_tax(price) for price, _ in priced]
        bases = [weight - off for weight, off in zip(weights, discounts, strict=True)]
        taxes = [_tax(*each, rate) for each in zip(bases, within, strict=True)]
    return [
        build.line_item(
            books.ids.new("li"),
            price,
            books.get("product", price["product"])["name"],
            quantity,
            discount=discounts[i],
            tax=taxes[i],
            included=within[i],
            adjustable=wanted[i].adjustable,
        )
        for i, (price, quantity) in enumerate(priced)
    ]


def _includes_tax(price: Json) -> bool:
    """As its price says; else as Stripe takes it by default, by currency.

    https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior
    """
    if price["tax_behavior"] == "unspecified":
        return price["currency"] not in ("usd", "cad")
    return bool(price["tax_behavior"] == "inclusive")


def _tax(base: int, included: bool, rate: int) -> int:
    return proportion(base, rate, 10_000 + rate if included else 10_000)


class Sums(NamedTuple):
    """What line items come to."""

    subtotal: int
    discount: int
    tax: int
    included: int
    """What of the tax is in the prices."""


def sums(lines_: Sequence[Json]) -> Sums:
    """What line items come to."""
    subtotal, discount, tax, total = (
        sum(line[f"amount_{name}"] for line in lines_)
        for name in ("subtotal", "discount", "tax", "total")
    )
    return Sums(subtotal, discount, tax, subtotal - discount + tax - total)


def keep_lines(books: Books, session: str, items: Iterable[Json]) -> None:
    """Keep the line items of a session."""
    kept = [books.add(line)["id"] for line in items]
    books.group("item", "session", session, kept)


def new_session_id(books: Books) -> str:
    """As Stripe makes them: cs_live_a1… or cs_test_a1…"""
    mode = "live" if books.livemode else "test"
    return f"cs_{mode}_a1{books.ids.letters(56)}"


LIFE = 86_400
"""Seconds, unless it is said otherwise."""

SETTINGS = (
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "customer_creation",
    "invoice_creation",
    "name_collection",
    "phone_number_collection",
    "shipping_address_collection",
    "shipping_options",
    "tax_id_collection",
)
"""What payment links and Checkouts set alike, by field."""


def settings_of(obj: Json) -> Json:
    """What a payment link or a session has set of `SETTINGS`."""
    return {name: obj[name] for name in SETTINGS if obj.get(name) is not None}


def open_session(
    books: Books,
    items: Sequence[Item | str],
    *,
    link: str | None = None,
    metadata: Mapping[str, str] | None = None,
    success_url: str = "https://stripe.com",
    cancel_url: str = "https://stripe.com",
    expires_at: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Json:
    """Open a Checkout of these prices; NotForSale for what is inactive.

    `settings`: of `SETTINGS`. Tax is reckoned once the buyer is known (`reckon`).
    """
    require_for_sale(books, _ids(items), link)
    lines = line_items(books, items)
    facts = SessionFacts(
        id=new_session_id(books),
        created=books.now(),
        livemode=books.livemode,
        currency=lines[0]["currency"],
        subtotal=sum(line["amount_subtotal"] for line in lines),
        metadata=metadata,
        payment_link=link,
        settings=settings or {},
    )
    keep_lines(books, facts.id, lines)
    return books.add(
        build.session(facts, "unpaid", None)
        | {
            "status": "open",
            "url": f"{books.checkout_url}/c/pay/{facts.id}",
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": expires_at or books.now() + LIFE,
        }
    )


def open_by_link(books: Books, link: str) -> Json:
    """The session that a buyer gets when they open a payment link."""
    found = books.get("payment_link", link)
    items = [books.get("item", id_) for id_ in books.grouped("item", "payment_link", link)]
    bought = [Item(item["price"], item["quantity"], item["adjustable_quantity"]) for item in items]
    settings = settings_of(found)
    return open_session(books, bought, link=link, metadata=found["metadata"], settings=settings)


def reckon(books: Books, session: str, rate: int | None, quantity: int | None = None) -> Sums:
    """What the lines of an open Checkout come to for its buyer.

    `rate`: of automatic tax (`line_items`). `quantity`: how many the buyer takes of each, where
    they may choose; ValueError if they may not.
    """
    ids = list(books.grouped("item", "session", session))
    items = [_taken(books.get("item", id_), quantity) for id_ in ids]
    lines = line_items(books, items, rate=rate)
    for id_, line in zip(ids, lines, strict=True):
        books.change(id_, **(line | {"id": id_}))
    return sums(lines)


def _taken(item: Json, quantity: int | None) -> Item:
    adjustable = item["adjustable_quantity"]
    if quantity is None:
        return Item(item["price"], item["quantity"], adjustable)
    least, most = (adjustable or {}).get("minimum", 0), (adjustable or {}).get("maximum", 99)
    if not (adjustable or {}).get("enabled") or not least <= quantity <= most:
        raise ValueError("the buyer cannot take so many")
    return Item(item["price"], quantity, adjustable)


def require_open(books: Books, session: str) -> Json:
    """The session as it is; NotForSale if it can no longer be paid or expired."""
    found = books.get("checkout.session", session)
    if found["status"] != "open":
        raise NotForSale(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{found['status']}`."
        )
    return found


def expire(books: Books, session: str) -> Json:
    """Close an open Checkout. NotForSale for one that is not open."""
    require_open(books, session)
    return books.update("checkout.session.expired", session, status="expired", url=None)


def _ids(items: Sequence[Item | str]) -> list[str]:
    return [item.price if isinstance(item, Item) else item for item in items]
