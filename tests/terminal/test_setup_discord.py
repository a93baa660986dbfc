"""The set-up's part with Discord: what is wrong is named with its cure, and asked again."""

import base64
from datetime import timedelta

import pytest

from fakes.discord.guild import FakeGuild
from fakes.discord.server import TOKEN, Seen
from fakes.simulation import CHANNEL, now
from tests.terminal.set_up_room import SetUpRoom

USER = base64.b64encode(b"198622483471925248").decode()
REJECTED = f"{USER}.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWz"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Bot " + TOKEN, "this is a header: leave out 'Bot '"),
        ("mfa.abcdefghijklmnop", "a user's own token"),
        (REJECTED, "Discord rejected this token: it has been reset since, or it belongs to a user"),
        ("198622483471925248", "the application's id"),
        ("0123456789abcdef" * 4, "the application's public key"),
        ("aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", "the application's client secret"),
        ("rk_test_123456789", "this is an API key"),
        ("hello", "not a bot's token, which has three parts"),
        ("a.b.c", "not a bot's token"),
    ],
)
async def test_setup_names_what_is_not_a_bots_token_and_asks_again(
    room: SetUpRoom, typed: str, said: str
) -> None:
    assert await room.run(typed, TOKEN) == 130
    assert said in room.said
    assert "Reset Token" in room.said
    assert "✓ Connected to Discord as producer-bot" in room.said
    assert typed not in room.said


async def test_setup_that_may_not_create_a_channel_gives_the_link_and_asks_again(
    room: SetUpRoom,
) -> None:
    room.discord.guild.bot_role.manage_channels = False

    def invite_again() -> None:
        room.discord.guild.bot_role.manage_channels = True

    assert await room.run(TOKEN, "1", invite_again) == 130
    assert "may not create a channel in Beats" in room.said
    assert "permissions=117776" in room.said
    assert "✓ #sales is private" in room.said
    assert len(room.discord.guild.channels) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("7", "There is no such channel."),
        ("sales", "Type a number from 1 to 2, or a channel's id."),
        ("3000", "Everyone in the server can see #channel-3000"),
        ("3001", "The bot lacks Embed Links, Attach Files in #channel-3001."),
        ("3002", "The bot can't see that channel."),
    ],
)
async def test_setup_says_why_a_channel_will_not_do_and_asks_again(
    room: SetUpRoom, typed: str, said: str
) -> None:
    guild = room.discord.guild
    guild.add_channel(3000, private=False)
    guild.add_channel(3001).deny_bot(embed_links=True, attach_files=True)
    guild.add_channel(3002).deny_bot(view_channel=True)
    assert await room.run(TOKEN, typed, "2") == 130
    assert said in room.said
    assert "Not offered: 3 that everyone can see or that the bot can't post in." in room.said
    assert f"✓ #channel-{CHANNEL} is private" in room.said


async def test_setup_takes_a_channel_that_most_members_see_at_the_second_time(
    room: SetUpRoom,
) -> None:
    role = room.discord.guild.add_role(5000, "Member", 2)
    room.discord.guild.channels[CHANNEL].let_in(role)
    assert await room.run(TOKEN, "2", "") == 130
    assert "Most members can see #channel-1000, through these roles: Member." in room.said
    assert "✓ #channel-1000 is private" in room.said


async def test_setup_creates_one_channel_though_its_answer_is_given_again(room: SetUpRoom) -> None:
    """Most members see whatever there is."""
    guild = room.discord.guild
    guild.add_role(5000, "Admin", 2, administrator=True)
    before = len(guild.channels)
    assert await room.run(TOKEN, "1", "") == 130
    assert "Most members can see #sales" in room.said
    assert "✓ #sales is private" in room.said
    assert len(guild.channels) == before + 1


async def test_setup_with_several_servers_asks_in_which_one(room: SetUpRoom) -> None:
    room.discord.guilds.append(FakeGuild(now, 101))
    assert await room.run(TOKEN, "", "1") == 130
    assert len(room.discord.guild.channels) == 2


async def test_setup_waits_for_its_network(room: SetUpRoom) -> None:
    await room.discord.shut()

    room.stripe.faults.down = True
    back = room.stripe.faults.clear
    typed = (TOKEN, room.discord.open, "2", "none", room.stripe.key, back, "UTC")
    assert await room.run(*typed) == 0, room.said
    assert room.said.count("Is this machine connected to the internet? Then try again.") == 2


async def test_setup_with_a_wrong_clock_says_how_far_it_is_off(room: SetUpRoom) -> None:
    room.clock = lambda: now() + timedelta(minutes=10)
    assert await room.run(TOKEN) == 130
    assert "This machine's clock is 600 s fast" in room.said
    assert "timedatectl set-ntp true" in room.said


async def test_setup_of_a_bot_that_discord_sends_elsewhere_names_the_cure(room: SetUpRoom) -> None:
    room.discord.application["interactions_endpoint_url"] = "https://elsewhere.example.com"
    assert await room.run(TOKEN) == 130
    assert "Interactions Endpoint URL: clear it" in room.said


async def test_setup_of_a_public_bot_says_how_to_keep_it_to_oneself(room: SetUpRoom) -> None:
    room.discord.application["bot_public"] = True
    assert await room.run(TOKEN) == 130
    assert "! Others can add it to their servers too" in room.said


async def test_setup_waits_until_the_bot_is_in_a_server(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.terminal.setup.LOOK_AGAIN", 0.0)
    room.discord.guild.joined = False

    async def join(seen: Seen) -> None:
        room.discord.guild.joined |= len(room.discord.asked("GET", "/users/@me/guilds")) > 1

    room.discord.on_request = join
    assert await room.run(TOKEN) == 130
    assert "client_id=600&scope=bot+applications.commands&permissions=117776" in room.said
    assert "▄▄▄▄▄" in room.said
    assert "✓ producer-bot is in Beats" in room.said


async def test_setup_with_a_bot_that_is_in_no_server_gives_up_and_can_be_run_again(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.terminal.setup.SERVER_PATIENCE", (0.0, 0.0))
    room.discord.guild.joined = False
    assert await room.run(TOKEN) == 130
    assert "✗ The bot is not in a server yet." in room.said
