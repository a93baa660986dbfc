"""Reads the license templates: the producer's own, and those that come with the bot."""

from itertools import islice
from pathlib import Path

from bot.domain.license_terms import (
    LONGEST_TEMPLATE,
    TemplateBroken,
    Templates,
    template,
    template_name,
)
from bot.settings import SettingsWrong

OWN = Path("terms")
"""In the folder that the bot is started in, like `.env`."""
SHIPPED = Path(__file__).parents[1] / "terms"

MOST_TEMPLATES = 200
"""In a folder: more than that is probably the wrong folder."""
MOST_LINES = 10
"""About templates that cannot be used."""
LONGEST_BYTES = 4 * LONGEST_TEMPLATE
"""Of UTF-8, whatever the language."""

# Notes on the folder, not licenses.
_NO_TEMPLATES = frozenset({"readme"})


def read_templates(own: Path = OWN) -> Templates:
    """Read every `*.md` of both folders; the producer's replace those of the same name.

    Raises SettingsWrong with a line for each that cannot be used: nothing should be sold under
    other terms than the producer meant.
    """
    texts: dict[str, str] = {}
    wrong: list[str] = []
    for folder in (SHIPPED, own):
        files = sorted(islice(folder.glob("*.md"), MOST_TEMPLATES + 1))
        if len(files) > MOST_TEMPLATES:
            wrong.append(f"{folder} holds more than {MOST_TEMPLATES} license templates")
            continue
        for file in files:
            if file.stem.casefold() in _NO_TEMPLATES:
                continue
            try:
                texts[_name(file)] = template(_text(file))
            except TemplateBroken as broken:
                wrong.append(f"{file} is not a license template: {broken}")
            except UnicodeDecodeError:
                wrong.append(f"{file} is not text in UTF-8: save it as UTF-8")
            except OSError as error:
                wrong.append(f"{file} cannot be read: {error.strerror}")
    if wrong:
        more = len(wrong) - MOST_LINES
        rest = (f"{more} more license templates cannot be used",) if more > 0 else ()
        raise SettingsWrong((*dict.fromkeys(wrong[:MOST_LINES]), *rest))
    return Templates(texts)


def _text(file: Path) -> str:
    """A file's text; reads no more than is needed to refuse a file that is too long."""
    if file.exists() and not file.is_file():
        raise TemplateBroken("it is not a file")
    with file.open("rb") as opened:
        start = opened.read(LONGEST_BYTES + 1)
    if len(start) > LONGEST_BYTES:
        raise TemplateBroken(f"it is longer than {LONGEST_TEMPLATE:,} characters")
    return start.decode("utf-8")


def _name(file: Path) -> str:
    name = template_name(file.stem)
    if not name:
        raise TemplateBroken("its name has no letter")
    return name
