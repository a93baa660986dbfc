"""Where a price, a product or a payment link of Stripe's belongs: pure reading of their objects."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.domain.catalogue import UnplacedReason
from bot.domain.json_access import (
    Json,
    currency,
    identifier,
    integer,
    mapping,
    mappings,
    paragraphs,
    text,
)
from bot.domain.money import Money
from bot.domain.naming import UNNAMED_TRACK, Named, item_names
from bot.domain.terms import metadata_terms

LONGEST_URL = 2048
MOST_IMAGES = 8
"""As many as Stripe keeps of a product. https://docs.stripe.com/api/products/object"""

# Nothing that could end an attribute of HTML, a directive of a policy, or a link of Markdown.
_URL = re.compile(r"https://[!#$%&*+\-./0-9:=?@A-Z_a-z~\[\]]+")


class Placed(NamedTuple):
    """What a price sells."""

    named: Named | None
    """None where nothing names a track, and for what is no sale of a license."""
    amount: Money | None
    terms: str | None
    """Its metadata `terms`."""
    reason: UnplacedReason | None
    """Why it cannot be offered; None where it can."""


class ProductFacts(NamedTuple):
    """What is shown of a product."""

    name: str
    description: str | None
    """Its lines are its paragraphs."""
    images: tuple[str, ...]
    preview_url: str | None


def placed(price: Json, product: Json, link_metadata: Json | None = None) -> Placed:
    """Place a price by the rules for sales, as if it had just been bought.

    With `link_metadata` it is bought by a payment link, which hands its metadata on to the
    Checkout Session. https://docs.stripe.com/api/payment-link/create
    """
    if price.get("type") != "one_time" or price.get("recurring"):
        return Placed(None, None, None, UnplacedReason.RECURRING)
    item = {"price": {**price, "product": product}}
    named: Named | None = item_names(item, mapping(link_metadata))
    if named is not None and named.track == UNNAMED_TRACK:
        named = None
    amount = _amount(price)
    terms = metadata_terms(mapping(price.get("metadata")).get("terms"))
    if named is None:
        return Placed(None, amount, terms, UnplacedReason.NO_TRACK)
    return Placed(named, amount, terms, None if amount else UnplacedReason.NO_AMOUNT)


def product_facts(product: Json) -> ProductFacts:
    """What is shown of a product; addresses only where they are https."""
    given = product.get("images")
    images = given if isinstance(given, list | tuple) else ()
    urls = (https_url(image) for image in images[:MOST_IMAGES])
    return ProductFacts(
        name=text(product.get("name")) or "",
        description=paragraphs(product.get("description")),
        images=tuple(url for url in urls if url),
        preview_url=https_url(mapping(product.get("metadata")).get("preview_url")),
    )


def link_prices(link: Json) -> Sequence[str] | None:
    """The prices that a payment link sells or offers beside; None where it was not shown whole.

    Events show links without their line items, which must be expanded.
    https://docs.stripe.com/api/payment-link/object#payment_link_object-line_items
    """
    items = link.get("line_items")
    if not isinstance(items, dict) or items.get("has_more"):
        return None
    sold = [*mappings(items), *mappings(link.get("optional_items"))]
    ids = (identifier(item.get("price")) for item in sold)
    return list(dict.fromkeys(id_ for id_ in ids if id_))


def sells_one(link: Json) -> bool:
    """Whether a payment link sells one of one price, and the buyer can change nothing about it."""
    items = [*mappings(link.get("line_items")), *mappings(link.get("optional_items"))]
    if len(items) != 1 or link_prices(link) is None:
        return False
    adjustable = mapping(items[0].get("adjustable_quantity")).get("enabled")
    return items[0].get("quantity") == 1 and not adjustable


def https_url(value: object) -> str | None:
    """An absolute https address that is safe to show and to link; None for anything else."""
    if not isinstance(value, str) or len(value) > LONGEST_URL or not _URL.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or "@" in parts.netloc or (port is not None and not 0 < port < 65_536):
        return None
    return value


def _amount(price: Json) -> Money | None:
    amount, code = integer(price.get("unit_amount")), currency(price.get("currency"))
    if amount is None or amount < 0 or code is None or price.get("custom_unit_amount"):
        return None
    # A price of so many for so much has no price of one.
    # https://docs.stripe.com/api/prices/object#price_object-transform_quantity
    return None if price.get("transform_quantity") else Money(amount, code)
