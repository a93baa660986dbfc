"""What the shop shows, ready to be laid out: tracks with their licenses, prices in words, terms.

Made by `webhooks.shop.view_model`.

A cover for tracks without one: drawn from the name, so always the same for the same name.

Shapes and colours are attributes of the drawing: a strict Content-Security-Policy knows no others.

Dresses the shop's window: from what is for sale to what is shown of it.

What has not changed since the last time is taken over: a sale changes one track of hundreds.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import groupby
from typing import NamedTuple

from bot.domain.license_terms import FROM_PRICE, Templates, Wording
from bot.domain.money import Money
from bot.domain.sale import Producer
from bot.domain.track import Offer, TrackOffers
from bot.text.terms_text import Allowance, allowance, facts_of
from bot.text.words import money, plain

NAMELESS = "Tracks for sale"
"""What the shop is called while its producer's name is not known."""
LONGEST_NAME = 200
FREE = "Free"

THE_TRACK = "the track"
THIS_LICENSE = "this license"


@dataclass(frozen=True, slots=True)
class PriceTag:
    """One price of a license, in one currency."""

    id: str
    """price_…"""
    words: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class LicenseShown:
    """A license of a track, with its price in each currency."""

    name: str
    exclusive: bool
    tags: tuple[PriceTag, ...]
    terms: str | None
    """The part of the address under which its terms can be read; None where there are none."""
    allows: Allowance | None

    @property
    def says_so(self) -> bool:
        """Whether its very name has the word that marks an exclusive one."""
        return names_exclusive(self.name)

    @property
    def kind(self) -> tuple[str, bool, str | None]:
        """The same for the same license of other tracks."""
        return (self.name, self.exclusive, self.terms)


@dataclass(frozen=True, slots=True)
class TrackShown:
    """A track that can be bought. Texts are plain, cleaned and of a bounded length."""

    id: int
    name: str
    slug: str
    paragraphs: tuple[str, ...]
    images: tuple[str, ...]
    preview: str | None
    cover: str
    """A drawing that stands in where there is no image: SVG, none of it from outside."""
    licenses: tuple[LicenseShown, ...]
    source: TrackOffers


@dataclass(frozen=True, slots=True)
class TermsShown:
    """Terms to be read whole."""

    wording: Wording
    license: str


@dataclass(frozen=True)
class Window:
    """All that the shop shows at one moment."""

    producer: Producer | None
    tracks: tuple[TrackShown, ...] = ()
    """By name."""
    terms: Mapping[str, TermsShown] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Whose shop it is."""
        known = self.producer.name if self.producer else None
        return plain(known, LONGEST_NAME) if known else NAMELESS

    @property
    def test(self) -> bool:
        """Whether no real money is paid here."""
        return self.producer is not None and not self.producer.livemode

    @cached_property
    def by_id(self) -> Mapping[int, TrackShown]:
        return {track.id: track for track in self.tracks}

    @cached_property
    def licenses(self) -> Sequence[LicenseShown]:
        """Each license that is sold here, once: those that most tracks have first."""
        kinds: dict[tuple[str, bool, str | None], list[LicenseShown]] = {}
        for track in self.tracks:
            for one in track.licenses:
                kinds.setdefault(one.kind, []).append(one)
        often = sorted(kinds.values(), key=len, reverse=True)
        return [same[0] for same in often]

    def found(self, words: str) -> tuple[TrackShown, ...]:
        """The tracks whose names have these words, in any order and any case."""
        wanted = words.casefold().split()
        return tuple(
            track for track in self.tracks if all(word in track.name.casefold() for word in wanted)
        )


def names_exclusive(name: str) -> bool:
    """Whether a license's name has the word that every exclusive one is marked with."""
    return "exclusive" in name.casefold()


def terms_facts(window: Window, shown: TermsShown) -> Mapping[str, str]:
    """What fills the places of terms on a page of their own."""
    return facts_of(window.name, THE_TRACK, shown.license)


