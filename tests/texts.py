"""The texts that people read, as they stand in the code; and the catalogs, kept equal to them.

`make texts` brings each catalog of `bot/text/languages` up to date: texts that are new come in
without a translation, those that are gone go, all others stay as they are. A language that has
just been added to `LANGUAGES` gets its catalog so. Format of the catalogs:
https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.domain.preferences import ENGLISH
from bot.text.language import CATALOGS, LANGUAGES

ROOT = Path(__file__).parent.parent
ROOMS = ("bot/delivery", "bot/text", "cogs")
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


@cache
def sources() -> list[tuple[str, ast.Module]]:
    """Every file in which texts may stand, by its path from the root, in order."""
    paths = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_bytes())) for path in paths]


def texts() -> list[Text]:
    """All of them, in the order of the files."""
    return [text for file, tree in sources() for text in in_file(file, tree)]


def in_file(file: str, tree: ast.AST) -> list[Text]:
    """The texts of one file, in their order."""
    found = [
        Text(file, call.lineno, forms)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for forms in _forms(call)
    ]
    return sorted(found, key=lambda text: text.line)


def catalog_of(language: str) -> Catalog:
    """A language's catalog; empty while there is none."""
    path = CATALOGS / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, header_comment=f"# {LANGUAGES[language]}", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str) -> Catalog:
    """A language's catalog with the texts of the code, and no others."""
    template = Catalog(locale=language, fuzzy=False)
    for text in texts():
        one_or_both = text.forms if len(text.forms) > 1 else text.forms[0]
        template.add(one_or_both, locations=[(text.file, 0)])
    catalog = catalog_of(language)
    catalog.update(template, no_fuzzy_matching=True)
    return catalog


def file_of(catalog: Catalog, language: str) -> bytes:
    """What stands in a catalog's file: where a text is from, but not the line, which moves."""
    comment = catalog.header_comment
    head = _HEAD.format(comment=comment, language=language, plurals=catalog.plural_forms)
    body = BytesIO()
    write_po(body, catalog, 100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return head.encode() + body.getvalue()


def _forms(call: ast.Call) -> Iterator[tuple[str, ...]]:
    name = name_of(call)
    count = FORMS.get(name, 0)
    forms = tuple(words for part in call.args[:count] if (words := literal(part)) is not None)
    if count and len(forms) == count:
        yield forms
    for keyword in call.keywords:
        words = literal(keyword.value)
        if words and (name == "describe" or keyword.arg == BY_KEYWORD.get(name)):
            yield (words,)


def literal(node: ast.expr) -> str | None:
    """A text as it stands there; None for anything that is put together."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(call: ast.Call) -> str:
    """What is called: its plain name, or its last part."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def main() -> None:
    """Renew every catalog, and say what each lacks."""
    for language, name in LANGUAGES.items():
        if language != ENGLISH:
            catalog = renewed(language)
            (CATALOGS / f"{language}.po").write_bytes(file_of(catalog, language))
            missing = [entry for entry in catalog if entry.id and not _said(entry.string)]
            sys.stdout.write(f"{name}: {len(missing)} to translate in {language}.po\n")


def _said(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else all(string or ("",))


if __name__ == "__main__":
    main()
