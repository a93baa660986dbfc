"""What the README says, held against what is."""

import re
from pathlib import Path

import discord
import pytest

from bot.cli import app
from bot.domain.event_types import TYPES
from bot.domain.key_permissions import WRITTEN, Resource
from bot.settings import WHERE, Settings
from bot.stripe_api import API_VERSION
from bot.text.channel_check import PERMISSIONS
from bot.text.stripe_key import NAMES
from tests.commands import in_readme, loaded, table, usages
from tests.test_structure import ROOMS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
BY_HAND = (DOCS / "by-hand.md").read_text("utf-8")
COMMANDS = (DOCS / "commands.md").read_text("utf-8")
AT_STRIPE = (ROOT / "docs" / "stripe.md").read_text("utf-8")
DOCUMENTS = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
] + sorted((ROOT / "docs").glob("*.md"))


def table_under(heading: str, document: str = README) -> list[list[str]]:
    """The rows of the first table below a heading, cell by cell, without its head."""
    text = document.split(f"\n{heading}\n")[1]
    rows = re.findall(r"^\|.*\|$", text.split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_its_table_of_commands_is_made_from_the_commands() -> None:
    assert in_readme() == table(loaded()), "make commands"


def test_its_commands_of_the_machine_are_those_of_the_command_line() -> None:
    rows = [row[0].strip("`").split()[1] for row in table_under("## On the machine")]
    assert {*rows, "run", "demo"} == {
        command.name or command.callback.__name__ for command in app.registered_commands
    }


def test_its_settings_are_those_of_the_bot() -> None:
    assert {row[0].strip("`") for row in table_under("## Settings")} == WHERE.keys()


def test_its_defaults_are_those_of_the_bot() -> None:
    rows = {row[0].strip("`").lower(): row[2] for row in table_under("## Settings")}
    for name in ("database_url", "host", "port", "log_format"):
        assert f"`{Settings.model_fields[name].default}`" in rows[name]


def test_the_settings_it_calls_needed_are() -> None:
    needed = {row[0].strip("`").lower() for row in table_under("## Settings") if row[1] == "yes"}
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    assert needed == required


def test_its_list_of_events_is_what_the_bot_listens_to() -> None:
    listed = AT_STRIPE.split("<!-- events -->")[1].split("<!-- /events -->")[0].split()
    assert sorted(listed) == sorted(TYPES)
    assert f"`{API_VERSION}`" in BY_HAND


def test_its_invitation_asks_for_just_the_permissions_that_the_bot_checks() -> None:
    asked = re.findall(r"permissions=(\d+)$", BY_HAND, re.MULTILINE)
    needed = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    assert asked == [str(needed.value)]
    # Named in words too, in whatever line they stand.
    words = " ".join(BY_HAND.split())
    assert all(name in words for name in PERMISSIONS.values())


def test_the_link_to_a_stripe_key_asks_for_what_the_table_says() -> None:
    linked = re.findall(r"permissions\[\]=(rak_\w+)", BY_HAND)
    rows = table_under("## The key", AT_STRIPE)
    assert linked == [match[1] for row in rows if (match := re.search(r"`(rak_\w+)`", row[0]))]
    written = {name for name in linked if not name.endswith("_read")}
    objects = ("checkout_session", "payment_links", "product", "plan")
    assert written == {f"rak_{name}_write" for name in objects}


def test_its_table_of_a_key_names_what_the_bot_tries() -> None:
    rows = table_under("## The key", AT_STRIPE)
    named = {re.split(r",| \(", row[0])[0]: row for row in rows}
    assert [NAMES[resource] for resource in Resource] == list(named)
    for resource in Resource:
        cells = named[NAMES[resource]]
        assert f"`rak_{resource}_{'write' if resource in WRITTEN else 'read'}`" in cells[0]
        assert ("it works without" in cells[2]) == resource.optional


def test_its_map_has_a_row_for_each_room() -> None:
    rows = {row[0].strip("`").rstrip("/") for row in table_under("## The map")}
    inner = {"bot.__main__", "bot.__init__"}
    rooms = {room.replace(".", "/") for room in ROOMS if room not in inner}
    assert {row.removesuffix(".py") for row in rows} >= rooms


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    for link, heading in re.findall(r"(?:\]\(|src=\")([\w./-]*)(?:#([\w-]+))?[)\"]", text):
        linked = document.parent / link if link else document
        assert linked.exists(), link
        assert not heading or heading in headings(linked), f"{link}#{heading}"


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found}


def test_the_commands_in_pictures_are_those_of_the_bot() -> None:
    shown = set(re.findall(r"`/([a-z]+)[ `]", COMMANDS))
    assert shown <= {name.split()[0] for name in usages(loaded())}


def test_every_picture_is_shown_described_and_small() -> None:
    """On a phone, and as a link to the same in a wide window."""
    pattern = r'<a href="(\S+)"><img src="(\S+)" width="390" alt="([^"]+)"></a>'
    documents = (ROOT / "README.md", *DOCS.glob("*.md"))
    shown = [
        (document.parent / picture, document.parent / wide, words)
        for document in documents
        for wide, picture, words in re.findall(pattern, document.read_text("utf-8"))
    ]
    there = set((DOCS / "pictures").rglob("*.png"))
    assert {path for picture, wide, _ in shown for path in (picture, wide)} == there
    assert all(wide.parent.name == "desktop" and wide.name == one.name for one, wide, _ in shown)
    assert all(len(words) > 30 for _, _, words in shown)
    assert [path.name for path in there if path.stat().st_size > 150_000] == []
