"""What is for sale: tracks with their licenses, as the public page and `/tracks` show them.

Read-only values. A license that can be bought is one price of a product at Stripe.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.domain.item_names import UNNAMED_TRACK, Named, item_names
from bot.domain.json_access import (
    Json,
    currency,
    integer,
    mapping,
    paragraphs,
    text,
)
from bot.domain.license_terms import metadata_terms
from bot.domain.money import Money, decimals
from bot.domain.track_tags import NO_TAGS, TrackTags, track_tags

_SLUG_LENGTH = 80
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_SLUG_ID = re.compile(r"(?:.*-)?([0-9]{1,18})", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A license of a track that can be bought: one price of a product."""

    price: str
    """price_…"""
    product: str
    """prod_…"""
    track: str
    """As the rules name it (bot.domain.item_names), in the spelling in which it was seen first."""
    license: str
    exclusive: bool
    amount: Money
    """Of one license."""
    terms: str | None
    """The price's metadata `terms`."""
    links: tuple[str, ...]
    """Addresses of active payment links that sell just this, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackOffers:
    """A track that can be bought."""

    id: int
    name: str
    slug: str
    """Its part of an address (see `slug`)."""
    description: str | None
    images: tuple[str, ...]
    """https addresses."""
    preview_url: str | None
    """Address of something to listen to (see `preview_address`)."""
    tags: TrackTags = NO_TAGS
    offers: tuple[Offer, ...]
    """Those that are open, in the order of `ordered`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldTrack:
    """A track that is off sale: sold exclusively (never to whom), or kept off."""

    id: int
    name: str
    slug: str
    exclusively: bool
    """Whether it is held; else the producer keeps it off sale."""


class UnplacedReason(StrEnum):
    """Why something in the catalogue is no license of a track."""

    NO_TRACK = "no_track"
    """Nothing names the track."""
    NO_PRICE = "no_price"
    """An active product without any active price."""
    RECURRING = "recurring"
    """A subscription's price: licenses are sold once."""
    NO_AMOUNT = "no_amount"
    """The buyer chooses the amount, or it depends on how many are bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """What the rules could not place."""

    product: str
    product_name: str
    """Empty if it has none."""
    price: str | None
    """None if the product has no price at all."""
    reason: UnplacedReason


class TrackStanding(StrEnum):
    """Whether a track can be bought."""

    ON_SALE = "on_sale"
    SOLD = "sold"
    """Exclusively."""
    KEPT_OFF = "kept_off"
    NOT_OFFERED = "not_offered"
    """Nothing in the catalogue sells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueTrack:
    """A track as the producer sees it."""

    id: int
    name: str
    slug: str
    standing: TrackStanding
    offers: tuple[Offer, ...]
    """What is active at Stripe, in the order of `ordered`, whether the track is on sale or not."""
    linked: bool
    """Whether an active payment link sells it, named by the link's own metadata or by a price."""
    sales: int
    income: tuple[Money, ...]
    """After fees, refunds and disputes: one Money a settlement currency, in the order of all
    answers."""
    unsettled: int = 0
    """How many of its sales are in it before fees, since those are not known."""


class TrackSort(StrEnum):
    """In which order tracks are listed."""

    NAME = "name"
    INCOME = "income"
    """By what they left in one currency, the most first; then those that left nothing in it."""
    SALES = "sales"
    """By how often they were sold, the most first."""
    NEWEST = "newest"
    """Those that were put up for sale last come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePage:
    """A page of `/tracks`."""

    tracks: tuple[CatalogueTrack, ...]
    """At most ten."""
    page: int
    """From 0."""
    count: int
    """Of all tracks, offered or ever sold."""
    on_sale: int
    """How many of them can be bought."""
    unplaced: tuple[Unplaced, ...]
    """At most ten."""
    unplaced_count: int
    read: datetime | None
    """When all of it was last read from Stripe; None when it never was."""
    trouble: str
    """Why the last reading failed in part or whole, in words without secrets; else empty."""
    sort: TrackSort = TrackSort.NAME
    currencies: tuple[str, ...] = ()
    """In which money came in, the one that is shown first at first: incomes are sorted by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """A price of a track, price_…"""

    id: str
    product: str
    active: bool
    default: bool
    """Whether it is its product's default price, which Stripe does not let one archive."""
    name: str = field(default="", compare=False)
    """The license that it is a price of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProduct:
    """A product that has a price of a track, prod_…"""

    id: str
    active: bool
    shared: bool
    """Whether it also has active prices that are not this track's."""
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLink:
    """A payment link that sells a track, plink_…"""

    id: str
    url: str | None
    active: bool
    shared: bool
    """Whether it also sells something that is not this track's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackListings:
    """Everything in Stripe that sells a track, active or not: what has to be taken off sale."""

    track_id: int
    prices: tuple[ListedPrice, ...]
    products: tuple[ListedProduct, ...]
    links: tuple[ListedLink, ...]


def slug(name: str, track_id: int) -> str:
    """A track's part of an address: the ASCII words of its name and its id, `midnight-drive-12`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _NOT_SLUG.sub("-", plain)[:_SLUG_LENGTH].strip("-")
    return f"{words or 'track'}-{track_id}"


