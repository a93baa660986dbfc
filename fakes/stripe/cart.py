"""What a Checkout is about: so many of each price, and whether they can be bought at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.domain.money import proportion, split
from fakes.stripe.books import Books
from fakes.stripe.objects import checkout as build
from fakes.stripe.objects.shape import Json


class NotForSale(ValueError):
    """A price, product or payment link is inactive, or a Checkout is not open (any more)."""


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


def lines(
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
