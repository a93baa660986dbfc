"""The shop's pages: HTML by Jinja templates, everything escaped, with one style of its own."""

import hashlib
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bot.domain.license_terms import fill
from bot.text.terms_text import blocks
from webhooks.shop.view_model import LicenseShown, TermsShown, TrackShown, Window, terms_facts

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_TEMPLATES = Path(__file__).parent / "templates"

PER_PAGE = 200
"""Tracks on a page: nearly every shop has one page."""
SEARCH_FROM = 13
"""Tracks from which on a search field helps."""
MOST_KINDS = 12
"""Licenses that are explained under the list; what a rarer one allows is on its track's page."""
LONGEST_SEARCH = 100
AT_FIRST_SIGHT = 4
"""Tracks whose pictures are loaded at once; the others' when one comes near them."""

UP, HERE = "../", "./"
"""How pages at /something/else and at / reach the others, wherever all of them are."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a reader may go from here."""

    words: str
    url: str


_Kind: TypeAlias = tuple[str, bool, str | None]


class _Card(NamedTuple):
    """A track in the list, and what it was made of."""

    of: tuple[TrackShown, Mapping[_Kind, str], bool]
    html: str


class Pages:
    """Makes pages. The first one takes 0.2 s: call it in a thread."""

    def __init__(self, public_url: str | None) -> None:
        self._home = (public_url or "").rstrip("/")
        self._turn = threading.Lock()
        self._cards: dict[int, _Card] = {}

    @cached_property
    def style(self) -> str:
        """The one style sheet, as it stands in each page."""
        return (_TEMPLATES / "style.css").read_text("utf-8")

    @cached_property
    def style_source(self) -> str:
        """What a Content-Security-Policy calls it."""
        digest = hashlib.sha256(self.style.encode()).digest()
        return f"'sha256-{b64encode(digest).decode()}'"

    def shop(self, window: Window, words: str = "", number: int = 1) -> str | None:
        """The list of tracks, its page `number`; None where there is no such page."""
        tracks = window.found(words) if words else window.tracks
        pages = max(1, -(-len(tracks) // PER_PAGE))
        if not 1 <= number <= pages:
            return None
        shown = tracks[(number - 1) * PER_PAGE : number * PER_PAGE]
        kinds = [kind for kind in window.licenses if kind.allows][:MOST_KINDS]
        return self._page(
            "shop.html",
            window,
            cards=self._in_cards(window, shown, kinds),
            count=len(tracks),
            words=words,
            number=number,
            pages=pages,
            searchable=len(window.tracks) >= SEARCH_FROM,
            kinds=kinds,
            canonical=f"{self._home}/" if self._home else None,
        )

    def track(self, window: Window, track: TrackShown) -> str:
        """A track's own page."""
        canonical = f"{self._home}/tracks/{track.slug}" if self._home else None
        return self._page("track.html", window, root=UP, track=track, canonical=canonical)

    def terms(self, window: Window, shown: TermsShown) -> str:
        """The terms of a license, whole."""
        facts = terms_facts(window, shown)
        text = blocks(shown.wording.text, facts)
        title = fill("Terms of {license}", facts)
        return self._page("terms.html", window, root=UP, title=title, blocks=text)

    def notice(
        self,
        window: Window,
        title: str,
        *paragraphs: str,
        links: Sequence[Link] = (),
        root: str = UP,
        status: str = "",
    ) -> str:
        """A page that says one thing, and where to go from here. `status`: a word above it."""
        return self._page(
            "notice.html",
            window,
            root=root,
            title=title,
            paragraphs=paragraphs,
            links=links,
            status=status,
        )

    def bought(self, window: Window, **shown: Any) -> str:
        """The page after the payment."""
        return self._page("bought.html", window, **shown)

    def _in_cards(
        self, window: Window, tracks: Sequence[TrackShown], kinds: Sequence[LicenseShown]
    ) -> list[str]:
        """The tracks as they stand in the list; those that have not changed as they were."""
        anchors = {kind.kind: f"license-{place}" for place, kind in enumerate(kinds, 1)}
        cards = []
        for place, track in enumerate(tracks):
            wanted = (track, anchors, place < AT_FIRST_SIGHT)
            card = self._cards.get(track.id)
            if card is None or card.of != wanted:
                card = self._cards[track.id] = _Card(wanted, self._card(*wanted))
            cards.append(card.html)
        if len(self._cards) > 2 * len(window.tracks):
            self._cards = {}
        return cards

    def _card(self, track: TrackShown, anchors: Mapping[_Kind, str], eager: bool) -> str:
        parts: Any = self._template("parts.html").module
        card: str = parts.card(track, anchors, HERE, eager)
        return card

    def _template(self, name: str) -> "Template":
        with self._turn:  # made once, by whoever comes first
            environment = self._environment
        return environment.get_template(name)

    def _page(self, template: str, window: Window, *, root: str = HERE, **shown: Any) -> str:
        page = self._template(template)
        return page.render(window=window, root=root, style=self.style, **shown)

    @cached_property
    def _environment(self) -> "Environment":
        # Only a bot whose page is looked at needs it: some megabytes, and a tenth of a second.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
