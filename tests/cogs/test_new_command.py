"""A command is added by adding files, as CONTRIBUTING says: nothing else has to know of it."""

import re
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path

import discord
import pytest
from simcord.backend.errors import SetupError

from bot.domain.sale import Producer
from bot.store.engine import Store
from tests import factories as make
from tests.cogs.house import House, open_house, said
from tests.commands import table
from tests.store import samples

CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
FILES = re.findall(r"`([\w/]+\.py)`\n\n```python\n(.*?)```", CONTRIBUTING, re.DOTALL)


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files of CONTRIBUTING's example, as if they stood in their folders."""
    assert [path for path, _ in FILES] == [
        "bot/store/queries/countries.py",
        "bot/text/countries.py",
        "cogs/countries.py",
    ]
    for path, source in FILES:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
        package = import_module(file.parent.relative_to(tmp_path).as_posix().replace("/", "."))
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
    yield
    for path, _ in FILES:
        package, _, module = path.removesuffix(".py").replace("/", ".").rpartition(".")
        monkeypatch.delitem(import_module("sys").modules, f"{package}.{module}", raising=False)
        monkeypatch.delattr(import_module(package), module, raising=False)


@pytest.fixture
async def house(added: None, store: Store, producer: Producer) -> AsyncIterator[House]:
    async with open_house(store, producer) as opened:
        await samples.write(store, producer, make.settled(make.paid("1")))
        yield opened


async def test_new_command_is_registered_and_answers(house: House) -> None:
    assert "countries" in [one.name for one in await house.bot.tree.fetch_commands()]
    words = said(await house.ask("countries"))
    assert words.strip() == "Where your buyers are\n🇧🇷 Brazil · 1 buyer"


async def test_new_command_is_in_help_and_in_the_readmes_table(house: House) -> None:
    words = said(await house.ask("help", topic="buyers"))
    assert "**`/countries`**\n└ Where your buyers are" in words
    assert "| `/countries` | Where your buyers are |" in table(house.bot)


async def test_new_command_is_refused_without_manage_server_and_in_other_servers(
    house: House,
) -> None:
    hall = house.guild.create_text_channel("hall")
    with pytest.raises(SetupError, match="permission"):
        await house.fan.slash(hall, "countries")
    elsewhere = house.env.create_guild("Somewhere else")
    boss = elsewhere.create_role("Boss", permissions=discord.Permissions.all())
    stranger = elsewhere.add_member(house.env.create_user("stranger"), roles=[boss])
    lair = elsewhere.create_text_channel("lair")
    assert "works for another server" in said(await stranger.slash(lair, "countries"))
