"""`/help` tells of every command, in the words of the command itself."""

from typing import Any

import pytest
from discord import app_commands

from bot.client import ProducerBot
from bot.store.engine import Store
from bot.text.help import TOPICS, examples, help_message
from bot.text.language import speaking
from tests.cogs.house import House, answer_of, embed_of, open_house, said
from tests.text.limits import assert_fits

EXAMPLES = {name: used for topic in TOPICS.values() for name, used in examples(topic)}


def registered(house: House) -> dict[str, app_commands.Command[Any, ..., Any]]:
    bot = house.env.bot
    assert isinstance(bot, ProducerBot)
    return {
        command.qualified_name: command
        for command in bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }


async def test_every_command_has_an_example_that_can_be_typed(house: House) -> None:
    commands = registered(house)
    assert EXAMPLES.keys() == commands.keys() - {"help"}
    for name, used in EXAMPLES.items():
        options = {one.display_name: one for one in commands[name].parameters}
        required = {option for option, one in options.items() if one.required}
        assert required <= used.keys() <= options.keys(), name
        for option, value in used.items():
            choices = [choice.name for choice in options[option].choices]
            assert not choices or value in choices, name


async def test_all_in_short_then_a_topic_in_the_same_message(house: House) -> None:
    answer = await house.ask("help")
    assert "**Money** `/stats` `/payouts` `/export`" in said(answer)
    await house.owner.select(answer_of(answer).message, ["money"])
    assert embed_of(answer).title == "Money"
    assert "**/stats** · Sales, fees and what is left, by period\n└ `/stats period:2026-09`" in (
        said(answer)
    )


async def test_it_helps_before_anything_is_set_up(store: Store) -> None:
    async with open_house(store, None) as house:
        answer = await house.ask("help", topic="settings")
    assert "`/settings channel channel:#sales`" in said(answer)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_topic_fits(house: House, language: str) -> None:
    does = {name: command.description for name, command in registered(house).items()}
    with speaking(language):
        for topic in (None, "unheard of", *TOPICS):
            assert_fits(help_message(topic, does))
