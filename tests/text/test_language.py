"""English texts, and the same in another language."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.text import language
from bot.text.language import gettext, language_of, ngettext, speaking, spoken

CATALOG = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Hello {name}"
msgstr "Hola {name}"

msgid "{count} sale"
msgid_plural "{count} sales"
msgstr[0] "{count} venta"
msgstr[1] "{count} ventas"

msgid "Not yet"
msgstr ""
"""


@pytest.fixture
def spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "es.po").write_text(CATALOG, "utf-8")
    monkeypatch.setattr(language, "CATALOGS", tmp_path)
    language._catalog.cache_clear()
    with speaking("es"):
        yield
    language._catalog.cache_clear()


def test_english_needs_no_catalog() -> None:
    assert gettext("Hello {name}", name="Ana") == "Hello Ana"
    assert ngettext("{count} sale", "{count} sales", 1) == "1 sale"
    assert ngettext("{count} sale", "{count} sales", 1_200) == "1,200 sales"


def test_a_text_is_said_in_the_language_spoken(spanish: None) -> None:
    assert gettext("Hello {name}", name="Ana") == "Hola Ana"
    assert ngettext("{count} sale", "{count} sales", 1) == "1 venta"
    assert ngettext("{count} sale", "{count} sales", 0) == "0 ventas"


def test_a_text_without_translation_stays_english(spanish: None) -> None:
    assert gettext("Not yet") == "Not yet"
    assert gettext("Nobody knows {it}", it="this") == "Nobody knows this"
    assert ngettext("{count} beat", "{count} beats", 2) == "2 beats"


def test_braces_in_what_is_put_in_do_nothing(spanish: None) -> None:
    assert gettext("Hello {name}", name="{0} {name.x} {") == "Hola {0} {name.x} {"
    assert gettext("{not a place}") == "{not a place}"


def test_a_language_is_spoken_until_its_block_ends() -> None:
    with speaking("es"):
        assert spoken() == "es"
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("locale", "code"),
    [("es-ES", "es"), ("es-419", "es"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("-", "en")],
)
def test_locales_of_discord_have_a_language_of_ours(locale: str, code: str) -> None:
    assert language_of(locale) == code
