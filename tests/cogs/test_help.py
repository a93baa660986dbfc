"""`/help` lists every command, in the words of the command itself."""

import pytest

from bot.store.engine import Store
from bot.text.help import TOPICS, help_message
from bot.text.language import speaking
from cogs.kit.command_bot import described
from tests.cogs.house import House, embed_of, open_house, said
from tests.phone import lines_at_390
from tests.text.limits import assert_fits


async def test_every_command_has_a_topic_and_an_example_that_can_be_typed(house: House) -> None:
    for command in house.commands():
        example, name = command.extras["example"], command.qualified_name
        assert command.extras["topic"] in TOPICS, name
        options = {one.display_name: one for one in command.parameters}
        required = {option for option, one in options.items() if one.required}
        assert required <= example.keys() <= options.keys(), name
        for option, value in example.items():
            choices = [choice.name for choice in options[option].choices]
            assert not choices or value in choices, name


async def test_help_lists_all_commands_and_opens_a_topic_in_the_same_message(house: House) -> None:
    answer = await house.ask("help")
    assert "**Money** `/export` `/payouts` `/stats`" in said(answer)
    assert all(f"`/{one.qualified_name.split()[0]}`" in said(answer) for one in house.commands())
    await house.choose(answer, "money")
    assert embed_of(answer).title == "Money"
    assert "**`/stats period:october`**\n└ Sales, fees and net income by period" in said(answer)


async def test_help_answers_before_anything_is_set_up(store: Store) -> None:
    async with open_house(store, None) as house:
        answer = await house.ask("help", topic="settings")
    assert "`/settings channel channel:#sales`" in said(answer)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_topic_fits_a_message(house: House, language: str) -> None:
    with speaking(language):
        for topic in (None, "unheard of", *TOPICS):
            assert_fits(help_message(topic, described(house.bot)))
        assert lines_at_390(help_message(None, described(house.bot))) <= 14
