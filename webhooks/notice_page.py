"""A page that says one thing: for licenses and whoever asks about them."""

import hashlib
from base64 import b64encode
from html import escape
from string import Template

from aiohttp import web

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1e28;--quiet:#5b6170;--page:#fff;
--good:#1f6f4a;--bad:#b3261e}
@media(prefers-color-scheme:dark){
:root{--ink:#eceef4;--quiet:#a6acba;--page:#14161c;--good:#5fd39a;--bad:#ff8a80}}
body{margin:0;padding:12vh 1.5rem;background:var(--page);color:var(--ink);
font:1.0625rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 .75rem;color:var(--quiet)}
.good h1{color:var(--good)}.bad h1{color:var(--bad)}
"""
_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>$style</style></head>
<body><main class="$tone"><h1>$title</h1>$paragraphs</main></body></html>
"""
)
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PRIVATE = {
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Cache-Control
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""For answers that are one person's business: kept nowhere, told to no other site."""

_HEADERS = {
    **PRIVATE,
    # Nothing is loaded, run, framed or sent; the one style is known by its hash.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


def notice(title: str, *paragraphs: str, status: int = 200, tone: str = "") -> web.Response:
    """A page with a heading and a few sentences, escaped. `tone`: good, bad or nothing."""
    body = _PAGE.substitute(
        title=escape(title),
        style=_STYLE,
        tone=tone,
        paragraphs="".join(f"<p>{escape(text)}</p>" for text in paragraphs),
    )
    return web.Response(text=body, status=status, content_type="text/html", headers=_HEADERS)
