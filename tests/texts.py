"""The texts that people read, as they stand in the code; and the catalogs, kept equal to them.

`make texts` brings each catalog of `bot/render/languages` up to date: texts that are new come in
without a translation, those that are gone go, all others stay as they are. A language that has
just been added to `LANGUAGES` gets its catalog so. Format of the catalogs:
https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.ledger.preferences import ENGLISH
from bot.render.language import CATALOGS, LANGUAGES

ROOT = Path(__file__).parent.parent
ROOMS = ("bot/alerts", "bot/render", "bot/terminal", "cogs")
"""Where texts may stand."""
FORMS = {"gettext": 1, "phrase": 1, "Say": 1, "ngettext": 2}
"""What says a text, and how many forms of it come first in its arguments."""
BY_KEYWORD = {
    "command": "description",
    "Command": "description",
    "Group": "description",
    "context_menu": "name",
    "ContextMenu": "name",
    "Choice": "name",
    "Rule": "reason",
}
"""What else takes a text, and by which keyword; `describe` by all of them."""
# What editors of catalogs need; no dates, so that a catalog changes with its texts alone.
_HEAD = """{comment}
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


class Text(NamedTuple):
    """A text in the code."""

    file: str
    line: int
    forms: tuple[str, ...]
    """One; or one for a single thing, and one for several."""


def texts() -> list[Text]:
    """All of them, in the order of the files."""
    paths = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [text for path in paths for text in _in_file(path)]


def calls(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    """Where a function is called by its plain name, or as an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) == name:
            yield node


def catalog_of(language: str) -> Catalog:
    """A language's catalog; empty while there is none."""
    path = CATALOGS / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, header_comment=f"# {LANGUAGES[language]}", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renew(language: str) -> Catalog:
    """A language's catalog with just the texts of the code, written to its file."""
    template = Catalog(locale=language, fuzzy=False)
    for text in texts():
        one_or_both = text.forms if len(text.forms) > 1 else text.forms[0]
        template.add(one_or_both, locations=[(text.file, 0)])
    catalog = catalog_of(language)
    catalog.update(template, no_fuzzy_matching=True)
    write(catalog, language)
    return catalog


def write(catalog: Catalog, language: str) -> None:
    """Write a catalog to its file, with the files a text stands in but no lines, which move."""
    comment = catalog.header_comment
    head = _HEAD.format(comment=comment, language=language, plurals=catalog.plural_forms)
    body = BytesIO()
    write_po(body, catalog, 100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    CATALOGS.mkdir(exist_ok=True)
    (CATALOGS / f"{language}.po").write_bytes(head.encode() + body.getvalue())


def _in_file(path: Path) -> list[Text]:
    tree = ast.parse(path.read_bytes())
    label = path.relative_to(ROOT).as_posix()
    found = [
        Text(label, call.lineno, forms)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for forms in _forms(call)
    ]
    return sorted(found, key=lambda text: text.line)


def _forms(call: ast.Call) -> Iterator[tuple[str, ...]]:
    count = FORMS.get(_name(call), 0)
    forms = tuple(words for part in call.args[:count] if (words := literal(part)) is not None)
    if count and len(forms) == count:
        yield forms
    for keyword in call.keywords:
        words = literal(keyword.value)
        if words and (_name(call) == "describe" or keyword.arg == BY_KEYWORD.get(_name(call), "")):
            yield (words,)


def literal(node: ast.expr) -> str | None:
    """A text as it stands there; None for anything that is put together."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def main() -> None:
    """Renew every catalog, and say what each lacks."""
    for language, name in LANGUAGES.items():
        if language != ENGLISH:
            missing = [entry for entry in renew(language) if entry.id and not _said(entry.string)]
            sys.stdout.write(f"{name}: {len(missing)} to translate in {language}.po\n")


def _said(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else all(string or ("",))


if __name__ == "__main__":
    main()
