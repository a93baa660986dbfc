"""What the shop's templates show: tracks with their licenses, prices in words, covers, terms."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import groupby

from bot.domain.license_terms import FROM_PRICE, Templates, Wording
from bot.domain.money import Money
from bot.domain.sale import Producer
from bot.domain.track import Offer, TrackOffers
from bot.text.terms_text import Allowance, allowance, facts_of
from bot.text.words import money, plain

NAMELESS = "Tracks for sale"
"""The shop's name while its producer's name is not known."""
LONGEST_NAME = 200
LONGEST_TEXT = 4000
FREE = "Free"

THE_TRACK = "the track"
THIS_LICENSE = "this license"


@dataclass(frozen=True, slots=True)
class PriceTag:
    """One price of a license, in one currency."""

    id: str
    """price_…"""
    text: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class LicenseView:
    """A license of a track, with its price in each currency."""

    name: str
    exclusive: bool
    tags: tuple[PriceTag, ...]
    terms: str | None
    """The last part of the address of its terms; None if it has none."""
    allows: Allowance | None

    @property
    def says_exclusive(self) -> bool:
        """Whether its name has the word that marks every exclusive license."""
        return says_exclusive(self.name)

    @property
    def kind(self) -> tuple[str, bool, str | None]:
        """Equal for the same license of other tracks."""
        return (self.name, self.exclusive, self.terms)


@dataclass(frozen=True, slots=True)
class TrackView:
    """A track that can be bought. Texts are plain, cleaned, and of a bounded length."""

    id: int
    name: str
    slug: str
    paragraphs: tuple[str, ...]
    images: tuple[str, ...]
    preview: str | None
    cover: str
    """An SVG drawing for a track without an image; nothing in it comes from outside."""
    licenses: tuple[LicenseView, ...]


@dataclass(frozen=True, slots=True)
class TermsView:
    """The terms of a license in full."""

    wording: Wording
    license: str


@dataclass(frozen=True)
class ShopView:
    """Everything that is for sale at one moment."""

    producer: Producer | None
    tracks: tuple[TrackView, ...] = ()
    """By name."""
    terms: Mapping[str, TermsView] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The producer's name."""
        known = self.producer.name if self.producer else None
        return plain(known, LONGEST_NAME) if known else NAMELESS

    @property
    def test(self) -> bool:
        """Whether no real money is paid here."""
        return self.producer is not None and not self.producer.livemode

    @cached_property
    def by_id(self) -> Mapping[int, TrackView]:
        return {track.id: track for track in self.tracks}

    @cached_property
    def licenses(self) -> Sequence[LicenseView]:
        """Each license once: those of the most tracks first."""
        kinds: dict[tuple[str, bool, str | None], list[LicenseView]] = {}
        for track in self.tracks:
            for one in track.licenses:
                kinds.setdefault(one.kind, []).append(one)
        return [same[0] for same in sorted(kinds.values(), key=len, reverse=True)]

    def search(self, words: str) -> tuple[TrackView, ...]:
        """The tracks whose names have all these words, in any order and case."""
        wanted = words.casefold().split()
        return tuple(
            track for track in self.tracks if all(word in track.name.casefold() for word in wanted)
        )


def says_exclusive(name: str) -> bool:
    """Whether a license's name has the word that marks every exclusive license."""
    return "exclusive" in name.casefold()


def terms_facts(shop: ShopView, terms: TermsView) -> Mapping[str, str]:
    """What fills the placeholders of terms on a page of their own."""
    return facts_of(shop.name, THE_TRACK, terms.license)


