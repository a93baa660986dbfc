"""The bot is removed from its server: the owner of its application has it work in another."""

from fakes.bot_output import told
from fakes.discord.guild import HUMAN, OWNER, FakeGuild, Json, user
from fakes.simulation import now, until
from tests.process.person import Person
from tests.process.world import World

FREE = {"DISCORD_ALERTS_CHANNEL": ""}


def team(*admins: int) -> Json:
    """A team that another person owns."""
    members = [
        {"user": user(id_), "role": "admin", "membership_state": 2, "team_id": "9"}
        | {"permissions": ["*"]}
        for id_ in admins
    ]
    return {"id": "9", "name": "Devs", "icon": None, "owner_user_id": "1", "members": members}


async def test_the_applications_owner_claims_another_server_once_the_bot_was_removed(
    world: World, producer: Person
) -> None:
    discord = world.discord
    await world.start(**FREE)
    await until(lambda: discord.gateway.connected and discord.commands)
    assert (
        "Sale alerts now go to"
        in (await producer.slash("settings channel", channel=world.channel)).text
    )
    await world.sell()
    await until(lambda: told(world.channel) == [1001])

    second = FakeGuild(now, 101)
    sales = second.add_channel(2000)
    await discord.add_guild(second)
    stranger = Person(discord, sales)
    owner = Person(discord, sales, user_id=OWNER)
    assert "another server" in (await owner.slash("settings channel", channel=sales)).text

    await discord.remove_guild(discord.guild)
    await world.sell()
    assert "I was removed" in (await stranger.slash("sales")).text
    assert "I was removed" in (await stranger.slash("settings channel", channel=sales)).text
    discord.application["team"] = team(HUMAN)
    assert "Sale alerts now go to" in (await stranger.slash("settings channel", channel=sales)).text
    await until(lambda: told(sales) == [1002])
    assert "#1001" in (await stranger.slash("sales")).text


async def test_a_channel_that_most_members_see_is_asked_about_with_discords_numbers(
    world: World, producer: Person
) -> None:
    guild = world.discord.guild
    guild.member_count = 5003
    world.channel.let_in(guild.add_role(301, "Verified", 4812))
    await world.start(**FREE)
    await until(lambda: world.discord.gateway.connected and world.discord.commands)
    asked = await producer.slash("settings channel", channel=world.channel)
    assert "**Verified** (4,812 of 5,003 members)" in asked.text
    await world.sell()
    assert "Not set up yet" in (await producer.slash("sales")).text
    anyway, _ = asked.data["components"][0]["components"]
    question = world.discord.guild.say(world.channel, "?") | asked.data | {"flags": 64}
    await producer.click(question, anyway["custom_id"])
    await until(lambda: told(world.channel) == [1001])
    assert "see it: **Verified**" in (await producer.slash("settings show")).text
