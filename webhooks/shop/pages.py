"""The shop's pages: HTML rendered by Jinja, with everything escaped; and `GET /tracks.json`.

docs/page.md shows the JSON. Amounts in it are in minor units (cents for usd, yen for jpy); without
PUBLIC_URL, addresses are relative.
"""

import hashlib
import json
import threading
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.domain.license_terms import fill
from bot.text.license_check import LicenseCheck
from bot.text.terms_text import blocks
from webhooks.shop.currency import ShownCurrency
from webhooks.shop.license_rights import comparison
from webhooks.shop.track_search import TrackSearch, filters
from webhooks.shop.view_model import (
    LicenseView,
    ShopView,
    TermsView,
    TrackView,
    terms_facts,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"

PER_PAGE = 200
"""Tracks on a page: nearly every shop has one page."""
SEARCH_FROM = 6
"""Tracks from which on a search helps."""
MOST_LICENSES = 12
"""Explained under the list; what a rarer license allows is on its track's page."""
LOADED_AT_ONCE = 4
"""Tracks whose pictures are loaded with the page; the others load when scrolled to."""

UP, HERE = "../", "./"
"""How pages at /something/else and at / link to the others, under whatever prefix."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link on a notice's page."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A page with one message: its HTTP status and words, a paragraph a line."""

    status: int
    title: str
    text: str


NOT_FOUND = Notice(404, "There is no such page", "The address may have been mistyped or cut off.")
NO_PAGE = Notice(404, "There is no such page", "The list of tracks is shorter than that.")
NO_TRACK = Notice(
    404,
    "There is no such track",
    "The address may have been mistyped or cut off, or the track is no longer in the shop.\n"
    "Everything for sale is on the first page.",
)
NO_TERMS = Notice(
    404, "There are no such terms", "Each license for sale links to the terms it is sold under."
)
NOTHING_BOUGHT = Notice(
    404,
    "Nothing to show here",
    "Stripe sends you to this page after a payment. Its address must be complete.",
)
SOLD = Notice(
    410,
    "Sold exclusively",
    "This track was sold exclusively, so it can no longer be licensed. Licenses sold before stay "
    "valid.",
)
OFF_SALE = Notice(410, "Not for sale at the moment", "The producer has taken this track off sale.")
NOT_AT_THIS_PRICE = Notice(
    409,
    "This price is no longer offered",
    "The shop has changed since you opened the page. Nothing was charged.",
)
UNKNOWN_PRICE = Notice(
    404, "There is no such price", "The button may be from an old page. Nothing was charged."
)
FROM_ANOTHER_SITE = Notice(
    403,
    "Please buy from the shop itself",
    "This request came from another site, so nothing was done. The shop has the same button.",
)
TOO_MANY = Notice(
    429,
    "One moment, please",
    "You opened the payment page many times in a row. Wait a little, then try again.",
)
BUSY = Notice(
    429,
    "One moment, please",
    "Many people are checking out right now. Nothing was charged: try again in a minute.",
)
STRIPE_DOWN = Notice(
    503,
    "The payment page cannot be reached",
    "Stripe is not responding right now. Nothing was charged: please try again in a minute.",
)
NOT_SET_UP = Notice(
    503,
    "This cannot be bought here right now",
    "Nothing was charged. Please ask the producer, who can sell it to you another way.",
)
STORE_UNAVAILABLE = Notice(
    503, "Please try again in a minute", "The shop cannot be read right now. Nothing is lost."
)
TO_PAYMENT = Notice(200, "On to the payment", "It opens by itself. If not, use this link.")


class Pages:
    """Renders pages. The first one takes 0.2 s: call it in a thread."""

    def __init__(self, public_url: str | None) -> None:
        self._home = (public_url or "").rstrip("/")
        self._lock = threading.Lock()

    @cached_property
    def style(self) -> str:
        """The one style sheet, inlined in each page."""
        return (_TEMPLATES / "style.css").read_text("utf-8")

    @cached_property
    def style_source(self) -> str:
        """The style sheet's hash, as a Content-Security-Policy names it."""
        digest = hashlib.sha256(self.style.encode()).digest()
        return f"'sha256-{b64encode(digest).decode()}'"

    def index(
        self, shop: ShopView, search: TrackSearch, number: int, currency: ShownCurrency
    ) -> str | None:
        """Page `number` of the tracks that a search found; None if there is no such page."""
        found = search.found(shop.tracks) if search else shop.tracks
        count = max(1, -(-len(found) // PER_PAGE))
        if not 1 <= number <= count:
            return None
        explained = [one for one in shop.licenses if one.allows][:MOST_LICENSES]
        return self._render(
            "shop.html",
            shop,
            tracks=found[(number - 1) * PER_PAGE : number * PER_PAGE],
            currency=currency,
            loaded_at_once=LOADED_AT_ONCE,
            count=len(found),
            search=search,
            nearest=search.nearest(shop) if search.words and not found else (),
            filters=filters(shop),
            number=number,
            pages=count,
            searchable=len(shop.tracks) >= SEARCH_FROM,
            heard=next((track for track in found if track.preview), None),
            licenses=[one for one in explained if not one.numbers] if found else (),
            compared=comparison(explained if found else ()),
            canonical=f"{self._home}/" if self._home else None,
        )

    def track(self, shop: ShopView, track: TrackView, currency: ShownCurrency) -> str:
        """A track's own page."""
        canonical = f"{self._home}/tracks/{track.slug}" if self._home else None
        return self._render(
            "track.html", shop, root=UP, track=track, currency=currency, canonical=canonical
        )

    def player(
        self, shop: ShopView, track: TrackView | None, currency: ShownCurrency, *, plays: bool
    ) -> str:
        """The player at the foot of the list: a page of its own, within that page.

        So it goes on playing while one reads on, and no script is needed to change the track.
        `track`: None if it is no longer for sale. `plays`: whether it begins by itself, since its
        button was pressed.
        """
        return self._render(
            "player.html", shop, root=UP, track=track, currency=currency, plays=plays
        )

    def terms(self, shop: ShopView, terms: TermsView) -> str:
        """The full terms of a license."""
        facts = terms_facts(shop, terms)
        text = blocks(terms.wording.text, facts)
        title = fill("Terms of {license}", facts)
        return self._render("terms.html", shop, root=UP, title=title, blocks=text)

    def notice(
        self,
        shop: ShopView,
        notice: Notice,
        *,
        links: Sequence[Link] = (),
        root: str = UP,
        status: str = "",
    ) -> str:
        """A page with one message. `status`: a few words above its title."""
        return self._render(
            "notice.html",
            shop,
            root=root,
            title=notice.title,
            paragraphs=notice.text.split("\n"),
            links=links,
            status=status,
        )

    def bought(self, shop: ShopView, **purchase: Any) -> str:
        """The page after the payment."""
        return self._render("bought.html", shop, **purchase)

    def license(
        self,
        shop: ShopView,
        *,
        root: str = UP,
        check: LicenseCheck | None = None,
        wrong: str | None = None,
    ) -> str:
        """What a license is worth; or that none has the code `wrong`; or just a field for one."""
        return self._render("license.html", shop, root=root, check=check, wrong=wrong)

    def _render(self, template: str, shop: ShopView, *, root: str = HERE, **values: Any) -> str:
        with self._lock:  # several threads may be the first
            environment = self._environment
        page = environment.get_template(template)
        return page.render(shop=shop, root=root, style=self.style, **values)

    @cached_property
    def _environment(self) -> "Environment":
        # Imported for the first page: it takes some megabytes and a tenth of a second.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )


def tracks_json(shop: ShopView, public_url: str | None) -> str:
    """Everything for sale, as docs/page.md describes it."""
    home = f"{(public_url or '').rstrip('/')}/"
    listing = {
        "name": shop.name,
        "test": shop.test,
        "url": home,
        "tracks": [
            {
                "id": track.id,
                "name": track.name,
                "url": f"{home}tracks/{track.slug}",
                "description": "\n".join(track.paragraphs) or None,
                "images": list(track.images),
                "preview_url": track.preview,
                "bpm": track.tags.bpm,
                "key": track.tags.key,
                "genres": list(track.tags.genres),
                "moods": list(track.tags.moods),
                "licenses": [_license_json(one, home) for one in track.licenses],
            }
            for track in shop.tracks
        ],
    }
    return json.dumps(listing, ensure_ascii=False, separators=(",", ":"))


def _license_json(one: LicenseView, home: str) -> dict[str, Any]:
    rights = one.rights
    return {
        "name": rights.name,
        "exclusive": rights.exclusive,
        "summary": rights.allows.short if rights.allows else "",
        "allows": list(rights.allows.points) if rights.allows else [],
        "terms_url": f"{home}terms/{quote(rights.terms, safe='')}" if rights.terms else None,
        "prices": [
            {"id": tag.id, "amount": tag.amount, "currency": tag.currency, "text": tag.text}
            for tag in one.tags
        ],
    }
