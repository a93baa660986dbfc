"""The license that many shops write behind a track's name: "Midnight Drive – Basic Lease"."""

import re
import unicodedata

from bot.domain.json_access import text

# With one of these among its words, an ending is a license.
TELLING = frozenset(
    """
    lease leases leasing license licenses licence licences licensing
    exclusive exclusives nonexclusive rights buyout
    mp3 wav flac aiff stem stems trackout trackouts
    """.split()
)
# An ending is a license too where all its words are of these or the former.
PLAIN = frozenset("basic standard premium unlimited non".split())

# A dash counts only with space around it: "Non-Exclusive" is one word.
_ENDINGS = (
    re.compile(r"(?P<head>.*\S)\s*\((?P<tail>[^()]*)\)", re.DOTALL),
    re.compile(r"(?P<head>.*\S)\s*\[(?P<tail>[^\[\]]*)\]", re.DOTALL),
    re.compile(r"(?P<head>.*\S)\s+[-‐‑‒–—―−~•·]\s+(?P<tail>.*)", re.DOTALL),
    re.compile(r"(?P<head>.*\S)(?:\s*\||:\s)(?P<tail>.*)", re.DOTALL),
)
_WORD = re.compile(r"[^\W_]+")


def title(name: object) -> str | None:
    """A name without the license at its end; None where it is nothing but a license."""
    return _parts(name)[0]


def ending(name: object) -> str | None:
    """The license at the end of a name, without the dash or brackets around it; None without."""
    return _parts(name)[1]


def _parts(name: object) -> tuple[str | None, str | None]:
    whole = text(name)
    if whole is None:
        return None, None
    head, tail = whole, None
    # "Midnight Drive – Standard Lease (MP3 + WAV)": what is left may end in one again.
    while not _is_license(head) and (cut := _cut(head)) is not None:
        tail = cut[1] if tail is None else cut[1] + whole[len(head) :]
        head = cut[0]
    return (None, whole) if _is_license(head) else (head, tail)


def _cut(name: str) -> tuple[str, str] | None:
    for pattern in _ENDINGS:
        match = pattern.fullmatch(name)
        if match and _reads_like_license(match["tail"]):
            return match["head"], match["tail"].strip()
    return None


def _reads_like_license(tail: str) -> bool:
    return any(word in TELLING for word in _words(tail)) or _is_license(tail)


def _is_license(name: str) -> bool:
    words = _words(name)
    return bool(words) and all(word in TELLING or word in PLAIN for word in words)


def _words(name: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", name).casefold())
