"""Who sees money: the producer's server, and in it those who may manage it."""

from dataclasses import replace
from typing import Any

import discord
import pytest
from discord import AppCommandOptionType
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult
from sqlalchemy import Row, select

from bot.domain.preferences import Detail
from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.tables import metadata
from bot.text import ids
from bot.text.alert import payment_alert
from bot.text.message import Buttons
from cogs.kit.command_bot import described
from tests import factories as make
from tests.cogs.house import House, answer_of, menu_of, open_house, said
from tests.store import samples

MORE: dict[str, dict[str, str]] = {
    "exclusive": {},
    "export": {"what": "buyers"},
    "tracks": {},
    "settings currency": {},
    "settings quiet": {},
}
"""Uses of commands that differ from their examples."""
OPEN = {"help", "settings channel", "settings test"}
"""Commands that answer without showing money, or have tests of their own."""
STRANGER = "This bot works for another server and has nothing to show here."
BUTTONS = (
    "buyer:1:1001",
    "buyer-page:0:1:1001",
    "buyer-page:0-largest:1:1001",
    "sale:1:1001",
    "sale-details:1:1001",
    "track-of:1:1001",
    "license-of:1:1001",
    "rights:1:1",
    "track-details:1:1",
    "payout:1:po_1",
    "payout-page:0:1:po_1",
    "payouts-page:0:1",
    "track-question:1:1:keep",
    "track-rights:1:1:sell",
    "off-sale:1:1",
    "accept-alert:1:1001",
    "no-longer-accept:1:1001",
    "left-on-sale-all:1",
    "stats:all",
    "stats:all:usd:count",
    "stats-details:1:all:usd",
    "forget:0123456789abcdef:yes",
    "problems:1:hide",
    "settings:1:marks:off",
    "channel:sales:1:yes",
    "clear:1:0",
    "clear-yes:1:2:0",
    "list:01234567:next",
)
MENUS = {
    "records": "1:1001",
    "payouts": "payout:1:po_1",
    "elsewhere-rights:1:1": "1",
    "left-on-sale-some:1": "1",
    "stats-currency:all:revenue": "usd",
    "settings:1:email": "full",
}
SECRETS = ("Ana", "ana.lima", "Midnight", "30.00", "1001", "sales>")


@pytest.fixture
async def sold(house: House) -> House:
    """A house in which one sale was made."""
    await house.write(make.settled(make.paid("1")))
    return house


def stranger(house: House) -> tuple[MemberActor, ChannelHandle]:
    """Somebody who added the bot to a server of their own."""
    elsewhere = house.env.create_guild("Somewhere else")
    everything = elsewhere.create_role("Boss", permissions=discord.Permissions.all())
    boss = elsewhere.add_member(house.env.create_user("stranger"), roles=[everything])
    return boss, elsewhere.create_text_channel("lair")


def uses(house: House) -> list[tuple[str, dict[str, Any]]]:
    """Every command as its example has it, with what is chosen from a list by its value."""
    commands = {one.qualified_name: one for one in house.commands()}
    found: list[tuple[str, dict[str, Any]]] = []
    for one in described(house.bot):
        options: dict[str, Any] = {}
        for name, typed in one.example.items():
            [option] = [o for o in commands[one.name].parameters if o.display_name == name]
            value = {choice.name: choice.value for choice in option.choices}.get(typed, typed)
            options[name] = int(value) if option.type is AppCommandOptionType.integer else value
        if one.name not in OPEN:
            found.append((one.name, options))
    return [*found, *MORE.items()]


async def test_every_command_in_another_server_shows_and_changes_nothing(sold: House) -> None:
    boss, lair = stranger(sold)
    before = await everything(sold.store)
    for command, options in uses(sold):
        words = said(await boss.slash(lair, command, **options))
        assert words.strip() == STRANGER, command
    assert await everything(sold.store) == before


@pytest.mark.parametrize(
    ("command", "option"),
    [("sales", "track"), ("sales", "license"), ("sale", "sale"), ("tracks", "track")],
)
async def test_another_server_is_offered_nothing(sold: House, command: str, option: str) -> None:
    boss, lair = stranger(sold)
    assert await boss.autocomplete(lair, command, option, "") == []
    assert await sold.complete(command, option, "") != []


async def test_another_server_cannot_take_the_alerts(sold: House) -> None:
    boss, lair = stranger(sold)
    answer = await boss.slash(lair, "settings channel", channel=lair)
    assert "works for another server" in said(answer)


async def test_members_who_may_not_manage_the_server_have_no_commands(sold: House) -> None:
    hall = sold.guild.create_text_channel("hall")
    for command, options in uses(sold):
        with pytest.raises(SetupError, match="permission"):
            await sold.fan.slash(hall, command, **options)


async def test_every_click_is_tried(house: House) -> None:
    # The help is the same for everybody.
    tried = [*BUTTONS, *MENUS, ids.HELP]
    views = house.bot._connection._view_store  # noqa: SLF001 - discord.py's
    untried = [
        click.__name__
        for click in views._dynamic_items.values()  # noqa: SLF001
        if not any(click.__discord_ui_compiled_template__.fullmatch(id_) for id_ in tried)
    ]
    assert untried == []


