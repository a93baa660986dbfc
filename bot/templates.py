"""Reads the license templates: the producer's own, and those that come with the bot."""

from pathlib import Path

from bot.ledger.terms import TemplateBroken, Templates, template, template_name
from bot.settings import SettingsWrong

OWN = Path("terms")
"""In the folder in which the bot is started, as `.env` is."""
SHIPPED = Path(__file__).parents[1] / "terms"

# A note on the folder is no license.
_NO_TEMPLATES = frozenset({"readme"})


def read_templates(own: Path = OWN) -> Templates:
    """Read every `*.md` of both folders; the producer's go before those of the same name.

    Raises SettingsWrong with a line for each that cannot be used: nothing should be sold under
    terms that are not what was meant.
    """
    texts: dict[str, str] = {}
    wrong: list[str] = []
    for folder in (SHIPPED, own):
        for file in sorted(folder.glob("*.md")):
            if file.stem.casefold() in _NO_TEMPLATES:
                continue
            try:
                texts[_name(file)] = template(file.read_text("utf-8"))
            except TemplateBroken as broken:
                wrong.append(f"{file} is not a license template: {broken}")
            except UnicodeDecodeError:
                wrong.append(f"{file} is not text in UTF-8: save it as UTF-8")
            except OSError as error:
                wrong.append(f"{file} cannot be read: {error.strerror}")
    if wrong:
        raise SettingsWrong(tuple(dict.fromkeys(wrong)))
    return Templates(texts)


def _name(file: Path) -> str:
    name = template_name(file.stem)
    if not name:
        raise TemplateBroken("its name has no letter")
    return name
