"""License templates, read from their folders."""

import os
from pathlib import Path

import pytest

from bot.domain.license_terms import RULES
from bot.settings import SettingsWrong
from bot.templates import SHIPPED, read_templates
from bot.text.terms_text import blocks


def test_there_is_a_template_for_every_rule(tmp_path: Path) -> None:
    templates = read_templates(tmp_path)
    assert read_templates(tmp_path / "none").texts == templates.texts
    assert templates.texts.keys() == {rule.template for rule in RULES}
    for text in templates.texts.values():
        for name in ("producer", "buyer", "price", "date"):
            assert f"{{{name}}}" in text
        assert "{track}" in text
        assert "<!--" not in text
    for file in SHIPPED.glob("*.md"):
        assert "Have a lawyer read it" in file.read_text("utf-8").partition("-->")[0]


def test_a_producers_own_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "MP3 Lease.md").write_text("Ours.", "utf-8")
    (tmp_path / "vip.md").write_text("For {buyer} alone.", "utf-8")
    (tmp_path / "README.md").write_text("{not a license}", "utf-8")
    (tmp_path / "notes.txt").write_text("{nothing}", "utf-8")
    texts = read_templates(tmp_path).texts
    assert texts["mp3-lease"] == "Ours."
    assert texts["vip"] == "For {buyer} alone."
    assert "exclusive" in texts
    assert not {"readme", "notes"} & texts.keys()


def test_each_broken_template_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "lease.md").write_text("For {buyr}.", "utf-8")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "empty.md").write_text("<!-- nothing yet -->", "utf-8")
    (tmp_path / "_.md").write_text("x", "utf-8")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(SettingsWrong) as wrong:
        read_templates(tmp_path)
    lines = wrong.value.lines
    assert len(lines) == 5
    assert all("\n" not in line and str(tmp_path) in line for line in lines)
    assert any("lease.md is not a license template: line 1: there is no {buyr}" in x for x in lines)
    assert any("latin.md is not text in UTF-8" in line for line in lines)


def lines_about(folder: Path) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        read_templates(folder)
    return list(wrong.value.lines)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a" * 100_001, "longer than 100,000 characters"),
        (b"a" * 5_000_000, "longer than 100,000 characters"),
        (b"a\0b", "a character that cannot be seen"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (("{" * 49_000 + "x" + "}" * 49_000).encode(), "there is no {x}"),
    ],
)
def test_an_absurd_template_is_told_in_one_short_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "lease.md").write_bytes(content)
    [line] = lines_about(tmp_path)
    assert said in line
    assert len(line) < 400


def test_a_template_that_never_ends_or_never_begins_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "gone.md").symlink_to("nowhere")
    lines = lines_about(tmp_path)
    assert len(lines) == 4
    assert sum("it is not a file" in line for line in lines) == 2
    assert sum("cannot be read" in line for line in lines) == 2


def test_thousands_of_templates_are_told_in_one_line(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number}.md").write_bytes(b"\xff")
    [line] = lines_about(tmp_path)
    assert "more than 200 license templates" in line


def test_of_many_broken_templates_some_are_named_and_the_others_counted(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / f"{number}.md").write_bytes(b"\xff")
    lines = lines_about(tmp_path)
    assert len(lines) == 11
    assert lines[-1] == "140 more license templates cannot be used"


def test_terms_that_nest_absurdly_deep_are_read_as_they_were_typed() -> None:
    text = "> " * 40_000 + "- " * 9_000 + "all of it"
    [block] = blocks(text, {})
    assert block["kind"] == "paragraph"
    assert "".join(run["text"] for run in block["runs"]).endswith("all of it")
