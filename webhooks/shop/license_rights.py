"""What a license delivers and allows, as the page tells it and compares it with others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.domain.license_facts import UNLIMITED, Fact, LicenseFacts
from bot.text.license_summary import summary_points
from bot.text.terms_text import Allowance

LABELS = {
    Fact.SONGS: "Songs",
    Fact.COPIES: "Copies",
    Fact.STREAMS: "Streams",
    Fact.VIDEOS: "Videos",
    Fact.SHOWS: "Shows",
    Fact.RADIO: "Radio",
    Fact.YEARS: "Lasts",
}
COMPARED_FIRST = (Fact.COPIES, Fact.STREAMS)


@dataclass(frozen=True, eq=False)
class LicenseRights:
    """What a license delivers and allows; one object for that license of all tracks."""

    name: str
    exclusive: bool
    terms: str | None
    """The last part of the address of its terms; None if it has none."""
    allows: Allowance | None

    @property
    def files(self) -> tuple[str, ...]:
        """The formats that it delivers."""
        return self.allows.facts.files if self.allows else ()

    @property
    def numbers(self) -> Mapping[Fact, int | None]:
        """What it allows, as far as its terms say it in numbers."""
        return self.allows.facts.numbers if self.allows else {}

    @cached_property
    def facts(self) -> list[str]:
        """The same in words: "Up to 50,000 streams"."""
        return summary_points(LicenseFacts(numbers=self.numbers))

    @cached_property
    def first_facts(self) -> str:
        """Those that are compared first, on a line: "2,000 copies · 50,000 streams"."""
        first = [(fact, self.numbers.get(fact, 0)) for fact in COMPARED_FIRST]
        said = [f"{number:,} {fact}" for fact, number in first if number]
        endless = [fact for fact, number in first if number is UNLIMITED]
        if endless:
            said.append(f"Unlimited {' and '.join(endless)}")
        if self.exclusive:
            said.append("One buyer only")
        return " · ".join(said or self.facts)

    @cached_property
    def says(self) -> tuple[object, ...]:
        """Equal for licenses that allow the same, whatever they are called."""
        if self.allows is None:
            return (self.name, self.exclusive)
        numbers = tuple(self.numbers.items())
        return (self.exclusive, self.files, numbers, self.allows.short, self.allows.points)

    @cached_property
    def says_exclusive(self) -> bool:
        """Whether its name has the word that marks every exclusive license."""
        return says_exclusive(self.name)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Licenses next to each other: a column for those that allow the same, a row for a number."""

    columns: tuple[tuple[LicenseRights, ...], ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """What each row is called, and its cell of each column."""


def comparison(licenses: Iterable[LicenseRights]) -> Comparison:
    """Compare those whose terms say something in numbers."""
    columns = tuple(same for same in same_rights(licenses) if same[0].numbers)
    facts = [fact for fact in Fact if any(fact in same[0].numbers for same in columns)]
    rows = ((LABELS[fact], tuple(_cell(fact, same[0]) for same in columns)) for fact in facts)
    return Comparison(columns, tuple(rows))


def _cell(fact: Fact, of: LicenseRights) -> str:
    number = of.numbers.get(fact, 0)
    if number is UNLIMITED:
        return "No end" if fact is Fact.YEARS else "Unlimited"
    if fact is Fact.YEARS and number:
        return f"{number} {'year' if number == 1 else 'years'}"
    return f"{number:,}" if number else "–"


def same_rights(licenses: Iterable[LicenseRights]) -> Iterator[tuple[LicenseRights, ...]]:
    """Licenses, those together whose terms say the very same."""
    found: dict[tuple[object, ...], list[LicenseRights]] = {}
    for one in licenses:
        found.setdefault(one.says, []).append(one)
    return map(tuple, found.values())


def says_exclusive(name: str) -> bool:
    """Whether a license's name has the word that marks every exclusive license."""
    return "exclusive" in name.casefold()