_COLOURS = (
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
_FIRST, _STEP = 13, 5
_MIDDLE, _TALLEST = 72, 26


def cover(name: str) -> str:
    """An SVG of 100 by 100: a disc behind the sound of the name, as it were.

    Nothing of the name itself is in it, so it is safe as it is. Numbers are few and round: pages
    with hundreds of covers compress well.
    """
    seed = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    back, disc, sound = _COLOURS[seed[0] % len(_COLOURS)]
    across, down, radius = 20 + seed[1] % 13 * 5, 20 + seed[2] % 9 * 5, 18 + seed[3] % 7 * 4
    return (
        '<svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">'
        f'<path fill="{back}" d="M0 0h100v100H0z"/>'
        f'<circle cx="{across}" cy="{down}" r="{radius}" fill="{disc}"/>'
        f'<path stroke="{sound}" stroke-width="2" stroke-linecap="round" d="{_sound(seed)}"/></svg>'
    )


def _sound(seed: bytes) -> str:
    """Strokes around a middle line, high and low as the seed has it, lower towards both ends."""
    strokes = []
    for place in range(_BARS):
        edge = min(place + 1, _BARS - place, _BARS // 3) / (_BARS // 3)
        half = 1 + round((1 + seed[4 + place] % 5) / 5 * edge * _TALLEST / 2)
        strokes.append(f"M{_FIRST + place * _STEP} {_MIDDLE - half}v{2 * half}")
    return "".join(strokes)


LONGEST_TEXT = 4000


class _Kind(NamedTuple):
    """What offers have in common that are the same license."""

    license: str
    exclusive: bool
    from_price: str | None


class _Read(NamedTuple):
    """What is shown of a kind."""

    name: str
    address: str | None
    """Under which its terms can be read."""
    wording: Wording | None
    allows: Allowance | None


class Dresser:
    """Makes one window after the other. Not for two threads at once."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._name = ""
        self._shown: dict[int, TrackShown] = {}
        self._read: dict[_Kind, _Read] = {}

    def dress(self, producer: Producer | None, tracks: Iterable[TrackOffers]) -> Window:
        """The window with these tracks. Takes some milliseconds for each hundred new ones."""
        name = Window(producer).name
        if name != self._name:
            # It stands in every license's terms.
            self._name, self._shown, self._read = name, {}, {}
        shown = tuple(self._track(track) for track in tracks)
        self._shown = {track.id: track for track in shown}
        kinds = {_kind(offer) for track in shown for offer in track.source.offers}
        self._read = {kind: read for kind, read in self._read.items() if kind in kinds}
        return Window(producer, shown, _terms(self._read.values()))

    def _track(self, track: TrackOffers) -> TrackShown:
        before = self._shown.get(track.id)
        if before is not None and before.source == track:
            return before
        return TrackShown(
            id=track.id,
            name=plain(track.name, LONGEST_NAME),
            slug=track.slug,
            paragraphs=tuple(_paragraphs(track.description)),
            images=track.images,
            preview=track.preview_url,
            cover=cover(track.name),
            licenses=tuple(self._licenses(track.offers)),
            source=track,
        )

    def _licenses(self, offers: Sequence[Offer]) -> Iterator[LicenseShown]:
        for kind, same in groupby(offers, key=_kind):
            read = self._read.get(kind)
            if read is None:
                read = self._read[kind] = self._reading(kind)
            yield LicenseShown(
                name=read.name,
                exclusive=kind.exclusive,
                tags=tuple(map(_tag, same)),
                terms=read.address,
                allows=read.allows,
            )

    def _reading(self, kind: _Kind) -> _Read:
        name = plain(kind.license, LONGEST_NAME)
        wording = self._templates.wording(
            kind.license, exclusive=kind.exclusive, from_price=kind.from_price
        )
        if wording is None:
            return _Read(name, None, None, None)
        own = f"{FROM_PRICE}-{wording.digest[:12]}"
        address = own if wording.name == FROM_PRICE else wording.name
        facts = facts_of(self._name, THE_TRACK, name)
        return _Read(name, address, wording, allowance(wording, facts))


def _terms(kinds: Iterable[_Read]) -> Mapping[str, TermsShown]:
    """The terms under each address. Those of several licenses name none of them."""
    shown: dict[str, TermsShown] = {}
    for kind in kinds:
        if kind.address is None or kind.wording is None:
            continue
        seen = shown.get(kind.address)
        several = seen is not None and seen.license != kind.name
        shown[kind.address] = TermsShown(kind.wording, THIS_LICENSE if several else kind.name)
    return shown


def _kind(offer: Offer) -> _Kind:
    return _Kind(offer.license, offer.exclusive, offer.terms)


def _tag(offer: Offer) -> PriceTag:
    return PriceTag(offer.price, _words(offer.amount), offer.amount.amount, offer.amount.currency)


@lru_cache(maxsize=256)
def _words(amount: Money) -> str:
    return money(amount) if amount.amount else FREE


def _paragraphs(text: str | None) -> Iterator[str]:
    for line in (text or "")[:LONGEST_TEXT].splitlines():
        if line.strip():
            yield plain(line, LONGEST_TEXT)