async def test_clicks_are_for_managers_of_the_producers_server_whoever_forges_them(
    sold: House,
) -> None:
    boss, lair = stranger(sold)
    hall = sold.guild.create_text_channel("hall")
    before = await everything(sold.store)
    for who, where, refusal in ((boss, lair, STRANGER), (sold.fan, hall, "who may manage")):
        for id_, value in (dict.fromkeys(BUTTONS, "") | MENUS).items():
            words = said(await click(sold, who, where, id_, value))
            refusals = (refusal, "expired", "don't know that choice")
            assert any(one in words for one in refusals), id_
            assert not [secret for secret in SECRETS if secret in words], id_
    assert await everything(sold.store) == before


async def click(
    house: House, who: MemberActor, where: ChannelHandle, id_: str, value: str
) -> InteractionResult:
    """Click a button of this id, or choose a value in a menu of it, as somebody forged it."""
    item: discord.ui.Item[discord.ui.View] = discord.ui.Button(label="?", custom_id=id_)
    if value:
        option = discord.SelectOption(label="?", value=value)
        item = discord.ui.Select(custom_id=id_, options=[option])
    channel = house.env.bot.get_channel(where.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send("?", view=Buttons([item]))
    if value:
        return await who.select(message, values=[value], custom_id=id_)
    return await who.click(message, custom_id=id_)


async def everything(store: Store) -> list[Row[Any]]:
    """All that is kept."""
    async with store.read() as connection:
        found = [await connection.execute(select(table)) for table in metadata.sorted_tables]
    return [row for rows in found for row in rows]


@pytest.mark.parametrize("label", ["Buyer", "Sale"])
async def test_members_who_may_not_manage_the_server_cannot_use_the_buttons(
    sold: House, label: str
) -> None:
    record = await sold.record()
    sold.open_to_all()
    alert = await sold.post(payment_alert(record))
    words = said(await sold.fan.click(alert, label=label))
    assert "Only people who may manage this server" in words
    assert "Ana" not in words


@pytest.mark.parametrize("label", ["Buyer", "Sale"])
async def test_a_button_that_names_a_producer_of_another_server_opens_nothing(
    sold: House, producer: Producer, label: str
) -> None:
    record = await sold.record()
    for other in (replace(producer, id=99), producer):
        alert = await sold.post(payment_alert(replace(record, producer=other)))
        assert "another server" in said(await sold.owner.click(alert, label=label))
        async with sold.store.write() as connection:
            await producers.set_channel(connection, producer.id, 1, 2)


async def test_nobody_is_told_anything_before_a_channel_is_chosen(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, None) as house:
        await samples.write(store, producer, make.paid("1"))
        assert "`/settings channel`" in said(await house.ask("sales"))
        assert "Ana" not in said(await house.ask("sale", sale="1001"))


async def test_no_command_works_outside_of_servers(house: House) -> None:
    for command in house.bot.tree.get_commands():
        payload = command.to_dict(house.bot.tree)
        assert payload["contexts"] == [0]
        assert payload["integration_types"] == [0]
        assert payload["default_member_permissions"] == discord.Permissions.manage_guild.flag


async def test_answers_from_before_belong_to_the_server_that_has_the_bot_now(
    sold: House, producer: Producer
) -> None:
    statistics = answer_of(await sold.ask("stats")).message
    other = sold.env.create_guild("Another")
    async with sold.store.write() as connection:
        await producers.set_channel(connection, producer.id, other.id, 2)
    words = said(await sold.owner.click(statistics, label="All time"))
    assert words.strip() == "This bot works for another server and has nothing to show here."


async def test_members_let_in_by_integrations_use_the_buttons_of_their_own_answers(
    sold: House,
) -> None:
    """Discord shows these answers to nobody else, and gave them the command."""
    await sold.write(*(make.paid(f"more {place}", at=make.NOON) for place in range(12)))
    for command in await sold.bot.tree.fetch_commands():
        sold.guild.set_command_permissions(command, {sold.fan: True})
    hall = sold.guild.create_text_channel("hall")
    listed = answer_of(await sold.fan.slash(hall, "sales"))
    opened = await sold.fan.select(listed.message, [next(iter(menu_of(listed)))])
    record = opened.followups[0]
    assert "Ana" in said(await sold.fan.click(record.message, label="Buyer"))
    await sold.fan.click(listed.message, label="Next page")
    statistics = answer_of(await sold.fan.slash(hall, "stats"))
    assert "who may manage" not in said(await sold.fan.click(statistics.message, label="All time"))
    settings = answer_of(await sold.fan.slash(hall, "settings show"))
    changed = await sold.fan.select(settings.message, ["full"], custom_id="settings:1:email")
    assert "who may manage" not in said(changed)
    async with sold.store.read() as connection:
        [found] = await producers.everyone(connection)
    assert found.preferences.email is Detail.FULL
    question = answer_of(await sold.fan.slash(hall, "forget", email="ana.lima@example.com"))
    assert "Forgotten" in said(await sold.fan.click(question.message, label="Forget them"))


async def test_a_click_that_its_message_does_not_have_does_nothing(sold: House) -> None:
    for command in await sold.bot.tree.fetch_commands():
        sold.guild.set_command_permissions(command, {sold.fan: True})
    hall = sold.guild.create_text_channel("hall")
    shown = answer_of(await sold.fan.slash(hall, "sale", sale="1001"))
    before = await everything(sold.store)
    with pytest.raises(SetupError):
        await sold.fan.click(shown.message, custom_id="off-sale:1:1")
    assert await everything(sold.store) == before
