"""Which terms a license is sold under, and which facts of the sale are filled in.

Terms are Markdown with placeholders such as {track}. They come from the price, else from a template
that goes by the license; the rules are rows of data, tried from top to bottom.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.domain.item_names import license_key
from bot.domain.license_facts import (
    FACT_NAMES,
    FILES,
    FactsBroken,
    LicenseFacts,
    known_facts,
    split_facts,
)

PLACEHOLDERS = {
    "producer": "the seller: the artist name of `/settings seller`, or the business name in Stripe",
    "buyer": "the buyer's name, as entered at checkout",
    "track": "the track's name",
    "license": "the license's name",
    "price": "what the buyer paid for it, with its currency",
    "date": "the day it was bought, in your time zone",
    "number": "the sale's number, such as 1042",
}
"""Each of what a template may name in braces, in a producer's words."""

LONGEST_METADATA = 500
"""Stripe keeps no more of a metadata value. https://docs.stripe.com/api/metadata"""
LONGEST_TEMPLATE = 100_000
"""Characters: some forty pages."""

FROM_PRICE = "price"
"""The name of terms that stand in the metadata of the price itself."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
# Everything that cannot be seen but line breaks: PostgreSQL cannot keep some of it.
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class TemplateBroken(ValueError):
    """A template cannot be used; the message says why in half a line, and quotes little."""


class Wording(NamedTuple):
    """Terms as they are written now: what a sale made now is sold under."""

    name: str
    """The template's, or `FROM_PRICE`."""
    text: str
    """Facts, if it has any, and Markdown with placeholders, without comments."""

    @property
    def digest(self) -> str:
        """Identifies a wording permanently: SHA-256 as hex."""
        return hashlib.sha256(f"{self.name}\n{self.text}".encode()).hexdigest()

    def facts(self, license_name: str) -> LicenseFacts:
        """What a license of this name delivers and allows, as far as the terms say it."""
        return known_facts(self.text)[0].of(license_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A wording as kept with the sales made under it. Nothing about it ever changes."""

    name: str
    version: int
    """From 1, for each name; another wording of the same name has another."""
    text: str
    since: datetime
    """When the first sale was recorded under it."""

    def facts(self, license_name: str) -> LicenseFacts:
        """What a license of this name delivers and allows, as far as the terms say it."""
        return known_facts(self.text)[0].of(license_name)


class Example(NamedTuple):
    """The template that a license gets; shown in the documents, and held by a test."""

    license: str
    exclusive: bool
    gives: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the template for licenses that have one of `words` in their name."""

    template: str
    where: str
    """What it looks at, in a producer's words."""
    words: frozenset[str] | None = None
    """None: whatever its name."""
    exclusive_only: bool = False
    examples: tuple[Example, ...] = ()

    def fits(self, words: frozenset[str], *, exclusive: bool) -> bool:
        if self.exclusive_only and not exclusive:
            return False
        return self.words is None or bool(self.words & words)


RULES = (
    Rule(
        "exclusive",
        "the license is exclusive",
        exclusive_only=True,
        examples=(Example("Exclusive Rights", True, "exclusive"),),
    ),
    Rule(
        "unlimited-lease",
        "its name has the word *unlimited*",
        frozenset({"unlimited"}),
        examples=(Example("Unlimited Lease (WAV + Stems)", False, "unlimited-lease"),),
    ),
    Rule(
        "wav-lease",
        "its name has *premium*, *wav*, *flac*, *aiff*, *stems* or *trackout*",
        frozenset("premium wav flac aif aiff stem stems trackout trackouts".split()),
        examples=(
            Example("WAV Lease", False, "wav-lease"),
            Example("Premium Lease", False, "wav-lease"),
        ),
    ),
    Rule(
        "mp3-lease",
        "its name has *mp3*",
        frozenset({"mp3"}),
        examples=(Example("MP3 Lease", False, "mp3-lease"),),
    ),
    Rule(
        "lease",
        "any other license",
        examples=(
            Example("Basic Lease", False, "lease"),
            Example("Non-Exclusive License", False, "lease"),
        ),
    ),
)


_LEASES = frozenset(rule.template for rule in RULES if not rule.exclusive_only)


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates there are, by name, as they were read at start."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def wording(
        self, license_name: str, *, exclusive: bool, from_price: str | None = None
    ) -> Wording | None:
        """What a license is sold under; None only if a template of the rules is missing.

        `from_price`: the price's metadata `terms`, as `metadata_terms` gives it: the name of a
        template, or the terms themselves. A single word that names none is a slip of the pen: it
        is passed over. A template named like the license ("basic-lease" for "Basic Lease") goes
        before the rules.
        """
        named = template_name((from_price or "").removesuffix(".md"))
        if named in self.texts:
            return Wording(named, self.texts[named])
        own_words = _without_comments(from_price or "")
        if len(own_words.split()) > 1:
            return Wording(FROM_PRICE, own_words)
        name = self._by_license(license_name, exclusive=exclusive)
        return Wording(name, self.texts[name]) if name in self.texts else None

    def _by_license(self, license_name: str, *, exclusive: bool) -> str:
        own = template_name(license_name)
        # An exclusive that is called "Unlimited Lease" is no lease for all that.
        if own in self.texts and not (exclusive and own in _LEASES):
            return own
        words = frozenset(_words(license_name))
        return next(rule.template for rule in RULES if rule.fits(words, exclusive=exclusive))


NO_TEMPLATES = Templates()
"""For books that fix no terms."""


def metadata_terms(value: object) -> str | None:
    """A price's metadata `terms` as it may be kept: with its lines, without what cannot be seen."""
    if not isinstance(value, str):
        return None
    lines = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _UNPRINTABLE.sub("", lines)[:LONGEST_METADATA].strip() or None


def template(text: str) -> str:
    """Read a template file's text: comments out, line ends as ours.

    Raises TemplateBroken if it is empty or too long, has a character that cannot be seen, a fact
    that cannot be read, or a placeholder that nothing fills.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\t", "    ")
    if len(lines) > LONGEST_TEMPLATE:
        raise TemplateBroken(f"it is longer than {LONGEST_TEMPLATE:,} characters")
    if _UNPRINTABLE.search(lines):
        raise TemplateBroken("it holds a character that cannot be seen")
    kept = _without_comments(lines)
    try:
        facts, words = split_facts(kept)
    except FactsBroken as broken:
        raise TemplateBroken(str(broken)) from None
    stated = {*facts.numbers, *([FILES] if facts.files else [])}
    for number, line in enumerate(lines.split("\n"), start=1):
        for name in _PLACEHOLDER.findall(line):
            if name in FACT_NAMES and name not in stated:
                raise TemplateBroken(
                    f"line {number}: {{{name}}} needs a line “{name}: …” between --- at the top"
                )
            if name not in PLACEHOLDERS and name not in FACT_NAMES:
                known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
                raise TemplateBroken(f"line {number}: there is no {{{name[:40]}}}, only {known}")
    if not words.strip():
        raise TemplateBroken("it is empty")
    return kept


def template_name(title: str) -> str:
    """What a template goes by: `basic-lease` for the license or the file "Basic Lease"."""
    return "-".join(_words(title))


def _without_comments(text: str) -> str:
    """Markdown without `<!-- … -->`, which are notes to its editors."""
    return _COMMENT.sub("", text).strip()


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put facts in the place of their names in braces; what is in a fact stays as it is.

    For plain text: fill Markdown once it is read, so that no name can be markup.
    """
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), text)


def _words(title: str) -> list[str]:
    return _WORD.findall(license_key(title))