def shop_view(
    producer: Producer | None, tracks: Iterable[TrackOffers], templates: Templates
) -> ShopView:
    """The shop that sells these tracks. Takes some milliseconds for each hundred."""
    shop = ShopView(producer)
    known: dict[tuple[str, bool, str | None], tuple[str, str | None, Allowance | None]] = {}
    terms: dict[str, TermsView] = {}

    def read(offer: Offer) -> tuple[str, str | None, Allowance | None]:
        """A license's name, and the address and short form of its terms."""
        name = plain(offer.license, LONGEST_NAME)
        wording = templates.wording(
            offer.license, exclusive=offer.exclusive, from_price=offer.terms
        )
        if wording is None:
            return name, None, None
        own = f"{FROM_PRICE}-{wording.digest[:12]}"
        address = own if wording.name == FROM_PRICE else wording.name
        # Terms that several licenses share name none of them.
        shared = address in terms and terms[address].license != name
        terms[address] = TermsView(wording, THIS_LICENSE if shared else name)
        return name, address, _allowance(wording, shop.name, name)

    def licenses_of(offers: Sequence[Offer]) -> Iterator[LicenseView]:
        for key, same in groupby(offers, key=_license_key):
            first, *_ = offers_of = list(same)
            if key not in known:
                known[key] = read(first)
            name, address, allows = known[key]
            tags = tuple(map(_price_tag, offers_of))
            yield LicenseView(name, first.exclusive, tags, address, allows)

    views = tuple(
        TrackView(
            id=track.id,
            name=plain(track.name, LONGEST_NAME),
            slug=track.slug,
            paragraphs=tuple(_paragraphs(track.description)),
            images=track.images,
            preview=track.preview_url,
            cover=cover(track.name),
            licenses=tuple(licenses_of(track.offers)),
        )
        for track in tracks
    )
    return replace(shop, tracks=views, terms=terms)


@lru_cache(maxsize=256)
def _allowance(wording: Wording, shop: str, license_name: str) -> Allowance:
    return allowance(wording, facts_of(shop, THE_TRACK, license_name))


def _license_key(offer: Offer) -> tuple[str, bool, str | None]:
    return (offer.license, offer.exclusive, offer.terms)


def _price_tag(offer: Offer) -> PriceTag:
    amount = offer.amount
    return PriceTag(offer.price, _price_text(amount), amount.amount, amount.currency)


@lru_cache(maxsize=256)
def _price_text(amount: Money) -> str:
    return money(amount) if amount.amount else FREE


def _paragraphs(text: str | None) -> Iterator[str]:
    for line in (text or "")[:LONGEST_TEXT].splitlines():
        if line.strip():
            yield plain(line, LONGEST_TEXT)


_COLORS = (
    ("#1f2a44", "#e4572e", "#f6e7cb"),
    ("#3d1f2f", "#e39b7b", "#fbe9d7"),
    ("#12372f", "#e9b44c", "#f4efe1"),
    ("#27213d", "#8f6bd1", "#ece4ff"),
    ("#4a2512", "#f08a4b", "#ffe8d1"),
    ("#0f3a4d", "#6cc3c1", "#e8f6f3"),
    ("#5b1a2a", "#f2c14e", "#fff1cf"),
    ("#2b2d2f", "#c9d36a", "#f3f5dc"),
    ("#1a2f1f", "#7fb069", "#edf6e3"),
    ("#3a1648", "#ff7aa2", "#ffe3ec"),
    ("#0c1f33", "#4f8fe6", "#dceafe"),
    ("#40300f", "#e8c547", "#fdf3cf"),
)
"""Background, disc, sound."""
_BARS = 16
_LEFT, _STEP = 13, 5
_MIDDLE, _TALLEST = 72, 26


@lru_cache(maxsize=1024)
def cover(name: str) -> str:
    """A track's cover if it has no image: an SVG of 100 by 100, always the same for a name.

    Shapes and colors are attributes of the drawing, since the Content-Security-Policy allows no
    inline styles. Nothing of the name itself is in it, so it needs no escaping. Numbers are few
    and round: pages with hundreds of covers compress well.
    """
    seed = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    back, disc, sound = _COLORS[seed[0] % len(_COLORS)]
    across, down, radius = 20 + seed[1] % 13 * 5, 20 + seed[2] % 9 * 5, 18 + seed[3] % 7 * 4
    strokes = []
    for place in range(_BARS):
        # Lower towards both ends.
        edge = min(place + 1, _BARS - place, _BARS // 3) / (_BARS // 3)
        half = 1 + round((1 + seed[4 + place] % 5) / 5 * edge * _TALLEST / 2)
        strokes.append(f"M{_LEFT + place * _STEP} {_MIDDLE - half}v{2 * half}")
    return (
        '<svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">'
        f'<path fill="{back}" d="M0 0h100v100H0z"/>'
        f'<circle cx="{across}" cy="{down}" r="{radius}" fill="{disc}"/>'
        f'<path stroke="{sound}" stroke-width="2" stroke-linecap="round" '
        f'd="{"".join(strokes)}"/></svg>'
    )
