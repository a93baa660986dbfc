"""Every text that people read stands in the code in English, and has its words in each language."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from bot.domain.preferences import ENGLISH
from bot.text.language import CATALOGS, LANGUAGES
from tests import texts
from tests.texts import FORMS

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
each_language = pytest.mark.parametrize("language", OTHERS)

MARKS = ("**", "~~", "`", "\n", "<", ">", "[", "](", "└", "⭐", "☑", "⚠️", "↩", "⏰", "❌", "🔒")
"""What a translation has as often as its text."""

# Not said in the reader's language: documents in that of their terms, and names of Stripe's.
AS_THEY_ARE = {
    "bot/text/license_check.py",
    "bot/text/license_document.py",
    "bot/text/terms_text.py",
    "bot/text/stripe_key.py",
    "bot/text/problem_words.py",
}
SENTENCE = re.compile(r"[A-Za-z]{3,},? [a-z]{2,}|TEST MODE")
TO_THE_LOG = {"debug", "info", "warning", "error", "exception", "guarded"}


def the(language: str) -> Catalog:
    return texts.catalog_of(language)


def entries(language: str) -> list[Message]:
    return [entry for entry in the(language) if entry.id]


def forms(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, tuple | list) else (words or "",)


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each form of each text, with what it is in the language."""
    for entry in entries(language):
        yield from zip(forms(entry.id), forms(entry.string), strict=True)


@each_language
def test_every_text_has_its_words_and_no_words_are_left_over(language: str) -> None:
    there = {text.forms for text in texts.texts()}
    one_form = {forms(entry.id)[:1] for entry in entries(language)}
    known = {forms(entry.id) for entry in entries(language)}
    missing = {text for text in there if text not in known and text[:1] not in one_form}
    assert not missing, "`make texts` brings them into the catalog, to be translated"
    assert not known - there, "`make texts` takes out what the code says no more"
    assert all(words.strip() for _, words in pairs(language)), "not translated yet"


@each_language
def test_a_translation_has_the_same_values(language: str) -> None:
    for text, words in pairs(language):
        assert names(words) == names(text), words


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@each_language
def test_a_translation_has_the_same_marks_and_commands(language: str) -> None:
    for text, words in pairs(language):
        for mark in MARKS:
            assert words.count(mark) == text.count(mark), words
        assert Counter(re.findall(r"`[^`]*`", words)) == Counter(re.findall(r"`[^`]*`", text))
        assert words[:1].isspace() == text[:1].isspace(), words
        assert words[-1:].isspace() == text[-1:].isspace(), words


@each_language
def test_a_catalog_is_as_the_tool_writes_it(language: str) -> None:
    renewed = texts.file_of(texts.renewed(language), language)
    assert renewed == (CATALOGS / f"{language}.po").read_bytes(), "`make texts` renews it"


@pytest.mark.parametrize("name", sorted(FORMS))
def test_what_is_said_stands_there_in_one_piece(name: str) -> None:
    for file, tree in texts.sources():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or texts.name_of(call) != name:
                continue
            for part in call.args[: FORMS[name]]:
                # What a function or a constant says is found where it stands.
                said_elsewhere = name == "Say" and isinstance(part, ast.Call | ast.Name)
                assert said_elsewhere or texts.literal(part), f"{file}:{call.lineno}"


def test_no_sentence_is_said_in_english_alone() -> None:
    for file, tree in texts.sources():
        spoken = file.startswith(("bot/text/", "cogs/")) and file not in AS_THEY_ARE
        found = list(unsaid(file, tree)) if spoken else []
        assert not found, f"{file}: {found} belongs into gettext, for every language"


def unsaid(file: str, tree: ast.Module) -> Iterator[str]:
    """What reads like a sentence, or half of one, and is neither said nor kept from the reader."""
    known = {form for text in texts.in_file(file, tree) for form in text.forms}
    for node in shown(tree):
        words = texts.literal(node) or ""
        if words not in known and SENTENCE.search(words):
            yield words


def shown(node: ast.AST) -> Iterator[ast.expr]:
    """Every expression but documentation, reasons of failures and what the log is told."""
    if isinstance(node, ast.Assert) or hidden(node):
        return
    if isinstance(node, ast.expr):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from shown(child)


def hidden(node: ast.AST) -> bool:
    """Whether it is documentation, tells the log, or raises what is told to nobody."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Call() as call):
            return texts.name_of(call) != "Say"
        case ast.Call():
            return texts.name_of(node) in TO_THE_LOG
    return False
