"""What a Checkout sells: how many of each price, if they can be bought, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.money import proportion, split
from fakes.stripe.objects import Books
from fakes.stripe.shapes import Json


class NotForSale(ValueError):
    """A price, product or payment link is inactive, or a Checkout is not open."""


@dataclass(frozen=True, slots=True)
class Item:
    """So many of one price. A bare price id stands for one of it."""

    price: str
    quantity: int = 1
    adjustable: Mapping[str, Any] | None = None
    """How many the buyer may take instead, as Stripe's `adjustable_quantity`."""


def require_for_sale(books: Books, items: Iterable[Item | str], link: str | None = None) -> None:
    """Raise NotForSale, in Stripe's words, for what is inactive."""
    if link is not None and not books.get("payment_link", link)["active"]:
        raise NotForSale(f"The payment link {link} is no longer active.")
    for item in items:
        id_ = item.price if isinstance(item, Item) else item
        price = books.get("price", id_)
        if not price["active"]:
            raise NotForSale(f"The price specified is inactive: {id_}.")
        if not books.get("product", price["product"])["active"]:
            raise NotForSale(
                f"Price `{id_}` is not available to be purchased because its product is not active."
            )


def line_item(
    books: Books,
    price: Json,
    quantity: int = 1,
    *,
    discount: int = 0,
    tax: int = 0,
    included: bool = False,
    **fields: Any,
) -> Json:
    """A line item, not kept yet. It has its price as an id: an answer shows it as it is now.

    `included`: the tax is in the price, else on top of it.
    """
    subtotal = price["unit_amount"] * quantity
    return books.new(
        "item",
        amount_discount=discount,
        amount_subtotal=subtotal,
        amount_tax=tax,
        amount_total=subtotal - discount + (0 if included else tax),
        currency=price["currency"],
        description=books.get("product", price["product"])["name"],
        price=price["id"],
        quantity=quantity,
        **fields,
    )


def line_items(
    books: Books,
    items: Sequence[Item | str],
    discount: int = 0,
    tax: int = 0,
    rate: int | None = None,
) -> list[Json]:
    """The line items of a cart, not kept yet. `discount` and `tax` are divided over them.

    `rate`: basis points of automatic tax instead, which is reckoned for each line and on top of it
    or in it as its price says (`tax_behavior`).
    """
    wanted = [item if isinstance(item, Item) else Item(item) for item in items]
    priced = [(books.get("price", item.price), item.quantity) for item in wanted]
    if len({price["currency"] for price, _ in priced}) != 1:
        raise ValueError("a Checkout has one currency")
    weights = [price["unit_amount"] * quantity for price, quantity in priced]
    if discount > sum(weights):
        raise ValueError("the discount is more than the price")
    discounts, taxes = split(discount, weights), split(tax, weights)
    within = [False] * len(priced)
    if rate is not None:
        within = [_includes_tax(price) for price, _ in priced]
        taxes = [
            proportion(weight - off, rate, 10_000 + rate if inclusive else 10_000)
            for weight, off, inclusive in zip(weights, discounts, within, strict=True)
        ]
    return [
        line_item(
            books,
            price,
            quantity,
            discount=discounts[i],
            tax=taxes[i],
            included=within[i],
            adjustable_quantity=wanted[i].adjustable,
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


def amounts(lines: Sequence[Json]) -> Json:
    """What a session says that its line items come to."""
    subtotal, discount, tax, total = (
        sum(line[f"amount_{name}"] for line in lines)
        for name in ("subtotal", "discount", "tax", "total")
    )
    details = {"amount_discount": discount, "amount_shipping": 0, "amount_tax": tax}
    return {"amount_subtotal": subtotal, "amount_total": total, "total_details": details}


def reckon(books: Books, session: str, rate: int | None, quantity: int | None = None) -> Json:
    """What the lines of an open Checkout come to for its buyer (`amounts`).

    `rate`: of automatic tax (`line_items`). `quantity`: how many the buyer takes of each, where
    they may choose; ValueError if they may not.
    """
    ids = list(books.grouped("item", "session", session))
    items = [_taken(books.get("item", id_), quantity) for id_ in ids]
    lines = line_items(books, items, rate=rate)
    for id_, line in zip(ids, lines, strict=True):
        books.change(id_, **(line | {"id": id_}))
    return amounts(lines)


def _taken(item: Json, quantity: int | None) -> Item:
    adjustable = item["adjustable_quantity"] or {}
    if quantity is not None:
        least, most = adjustable.get("minimum", 0), adjustable.get("maximum", 99)
        if not adjustable.get("enabled") or not least <= quantity <= most:
            raise ValueError("the buyer cannot take so many")
    return Item(item["price"], quantity or item["quantity"], item["adjustable_quantity"])