def slug_id(text: str) -> int | None:
    """The id at the end of a slug, whatever its words; None if there is none."""
    match = _SLUG_ID.fullmatch(text) if text.isascii() else None
    return int(match[1]) if match else None


def ordered(offers: Iterable[Offer], currencies: Sequence[str] = ()) -> tuple[Offer, ...]:
    """Offers as a buyer reads them: license by license, the cheapest first, exclusives last.

    Of one license in several currencies the prices stand together, in the order of `currencies`.
    """
    listed = list(offers)
    place = {code: number for number, code in enumerate(currencies)}
    cheapest: dict[tuple[bool, str], Decimal] = {}
    for offer in listed:
        kind = (offer.exclusive, offer.license)
        cheapest[kind] = min(cheapest.get(kind, _units(offer)), _units(offer))

    def rank(offer: Offer) -> tuple[bool, Decimal, str, int, str, int, str]:
        first = cheapest[offer.exclusive, offer.license]
        money = offer.amount
        in_turn = place.get(money.currency, len(place)), money.currency, money.amount
        return (offer.exclusive, first, offer.license, *in_turn, offer.price)

    return tuple(sorted(listed, key=rank))


def _units(offer: Offer) -> Decimal:
    return Decimal(offer.amount.amount).scaleb(-decimals(offer.amount.currency))


LONGEST_URL = 2048
LOOPBACK = "http://127.0.0.1:"
MOST_IMAGES = 8
"""As many as Stripe keeps of a product. https://docs.stripe.com/api/products/object"""

# Nothing that could end an attribute of HTML, a directive of a policy, or a link of Markdown.
_URL = re.compile(r"https://[!#$%&*+\-./0-9:=?@A-Z_a-z~\[\]]+")


class PricePlacement(NamedTuple):
    """What a price sells."""

    named: Named | None
    """None if nothing names a track, and for what is no sale of a license."""
    amount: Money | None
    terms: str | None
    """Its metadata `terms`."""
    reason: UnplacedReason | None
    """Why it cannot be offered; None if it can."""


class ProductFacts(NamedTuple):
    """What is shown of a product."""

    name: str
    description: str | None
    """Its lines are its paragraphs."""
    images: tuple[str, ...]
    preview_url: str | None
    tags: TrackTags


def placed(price: Json, product: Json, link_metadata: Json | None = None) -> PricePlacement:
    """Place a price by the rules for sales, as if it had just been bought.

    With `link_metadata` it is bought by a payment link, which hands its metadata on to the
    Checkout Session. https://docs.stripe.com/api/payment-link/create
    """
    if price.get("type") != "one_time" or price.get("recurring"):
        return PricePlacement(None, None, None, UnplacedReason.RECURRING)
    item = {"price": {**price, "product": product}}
    named: Named | None = item_names(item, mapping(link_metadata))
    if named is not None and named.track == UNNAMED_TRACK:
        named = None
    amount = _amount(price)
    terms = metadata_terms(mapping(price.get("metadata")).get("terms"))
    if named is None:
        return PricePlacement(None, amount, terms, UnplacedReason.NO_TRACK)
    return PricePlacement(named, amount, terms, None if amount else UnplacedReason.NO_AMOUNT)


def product_facts(product: Json) -> ProductFacts:
    """What is shown of a product; addresses only if they are https."""
    given = product.get("images")
    images = given if isinstance(given, list | tuple) else ()
    urls = (https_url(image) for image in images[:MOST_IMAGES])
    metadata, description = mapping(product.get("metadata")), paragraphs(product.get("description"))
    return ProductFacts(
        name=text(product.get("name")) or "",
        description=description,
        images=tuple(url for url in urls if url),
        preview_url=preview_address(metadata.get("preview_url")),
        tags=track_tags(metadata, description),
    )


def preview_address(value: object) -> str | None:
    """An https address, or one of a program on the visitor's own machine, for trying things out."""
    if isinstance(value, str) and value.startswith(LOOPBACK):
        return value if https_url(value.replace("http", "https", 1)) else None
    return https_url(value)


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
