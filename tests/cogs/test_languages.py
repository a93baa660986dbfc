"""Who hears which language: who asks their own, the channel its own; and commands in both."""

from collections.abc import Iterator
from typing import Any

import discord
import pytest
import simcord.interactions
from simcord.results import InteractionResult

from bot.client import ProducerBot
from bot.domain.preferences import Preferences
from bot.domain.sale import Producer
from bot.store.books import producers
from tests import factories as make
from tests.cogs.house import House, labels, said
from tests.cogs.test_exclusive import ask_about

COMMAND_TOTAL = 8000
"""Characters of a command in its longest language.

https://docs.discord.com/developers/interactions/application-commands#slash-commands
"""


@pytest.fixture
def in_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has set Discord to Spanish: the simulated one knows English only."""
    plain = simcord.interactions.base_payload

    def spanish(*arguments: Any, **named: Any) -> Any:
        record, payload = plain(*arguments, **named)
        return record, payload | {"locale": "es-419"}

    monkeypatch.setattr(simcord.interactions, "base_payload", spanish)


async def eleven_sales(house: House) -> InteractionResult:
    await house.write(*(make.paid(str(i)) for i in range(11)))
    return await house.ask("sales")


async def test_who_has_set_discord_to_spanish_is_answered_in_spanish(
    house: House, in_spanish: None
) -> None:
    listed = await eleven_sales(house)
    assert "11 ventas" in said(listed)
    turned = await house.click(listed, "Página siguiente")
    assert "Página 2 de 2" in said(turned)
    assert "No hay ninguna venta #99." in said(await house.ask("sale", sale="99"))
    await house.env.advance_time(15 * 60)
    assert "Esta lista ha caducado. Usa /sales otra vez." in labels(listed)


async def test_period_in_spanish_is_understood_and_a_near_miss_asked_for_in_spanish(
    house: House, in_spanish: None
) -> None:
    await eleven_sales(house)
    assert "Feb" not in said(await house.ask("stats", period="este mes"))
    period = await house.ask("stats", period="semana pasda")
    assert "No entiendo el periodo “semana pasda”. ¿Querías decir" in said(period)
    track = await house.ask("tracks", track="midnihgt drive")
    assert "¿Querías decir Midnight Drive?" in said(track)
    assert "Midnight Drive" in said(await house.click(track, "Midnight Drive"))


async def test_the_channel_keeps_its_language_whoever_presses_a_button(
    house: House, in_spanish: None
) -> None:
    question = await ask_about(house)
    await house.owner.click(question, label="Keep it off")
    decided = await question.channel.fetch_message(question.id)
    assert "is kept off sale" in decided.content


async def test_a_channel_can_be_spanish(house: House, producer: Producer, in_spanish: None) -> None:
    async with house.store.write() as connection:
        settled = await producers.by_id(connection, producer.id)
        await producers.set_preferences(connection, settled, Preferences(language="es"))
    question = await ask_about(house)
    await house.owner.click(question, label="Keep it off")
    decided = await question.channel.fetch_message(question.id)
    assert "sigue retirada de la venta" in decided.content


async def test_commands_are_described_in_spanish_under_their_english_names(house: House) -> None:
    for part in [part async for part in parts(house)]:
        assert not part.get("name_localizations"), part["name"]
        words = part["description_localizations"]
        assert set(words) == {"es-ES", "es-419"}, part["name"]
        assert all(0 < len(text) <= 100 for text in words.values()), part["name"]
        for choice in part.get("choices", ()):
            assert all(0 < len(text) <= 100 for text in choice["name_localizations"].values())


async def test_the_menu_of_a_message_is_named_in_spanish(house: House) -> None:
    [menu] = await registered(house, discord.AppCommandType.message)
    assert menu["name"] == "Sale of this alert"
    words = menu["name_localizations"]
    assert words == dict.fromkeys(("es-ES", "es-419"), "Venta de este aviso")
    assert all(len(name) <= 32 for name in (menu["name"], *words.values()))


async def test_no_command_is_longer_than_discord_takes(house: House) -> None:
    for command in await registered(house):
        assert sum(map(length, walk(command))) <= COMMAND_TOTAL, command["name"]


def length(part: dict[str, Any]) -> int:
    total = len(part["name"]) + longest(part, "description")
    choices = part.get("choices", ())
    return total + sum(longest(one, "name") + len(str(one["value"])) for one in choices)


def longest(part: dict[str, Any], key: str) -> int:
    return max(len(words) for words in (part[key], *part[f"{key}_localizations"].values()))


async def registered(
    house: House, kind: discord.AppCommandType = discord.AppCommandType.chat_input
) -> list[dict[str, Any]]:
    bot = house.env.bot
    assert isinstance(bot, ProducerBot)
    tree = bot.tree
    assert tree.translator is not None
    return [
        await command.get_translated_payload(tree, tree.translator)
        for command in tree.get_commands(type=kind)
    ]


async def parts(house: House) -> Any:
    for command in await registered(house):
        for part in walk(command):
            yield part


def walk(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A command, its commands, their options."""
    yield part
    for option in part.get("options", ()):
        yield from walk(option)
