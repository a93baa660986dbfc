"""The plan of the house, held: who may import whom, and how large things may grow."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parent.parent
PRODUCT = ("bot", "cogs", "webhooks")

# What tries the product out, and which of each other these folders may import.
BESIDE: dict[str, set[str]] = {
    "bench": {"fakes"},
    "demo": {"fakes"},
    "fakes": set(),
    "soak": {"fakes"},
}

# `producer-bot demo` imports the demo when it is asked for, and nothing else of the product does.
PLAYS_THE_DEMO = ("bot/cli.py", "demo")

EVERYTHING = frozenset({"*"})

# What every room may import, but for the pure one.
FOR_ALL = {"bot.loops"}

# Each room, and which others it may import. Arrows run one way: from the edges to the ledger.
ROOMS: dict[str, frozenset[str]] = {
    "bot.domain": frozenset(),
    "bot.loops": frozenset(),
    "bot.settings": frozenset({"bot.domain"}),
    "bot.templates": frozenset({"bot.domain", "bot.settings"}),
    "bot.logs": frozenset(),
    "bot.store": frozenset({"bot.domain"}),
    "bot.stripe_api": frozenset({"bot.domain"}),
    "bot.text": frozenset({"bot.domain"}),
    "bot.sync": frozenset({"bot.domain", "bot.store", "bot.stripe_api"}),
    "bot.delivery": frozenset({"bot.domain", "bot.store", "bot.text"}),
    "cogs": frozenset({"bot.domain", "bot.store", "bot.text"}),
    "webhooks": frozenset({"bot.domain", "bot.store", "bot.text", "bot.sync"}),
    "bot.command_registration": frozenset({"bot.store", "bot.text"}),
    "bot.fixed_channel": frozenset({"bot.store"}),
    "bot.client": frozenset({"bot.domain", "bot.store", "bot.text", "bot.settings", "cogs"})
    | {"bot.command_registration", "bot.fixed_channel"},
    "bot.connection": frozenset({"bot.client", "bot.settings"}),
    "bot.app": EVERYTHING - {"bot.cli"},
    "bot.terminal": frozenset({"bot.domain", "bot.store", "bot.stripe_api", "bot.sync"})
    | {"bot.text", "bot.settings", "bot.logs", "bot.templates"},
    "bot.cli": frozenset({"bot.app", "bot.logs", "bot.settings", "bot.templates"})
    | {"bot.terminal"},
    "bot.__main__": frozenset({"bot.cli"}),
    "bot.__init__": frozenset(),
}

# Within a room too: each floor stands on those before it, all on what is in none of them.
FLOORS = {
    "bot.store": ("books", "queries"),
}

# Whom only these rooms may import.
ONLY_FOR = {
    "bot.app": {"bot.cli"},
    "bot.cli": {"bot.__main__"},
    "bot.terminal": {"bot.cli"},
}

# Libraries that stand for a part of the world: the rooms that may know it.
LIBRARIES = {
    "aiohttp": {"webhooks", "bot.app", "bot.delivery", "bot.client", "bot.connection"}
    | {"bot.stripe_api", "bot.terminal"},
    "aiosqlite": {"bot.store"},
    "alembic": {"bot.store"},
    "asyncpg": {"bot.store"},
    "dotenv": {"bot.settings"},
    "discord": {"bot.delivery", "bot.app", "bot.client", "bot.connection", "bot.text"}
    | {"bot.command_registration", "bot.fixed_channel", "bot.terminal", "cogs"},
    "jinja2": {"webhooks"},
    "markdown_it": {"bot.text"},
    "prometheus_client": {"webhooks", "bot.app"},
    "pydantic": {"bot.settings", "bot.store"},
    "pydantic_settings": {"bot.settings"},
    "rich": {"bot.terminal"},
    "segno": {"bot.terminal", "bot.text"},
    "sqlalchemy": {"bot.store"},
    "sqlite3": {"bot.store"},
    "stripe": {"bot.stripe_api"},
    "typer": {"bot.cli"},
    "typst": {"bot.text"},
    "xlsxwriter": {"bot.text"},
}

# A type that is handed from room to room; it opens no way to the tables.
HANDED_ON = "sqlalchemy.ext.asyncio.AsyncConnection"

# What a pure room has no business with.
INPUT_AND_OUTPUT = {"asyncio", "logging", "os", "pathlib", "socket", "structlog", "subprocess"}

# Tables and data, which may be as long as what they list.
DATA = ("bot/store/tables.py", "bot/store/migrations/versions/")
LONGEST_FILE = 500
LONGEST_FUNCTION = 60


@dataclass(frozen=True)
class Module:
    """One of our source files."""

    path: Path

    @property
    def label(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def name(self) -> str:
        """As in an import; of a package, of its __init__ only at the very top."""
        return self.label.removesuffix(".py").replace("/", ".")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_bytes())

    @property
    def room(self) -> str:
        """The room it belongs to; empty when it is in none."""
        return room_of(self.name)

    def imports(self) -> Iterator[str]:
        """Full names of all it imports, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.label}:{node.lineno}: imports are absolute here"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str:
    return next((room for room in ROOMS if f"{name}.".startswith(f"{room}.")), "")


