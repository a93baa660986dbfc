"""A page as it goes out: its bytes, plain and compressed, and what a browser may do with them."""

import gzip
import hashlib
import re
from collections.abc import Mapping

from aiohttp import web

REVALIDATED = "no-cache"
"""May be kept, and is asked for again each time: what is sold is gone from the next look."""
NOT_KEPT = "private, no-store"

# Our pages pay here. Chromium holds redirects that follow a form to it as well.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/form-action
PAYMENT_PAGES = ("https://checkout.stripe.com", "https://buy.stripe.com")

_REFUSES_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def protection(style_source: str) -> Mapping[str, str]:
    """Headers of each of our pages: nothing runs, nothing frames us, pictures and sound by https.

    The referrer goes to ourselves alone; without any, browsers would not say where a form is from.
    """
    policy = {
        "default-src": "'none'",
        "style-src": style_source,
        "img-src": "'self' https:",
        "media-src": "https:",
        "form-action": " ".join(("'self'", *PAYMENT_PAGES)),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


class Page:
    """Bytes to be sent often. Made once; compressing takes some milliseconds: in a thread."""

    def __init__(
        self, text: str, headers: Mapping[str, str], content_type: str = "text/html; charset=utf-8"
    ) -> None:
        self._plain = text.encode()
        self._small = gzip.compress(self._plain, 6, mtime=0)
        self._tag = hashlib.sha256(self._plain).hexdigest()[:24]
        common = {
            **headers,
            "Content-Type": content_type,
            "Cache-Control": REVALIDATED,
            "Vary": "Accept-Encoding",
        }
        self._of_plain = {**common, "ETag": f'"{self._tag}"'}
        self._of_small = {**common, "ETag": f'"{self._tag}-gz"', "Content-Encoding": "gzip"}

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self._plain) + len(self._small)

    def answer(self, request: web.Request) -> web.Response:
        """200 with the page, or 304 where the browser has this very one."""
        given = request.headers
        small = _takes_gzip(given.get("Accept-Encoding", ""))
        headers = self._of_small if small else self._of_plain
        # Of both encodings: it is the same page.
        if self._tag in given.get("If-None-Match", ""):
            kept = ("ETag", "Cache-Control", "Vary")
            return web.Response(status=304, headers={name: headers[name] for name in kept})
        return web.Response(body=self._small if small else self._plain, headers=headers)


def once(text: str, headers: Mapping[str, str], status: int = 200) -> web.Response:
    """A page that is nobody else's business, or that is not worth keeping."""
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={**headers, "Cache-Control": NOT_KEPT},
    )


def _takes_gzip(accepted: str) -> bool:
    return "gzip" in accepted and not _REFUSES_GZIP.search(accepted)
