"""What the shop shows, ready to be laid out: tracks with their licenses, prices in words, terms.

Made by `webhooks.shop.dresser`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.catalogue import TrackOffers
from bot.domain.records import Producer
from bot.domain.terms import Wording
from bot.text.terms_text import Allowance, facts_of
from bot.text.words import plain

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
