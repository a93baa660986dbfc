"""What the shop's templates show: tracks with their licenses, prices in words, covers, terms."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import groupby

from bot.domain.license_terms import FROM_PRICE, Templates, Wording
from bot.domain.money import Money
from bot.domain.sale import Producer
from bot.domain.track import LOOPBACK, Offer, TrackOffers
from bot.domain.track_tags import TrackTags
from bot.text.terms_text import Allowance, allowance, facts_of
from bot.text.words import money, plain
from webhooks.shop.license_rights import LicenseRights, same_rights

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
    """A license of a track, with its price in each currency: the producer's first one first."""

    rights: LicenseRights
    tags: tuple[PriceTag, ...]

    def prices(self, currency: str) -> tuple[PriceTag, ...]:
        """In this currency, the lowest first; in another if there is none in this one."""
        same = tuple(tag for tag in self.tags if tag.currency == currency)
        return same or tuple(tag for tag in self.tags if tag.currency == self.tags[0].currency)


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
    tags: TrackTags
    searched: str
    """All that a search looks at, without capitals."""

    @property
    def alike(self) -> Mapping[LicenseRights, str]:
        """Its licenses that allow just what an earlier one does, and the name of that one: the
        same rights twice, at two prices, would only puzzle."""
        groups = same_rights(one.rights for one in self.licenses)
        return {one: first.name for first, *rest in groups for one in rest}

    @property
    def currencies(self) -> set[str]:
        """What it is offered in."""
        return {tag.currency for one in self.licenses for tag in one.tags}

    def invitation(self, currency: str) -> str:
        """What its button says: `Licenses from $29.99`."""
        prices = [one.prices(currency)[0] for one in self.licenses]
        first = prices[0].currency

        def order(price: PriceTag) -> tuple[bool, bool, int]:
            return price.currency != currency, price.currency != first, price.amount

        paid = sorted((price for price in prices if price.amount), key=order)
        if not paid:
            return "Free license" if len(prices) == 1 else "Free licenses"
        if len(prices) == 1:
            return f"License {paid[0].text}"
        free = len(paid) < len(prices)
        return f"Licenses {'free or ' if free else ''}from {paid[0].text}"


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
    currencies: tuple[str, ...] = ()
    """All that something is offered in, the producer's first one first."""

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
    def licenses(self) -> Sequence[LicenseRights]:
        """Each license once: those of the most tracks first."""
        counted = Counter(one.rights for track in self.tracks for one in track.licenses)
        return [rights for rights, _ in counted.most_common()]


def terms_facts(shop: ShopView, terms: TermsView) -> Mapping[str, str]:
    """What fills the placeholders of terms on a page of their own."""
    return facts_of(shop.name, THE_TRACK, terms.license)


def shop_view(
    producer: Producer | None,
    tracks: Sequence[TrackOffers],
    templates: Templates,
    currencies: Sequence[str] = (),
    *,
    local: bool = False,
) -> ShopView:
    """The shop that sells these tracks. Takes some milliseconds for each hundred.

    `currencies`: in which order the producer sees them. `local`: whether visitors are on this very
    machine, and can hear previews that are on it.
    """
    shop = ShopView(producer, currencies=_currencies(tracks, currencies))
    place = {code: number for number, code in enumerate(shop.currencies)}
    known: dict[tuple[str, bool, str | None], LicenseRights] = {}
    terms: dict[str, TermsView] = {}

    def read(offer: Offer) -> LicenseRights:
        name = plain(offer.license, LONGEST_NAME)
        wording = templates.wording(
            offer.license, exclusive=offer.exclusive, from_price=offer.terms
        )
        if wording is None:
            return LicenseRights(name, offer.exclusive, None, None)
        own = f"{FROM_PRICE}-{wording.digest[:12]}"
        address = own if wording.name == FROM_PRICE else wording.name
        # Terms that several licenses share name none of them.
        shared = address in terms and terms[address].license != name
        terms[address] = TermsView(wording, THIS_LICENSE if shared else name)
        allows = _allowance(wording, shop.name, name)
        return LicenseRights(name, offer.exclusive, address, allows)

    def licenses_of(offers: Sequence[Offer]) -> Iterator[LicenseView]:
        for key, same in groupby(offers, key=_license_key):
            first, *_ = offers_of = list(same)
            if key not in known:
                known[key] = read(first)
            unsorted = map(_price_tag, offers_of)
            tags = tuple(sorted(unsorted, key=lambda tag: (place[tag.currency], tag.amount)))
            yield LicenseView(known[key], tags)

    views = tuple(_track_view(one, licenses_of(one.offers), local=local) for one in tracks)
    return replace(shop, tracks=views, terms=terms)


def _track_view(track: TrackOffers, licenses: Iterable[LicenseView], *, local: bool) -> TrackView:
    name = plain(track.name, LONGEST_NAME)
    paragraphs = tuple(_paragraphs(track.description))
    heard = local or not (track.preview_url or "").startswith(LOOPBACK)
    return TrackView(
        id=track.id,
        name=name,
        slug=track.slug,
        paragraphs=paragraphs,
        images=track.images,
        preview=track.preview_url if heard else None,
        cover=cover(track.name, track.id),
        licenses=tuple(licenses),
        tags=_shown_tags(track.tags),
        searched=" ".join((name, *track.tags.words, *paragraphs)).casefold(),
    )


def _currencies(tracks: Sequence[TrackOffers], order: Sequence[str]) -> tuple[str, ...]:
    offered = Counter(offer.amount.currency for track in tracks for offer in track.offers)
    first = [code for code in order if code in offered]
    rest = sorted(offered.keys() - {*first}, key=lambda code: (-offered[code], code))
    return (*first, *rest)


def _shown_tags(tags: TrackTags) -> TrackTags:
    """Without what could turn the words around it."""

    def shown(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(plain(word, LONGEST_NAME) for word in words)

    key = plain(tags.key, LONGEST_NAME) if tags.key else None
    return replace(tags, key=key, genres=shown(tags.genres), moods=shown(tags.moods))


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
"""Background, disc, sound. Neighbors in the list have different ones."""
_BARS = 16
_LEFT, _STEP = 13, 5
_MIDDLE, _TALLEST = 72, 26


@lru_cache(maxsize=1024)
def cover(name: str, track_id: int) -> str:
    """A track's cover if it has no image: an SVG of 100 by 100, always the same for a track.

    Shapes and colors are attributes of the drawing, since the Content-Security-Policy allows no
    inline styles. Nothing of the name itself is in it, so it needs no escaping. Numbers are few
    and round: pages with hundreds of covers compress well.
    """
    seed = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    back, disc, sound = _COLORS[track_id % len(_COLORS)]
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
