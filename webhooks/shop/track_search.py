"""What a visitor searches for: words, and the tempo, key, genre and mood that they chose."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from urllib.parse import urlencode

from webhooks.shop.view_model import ShopView, TrackView

LONGEST_SEARCH = 100
TEMPO_STEP = 20
"""BPM: how wide the ranges are that one can choose from."""
NEAREST = 3

_RANGE = re.compile(r"([0-9]{1,3})-([0-9]{1,3})")


@dataclass(frozen=True)
class TrackSearch:
    """One search, as it is in the address; empty texts search for nothing."""

    words: str = ""
    genre: str = ""
    mood: str = ""
    key: str = ""
    bpm: str = ""
    """`80-99`."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "TrackSearch":
        """Of a query typed by anybody; what cannot be understood searches for nothing."""
        words, genre, mood, key, bpm = (
            " ".join(query.get(name, "")[:LONGEST_SEARCH].split())
            for name in ("q", "genre", "mood", "key", "bpm")
        )
        return cls(words, genre, mood, key, bpm if _RANGE.fullmatch(bpm) else "")

    def __bool__(self) -> bool:
        return bool(self.words or self.chosen)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The filters in words: `("Trap", "80–99 BPM")`."""
        bpm = f"{self.bpm.replace('-', '–')} BPM" if self.bpm else ""
        return tuple(filter(None, (self.genre, self.mood, self.key, bpm)))

    @property
    def fields(self) -> Mapping[str, str]:
        """What the form has sent, without what is empty."""
        named = {"q": self.words, "genre": self.genre, "mood": self.mood, "key": self.key}
        return {name: value for name, value in (named | {"bpm": self.bpm}).items() if value}

    def address(self, **more: str | int) -> str:
        """The end of an address that searches for the same: `?q=rain&page=2`; may be empty."""
        said = {**self.fields, **{name: value for name, value in more.items() if value}}
        return f"?{urlencode(said)}" if said else ""

    def found(self, tracks: Iterable[TrackView]) -> Sequence[TrackView]:
        """The tracks that fit; those with the words in their name first."""
        wanted = self.words.casefold().split()
        fitting = [track for track in tracks if self._fits(track, wanted)]
        return sorted(fitting, key=lambda track: not _has(wanted, track.name.casefold()))

    def nearest(self, shop: ShopView) -> Sequence[TrackView]:
        """The tracks whose names, or a word of them, are most like the words."""
        by_words: dict[str, TrackView] = {}
        for track in shop.tracks:
            name = track.name.casefold()
            for words in (name, *name.split()):
                by_words.setdefault(words, track)
        alike = get_close_matches(self.words.casefold(), by_words, NEAREST)
        return list({by_words[words].id: by_words[words] for words in alike}.values())

    def _fits(self, track: TrackView, wanted: Sequence[str]) -> bool:
        tags = track.tags
        return (
            _has(wanted, track.searched)
            and (not self._tempo or (tags.bpm is not None and tags.bpm in self._tempo))
            and (not self.key or self.key.casefold() == (tags.key or "").casefold())
            and _among(self.genre, tags.genres)
            and _among(self.mood, tags.moods)
        )

    @cached_property
    def _tempo(self) -> range:
        match = _RANGE.fullmatch(self.bpm)
        slowest, fastest = sorted(map(int, match.groups())) if match else (0, -1)
        return range(slowest, fastest + 1)


EVERYTHING = TrackSearch()


def _has(wanted: Sequence[str], text: str) -> bool:
    return all(word in text for word in wanted)


def _among(wanted: str, words: Sequence[str]) -> bool:
    return not wanted or wanted.casefold() in map(str.casefold, words)


@dataclass(frozen=True, slots=True)
class Filter:
    """A field of the form: what can be chosen, each as its value and its words."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


def filters(shop: ShopView) -> tuple[Filter, ...]:
    """What the tracks of a shop differ in."""
    tags = [track.tags for track in shop.tracks]
    steps = sorted({one.bpm // TEMPO_STEP * TEMPO_STEP for one in tags if one.bpm is not None})
    tempos = [(f"{low}-{low + TEMPO_STEP - 1}", f"{low}–{low + TEMPO_STEP - 1}") for low in steps]
    listed = (
        Filter("bpm", "BPM", tuple(tempos)),
        Filter("key", "Key", _options([one.key] if one.key else [] for one in tags)),
        Filter("genre", "Genre", _options(one.genres for one in tags)),
        Filter("mood", "Mood", _options(one.moods for one in tags)),
    )
    return tuple(one for one in listed if len(one.options) > 1)


def _options(words: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    spelled: dict[str, str] = {}
    for word in (word for some in words for word in some):
        spelled.setdefault(word.casefold(), word)
    return tuple((word, word) for _, word in sorted(spelled.items()))
