"""The one currency that a visitor sees prices in."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from babel.core import get_global
from babel.numbers import get_territory_currencies

LONGEST_LANGUAGES = 200
"""Characters of an Accept-Language header that are read."""
_MOST_LANGUAGES = 8


@dataclass(frozen=True, slots=True)
class ShownCurrency:
    """What prices are shown in, if the track has a price in it."""

    code: str
    """As ISO 4217 has it, in lower case; empty if nothing is for sale."""
    chosen: bool = False
    """Whether the visitor chose it: then links keep it."""

    @property
    def query(self) -> str:
        """What an address of the shop ends with, so that the next page shows the same."""
        return f"?currency={self.code}" if self.chosen else ""


@lru_cache(maxsize=1024)
def shown_currency(offered: tuple[str, ...], chosen: str, languages: str) -> ShownCurrency:
    """The visitor's choice, else the money of their region, else the first that is offered.

    `languages`: what their browser sends as Accept-Language, such as `de-AT,en;q=0.7`.
    """
    if chosen.lower() in offered:
        return ShownCurrency(chosen.lower(), chosen=True)
    at_home = (code for code in _currencies(languages) if code in offered)
    return ShownCurrency(next(at_home, offered[0] if offered else ""))


def _currencies(languages: str) -> tuple[str, ...]:
    """The currencies of the regions, the most wanted language first."""
    listed = [entry.partition(";") for entry in languages.split(",")[:_MOST_LANGUAGES]]
    rated = [(_quality(options), tag.strip()) for tag, _, options in listed]
    wanted = sorted((one for one in rated if one[0] > 0), key=lambda one: -one[0])
    return tuple(code for _, tag in wanted for code in _of_region(tag))


def _quality(typed: str) -> float:
    try:
        return float(typed.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def _of_region(tag: str) -> Iterable[str]:
    """`de-AT` is Austria's money; `de` alone is Germany's, where most of its speakers live."""
    language, *subtags = tag.strip().split("-")
    if any(one.isdigit() for one in subtags):
        return ()  # several countries: `es-419` is Latin America
    before_extensions = takewhile(lambda one: len(one) > 1, subtags)
    region = next((one.upper() for one in before_extensions if len(one) == 2), None)
    likely: str = get_global("likely_subtags").get(language.lower(), "")
    return map(str.lower, get_territory_currencies(region or likely.rpartition("_")[2]))
