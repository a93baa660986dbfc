"""Dresses the shop's window: from what is for sale to what is shown of it.

What has not changed since the last time is taken over: a sale changes one track of hundreds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from bot.domain.catalogue import Offer, TrackOffers
from bot.domain.money import Money
from bot.domain.records import Producer
from bot.domain.terms import FROM_PRICE, Templates, Wording
from bot.text.terms_text import Allowance, allowance, facts_of
from bot.text.words import money, plain
from webhooks.shop.art import cover
from webhooks.shop.view_model import (
    FREE,
    LONGEST_NAME,
    THE_TRACK,
    THIS_LICENSE,
    LicenseShown,
    PriceTag,
    TermsShown,
    TrackShown,
    Window,
)

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