def modules(*folders: str) -> list[Module]:
    return [Module(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


OURS = modules(*PRODUCT)
BESIDE_OURS = modules(*BESIDE)


def test_every_module_belongs_to_a_room() -> None:
    """A new room needs a row in ROOMS, and one in the README's map."""
    assert not [module.label for module in OURS if not module.room]


def _imports(*found: Module) -> Iterator[tuple[Module, str]]:
    return ((module, name) for module in found for name in module.imports())


def _may_import(room: str, other: str) -> bool:
    if other in ("", room) or (other in FOR_ALL and room != "bot.domain"):
        return True
    allowed = ROOMS[room]
    return ("*" in allowed or other in allowed) and room in ONLY_FOR.get(other, {room})


def test_imports_run_one_way() -> None:
    faults = [
        f"{module.label} may not import {name}"
        for module, name in _imports(*OURS)
        if not _may_import(module.room, room_of(name))
    ]
    assert not faults


def _floor(room: str, name: str) -> int:
    """How high in its room it is; the ground is −1."""
    floor = name.removeprefix(f"{room}.").partition(".")[0]
    return FLOORS[room].index(floor) if floor in FLOORS[room] else -1


def test_rooms_are_built_floor_upon_floor() -> None:
    assert not [
        f"{module.label} may not import {name}"
        for module, name in _imports(*OURS)
        if module.room == room_of(name)
        and module.room in FLOORS
        and _floor(module.room, module.name) < _floor(module.room, name)
    ]


def test_the_product_knows_nothing_of_what_tries_it_out() -> None:
    faults = []
    for module, name in _imports(*OURS, *BESIDE_OURS):
        own, folder = module.label.partition("/")[0], name.partition(".")[0]
        if (module.label, folder) == PLAYS_THE_DEMO:
            continue
        if folder in {"tests", *BESIDE} - {own, *BESIDE.get(own, ())}:
            faults.append(f"{module.label} may not import {name}")
    assert not faults


def test_each_part_of_the_world_is_known_to_few() -> None:
    faults = [
        f"{module.label} may not import {name}"
        for module, name in _imports(*OURS)
        if name != HANDED_ON
        and module.room not in LIBRARIES.get(name.partition(".")[0], {module.room})
    ]
    assert not faults


def test_the_ledger_is_pure() -> None:
    ledger = [module for module in OURS if module.room == "bot.domain"]
    impure = INPUT_AND_OUTPUT | LIBRARIES.keys()
    waiting = ast.AsyncFunctionDef | ast.Await
    assert not [name for _, name in _imports(*ledger) if name.partition(".")[0] in impure]
    assert not [
        module.label
        for module in ledger
        if any(isinstance(node, waiting) for node in ast.walk(module.tree))
    ]


def _dotted(node: ast.AST) -> str:
    """`datetime.now` for that expression; empty for any other kind."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _uses(*names: str, beside: str) -> list[str]:
    """Where one of these names is used, but for the room that may use them."""
    return [
        f"{module.label}:{node.lineno}"
        for module in OURS
        if module.room != beside
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and _dotted(node).endswith(names)
    ]


def test_only_the_app_reads_the_systems_clock() -> None:
    assert not _uses("datetime.now", ".utcnow", "date.today", "time.time", beside="bot.app")


def test_only_the_settings_read_the_environment() -> None:
    assert not _uses("os.environ", "os.getenv", beside="bot.settings")


def test_nothing_prints_but_the_command_line() -> None:
    assert not [
        f"{module.label}:{node.lineno}"
        for module in OURS
        if module.room != "bot.cli"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _dotted(node.func) == "print"
    ]


def test_commits_are_checked_by_the_commands_of_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    checks = re.findall(r"^\t\$\(BIN\)/((?:ruff|mypy).*)$", makefile, re.MULTILINE)
    config = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    hooks = re.findall(r"^ +entry: (.+)$", config, re.MULTILINE)
    assert hooks[:-1] == [f".venv/bin/{check}" for check in checks]
    assert hooks[-1] == ".venv/bin/pytest tests/test_structure.py"


# Subjects of the user's screen: their modules bear one name on each floor. No other name is twice.
SUBJECTS = {
    *("sales", "buyers", "stats", "exclusive", "tracks", "payouts", "license", "export", "forget"),
    *("settings", "help", "test_sale", "marketplaces", "digest", "milestones", "seller"),
    "__init__",
}

# Metaphors, bare gerunds and vague words, none of which says what a module holds.
FORBIDDEN_WORDS = {
    *("lane", "gate", "till", "desk", "dresser", "showcase", "teller", "courier", "rehearsal"),
    *(
        "looking",
        "telling",
        "judging",
        "filing",
        "keeping",
        "moving",
        "running",
        "shelf",
        "shelves",
    ),
    *("parts", "evidence", "heads", "told", "shown", "later", "past", "plans", "shelf", "shelves"),
}


def test_two_modules_share_a_name_only_on_the_floors_of_a_subject() -> None:
    by_name: dict[str, list[str]] = {}
    for module in OURS:
        by_name.setdefault(module.path.stem, []).append(module.label)
    assert not {
        name: paths for name, paths in by_name.items() if len(paths) > 1 and name not in SUBJECTS
    }


def test_no_module_is_named_by_a_metaphor_or_a_vague_word() -> None:
    words = {module.label: {*module.path.stem.split("_")} for module in OURS}
    assert [path for path, of_name in words.items() if of_name & FORBIDDEN_WORDS] == []


def _functions(module: Module) -> Iterator[tuple[str, int]]:
    """The name and the lines of each function, its docstring among them."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{module.label}:{node.name}", node.end_lineno - node.lineno + 1


def _lines(module: Module) -> int:
    return len(module.path.read_bytes().splitlines())


def _is_data(module: Module) -> bool:
    return module.label.startswith(DATA)


def test_files_and_functions_stay_small() -> None:
    written = [module for module in (*OURS, *BESIDE_OURS) if not _is_data(module)]
    assert not [module.label for module in written if _lines(module) > LONGEST_FILE]
    assert not [
        name for module in written for name, lines in _functions(module) if lines > LONGEST_FUNCTION
    ]
