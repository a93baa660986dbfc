"""`producer-bot setup`: each answer that is wrong is named with its cure, and asked for again."""

import asyncio
import base64
import errno
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.test_sale import Progress, Step
from bot.settings import Settings, SettingsWrong, given_values
from bot.store.engine import StoreUnavailable
from bot.terminal.env_file import Answers, write_privately
from bot.terminal.service import Machine
from bot.terminal.setup import set_up
from fakes.discord.guild import FakeGuild
from fakes.discord.server import TOKEN, FakeDiscord, Seen
from fakes.simulation import CHANNEL, now
from fakes.stripe import StripeAccount, StripeServer
from fakes.stripe.faults import Odd
from tests.terminal.set_up_room import SetUpRoom

ADDRESS = "https://beats.example.com"
USER = base64.b64encode(b"198622483471925248").decode()
REJECTED = f"{USER}.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWz"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(now) as running:
        running.guild.add_channel(CHANNEL)
        running.guild.bot_role.manage_channels = True
        yield running


@pytest.fixture
async def room(
    discord: FakeDiscord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SetUpRoom]:
    account = StripeAccount(clock=now, timezone="Europe/Berlin")
    async with StripeServer(account) as stripe:
        monkeypatch.setenv("DISCORD_API_URL", discord.url)
        monkeypatch.setenv("STRIPE_API_URL", stripe.url)
        yield SetUpRoom(tmp_path, discord, account, stripe)


def answers(room: SetUpRoom, **other: str) -> list[str]:
    """What is typed when all goes well: the token, the channel, no address, the key, the zone."""
    given = {"token": TOKEN, "channel": "2", "address": "none", "key": room.stripe.key}
    return list((given | {"zone": "Europe/Berlin"} | other).values())


async def test_setup_without_an_address_writes_what_was_answered(room: SetUpRoom) -> None:
    assert await room.run(*answers(room)) == 0, room.said
    assert room.env() == {
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_ALERTS_CHANNEL": str(CHANNEL),
        "DISCORD_API_URL": room.discord.url,
        "STRIPE_API_KEY": room.stripe.key,
        "STRIPE_API_URL": room.stripe.url,
        "TIMEZONE": "Europe/Berlin",
    }
    assert len(room.prompts) == 5
    assert len(room.sent) == 1
    assert "✓ Charges and Refunds: read" in room.said
    assert "producer-bot setup --live" in room.said
    assert "permissions[]=rak_webhook_read" in room.said


async def test_setup_that_is_run_again_asks_only_for_an_address(room: SetUpRoom) -> None:
    await room.run(*answers(room))
    assert await room.run(ADDRESS) == 0, room.said
    [endpoint] = room.endpoints()
    assert room.env()["PUBLIC_URL"] == ADDRESS
    assert room.files() == [".env", ".env.before-setup"]
    assert await room.run() == 0
    assert room.endpoints() == [endpoint]
    assert room.prompts == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Bot " + TOKEN, "this is a header: leave out 'Bot '"),
        ("mfa.abcdefghijklmnop", "a user's own token"),
        (REJECTED, "Discord rejected this token: it was reset since, or it is a user's"),
        ("198622483471925248", "the application's id"),
        ("0123456789abcdef" * 4, "the application's public key"),
        ("aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", "the application's client secret"),
        ("rk_test_123456789", "this is an API key"),
        ("hello", "not a bot's token: that has three parts"),
        ("a.b.c", "not a bot's token"),
    ],
)
async def test_setup_names_what_is_not_a_bots_token_and_asks_again(
    room: SetUpRoom, typed: str, said: str
) -> None:
    assert await room.run(typed, TOKEN) == 130
    assert said in room.said
    assert "Reset Token" in room.said
    assert "✓ Discord knows producer-bot" in room.said
    assert typed not in room.said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pk_test_123456789", "this is a publishable key"),
        ("sk_test_123456789", "a secret key, which can do everything"),
        ("whsec_123456789", "this is a webhook's signing secret"),
        ("rk_test_123456789", "Stripe does not know this API key"),
        ("hello", "not a Stripe key: a restricted key begins with rk_test_ or rk_live_"),
    ],
)
async def test_setup_names_what_is_not_a_restricted_key_and_asks_again(
    room: SetUpRoom, typed: str, said: str
) -> None:
    assert await room.run(TOKEN, "2", "none", typed, room.stripe.key) == 130
    assert said in room.said
    assert "https://dashboard.stripe.com/apikeys" in room.said
    assert "✓ Stripe knows the key" in room.said


async def test_setup_names_each_permission_that_the_key_lacks(room: SetUpRoom) -> None:
    room.stripe.faults.denied |= {"charge", "payout", "account"}
    typed = answers(room)
    assert await room.run(*typed[:4], room.stripe.faults.clear, typed[-1]) == 0, room.said
    assert "Charges and Refunds: Read (rak_charge_read), for what was paid" in room.said
    assert "Payouts: Read (rak_payout_read)" in room.said
    assert "rak_connected_account" not in room.said.split("✗")[1]


async def test_setup_with_a_live_key_after_a_test_key_points_to_live(room: SetUpRoom) -> None:
    (room.folder / ".env").write_text("STRIPE_API_KEY=rk_test_1\n")
    typed = answers(room)
    # The key in .env is tried first, and is refused.
    assert await room.run(*typed[:3], "rk_live_123456789", room.stripe.key, typed[-1]) == 0
    assert "this bot was set up with a test key" in room.said
    assert "producer-bot setup --live" in room.said


async def test_setup_live_asks_only_for_the_live_key(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.run(*answers(room, address=ADDRESS))
    test_key, test_secret = room.env()["STRIPE_API_KEY"], room.env()["STRIPE_WEBHOOK_SECRET"]
    account = StripeAccount(clock=now, livemode=True, seed=2)
    async with StripeServer(account) as live:
        monkeypatch.setenv("STRIPE_API_URL", live.url)
        assert await room.run(test_key, live.key, live=True) == 0, room.said
    assert len(account.books.all("webhook_endpoint")) == 1
    assert "This is a test key, and live mode needs one that begins with rk_live_" in room.said
    assert [prompt.partition(" ")[0] for prompt in room.prompts] == ["Key", "Key"]
    assert room.env()["STRIPE_API_KEY"] == live.key
    assert room.env()["STRIPE_WEBHOOK_SECRET"] not in ("", test_secret)
    kept = (room.folder / ".env.before-setup").read_text()
    assert test_key in kept


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
        ("3001", "In #channel-3001 the bot lacks Embed Links, Attach Files."),
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
    assert "Not offered: 3 that everyone can see, or where the bot can't post." in room.said
    assert f"✓ #channel-{CHANNEL} is private" in room.said


async def test_setup_takes_a_channel_that_most_members_see_at_the_second_time(
    room: SetUpRoom,
) -> None:
    role = room.discord.guild.add_role(5000, "Member", 2)
    room.discord.guild.channels[CHANNEL].let_in(role)
    assert await room.run(TOKEN, "2", "") == 130
    assert "Most members can see #channel-1000, through these roles: Member." in room.said
    assert "✓ #channel-1000 is private" in room.said


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


async def test_setup_in_a_folder_that_cannot_be_written_asks_for_nothing_before(
    room: SetUpRoom,
) -> None:
    room.folder = room.folder / "none"
    assert await room.run(room.folder.mkdir, *answers(room)) == 0, room.said
    assert room.said.startswith(f"✗ Nothing can be written in {room.folder}: No such file")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://beats.example.com", "Stripe calls only https:// addresses."),
        ("beats.example.com", "PUBLIC_URL can't be that"),
    ],
)
async def test_setup_names_what_is_not_an_address_and_asks_again(
    room: SetUpRoom, typed: str, said: str
) -> None:
    assert await room.run(TOKEN, "2", typed, f"{ADDRESS}/webhooks/stripe") == 130
    assert said in room.said
    assert f"✓ {ADDRESS}\n" in room.said


@pytest.mark.parametrize("answered", range(5))
async def test_setup_that_is_interrupted_anywhere_asks_only_for_the_rest(
    room: SetUpRoom, answered: int
) -> None:
    typed = answers(room)
    assert await room.run(*typed[:answered]) == 130
    assert "The answers so far are kept: run this again to go on." in room.said
    assert not (room.folder / ".env").exists()
    assert await room.run(*typed[answered:]) == 0, room.said
    assert len(room.prompts) == 5 - answered
    assert room.files() == [".env"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("new york", "There is no time zone new york. Did you mean America/New_York?"),
        ("America/New_Yrok", "Did you mean America/New_York"),
        ("PST", "There is no time zone with this name."),
    ],
)
async def test_setup_names_the_time_zone_that_was_meant(
    room: SetUpRoom, typed: str, said: str
) -> None:
    meant = "" if "mean" in said else "America/New_York"
    assert await room.run(*answers(room, zone=typed), meant) == 0
    assert said in room.said
    assert room.env()["TIMEZONE"] == "America/New_York"


async def test_setup_with_sixteen_endpoints_asks_to_delete_one(room: SetUpRoom) -> None:
    account = room.account
    made = [account.endpoint(f"https://{n}.example.com/", ["charge.succeeded"]) for n in range(16)]

    def delete_one() -> None:
        account.books.remove(made[3])

    typed = answers(room, address=ADDRESS)
    assert await room.run(*typed[:-1], delete_one, typed[-1]) == 0, room.said
    assert "Stripe allows 16 endpoints, and your account has as many." in room.said
    assert len(room.endpoints()) == 16
    # The address has changed: ours is replaced, though there is no room next to it.
    (room.folder / ".env").write_text((room.folder / ".env").read_text().replace("beats.", "new."))
    assert await room.run() == 0, room.said
    assert "in the place of an older one: https://new.example.com" in room.said
    assert len(room.endpoints()) == 16


async def test_setup_with_a_key_that_may_not_create_endpoints_names_the_permission(
    room: SetUpRoom,
) -> None:
    room.stripe.faults.read_only.add("webhook_endpoint")
    typed = answers(room, address=ADDRESS)
    assert await room.run(*typed[:-1], room.stripe.faults.clear, typed[-1]) == 0, room.said
    assert "The key may not create the webhook endpoint (rak_webhook_write)." in room.said
    assert "permissions[]=rak_webhook_write" in room.said


async def test_setup_leaves_another_endpoint_with_the_same_address_and_says_so(
    room: SetUpRoom,
) -> None:
    other = room.account.endpoint(f"{ADDRESS}/webhooks/stripe", ["charge.succeeded"])
    assert await room.run(*answers(room, address=ADDRESS)) == 0
    assert other in room.endpoints()
    assert "! Another endpoint has the same address" in room.said


async def test_setup_whose_test_sale_is_stuck_says_why_and_tries_again(room: SetUpRoom) -> None:
    room.test_sale = Progress(failed=Step.POSTED, reason="Missing Access", ended=True)
    assert await room.run(*answers(room)) == 130
    assert "The test sale got stuck: Missing Access." in room.said
    assert room.files() == [".env", ".env.setup"]


async def test_setup_keeps_the_other_lines_of_an_env_file(room: SetUpRoom) -> None:
    before = "# Mine\nPORT=9000\nTIMEZONE = UTC\nDISCORD_TOKEN=\n"
    (room.folder / ".env").write_text(before)
    assert await room.run(*answers(room)[:-1]) == 0, room.said
    lines = (room.folder / ".env").read_text().splitlines()
    assert lines[:4] == ["# Mine", "PORT=9000", "TIMEZONE=UTC", f"DISCORD_TOKEN={TOKEN}"]
    assert (room.folder / ".env.before-setup").read_text() == before
    assert (room.folder / ".env").stat().st_mode & 0o777 == 0o600


async def test_setup_asks_nothing_when_the_environment_is_wrong(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "hello")
    assert await room.run(TOKEN) == 1
    assert "DISCORD_TOKEN is set in the environment: correct it there" in room.said


async def test_setup_with_settings_as_answers_names_the_one_that_is_missing(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    assert await room.run(scripted=True) == 1
    assert "STRIPE_API_KEY is not set, and --yes asks no questions." in room.said
    room.discord.guilds.append(FakeGuild(now, 101))
    room.discord.guild.channels.clear()
    (room.folder / ".env.setup").unlink()
    assert await room.run(scripted=True) == 1
    assert "DISCORD_ALERTS_CHANNEL is not set" in room.said


async def test_setup_without_a_terminal_says_how_to_answer(
    room: SetUpRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        return set_up(room.folder, now, no_test_sale, scripted=False, live=False, service=False)

    assert await asyncio.to_thread(run) == 1
    assert "There is no terminal to ask in: use --yes" in capsys.readouterr().out


async def no_test_sale(_: Settings) -> Progress:
    raise AssertionError("nothing is to be tried")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (SettingsWrong.of("PORT", "address already in use"), "PORT is wrong (address already"),
        (StoreUnavailable("Connection refused"), "The database: Connection refused"),
        (TimeoutError(), "Discord's gateway did not answer."),
    ],
)
async def test_setup_whose_bot_cannot_start_says_why_and_tries_again(
    room: SetUpRoom, trouble: Exception, said: str
) -> None:
    room.trouble = trouble

    def mended() -> None:
        room.trouble = None

    assert await room.run(*answers(room), mended) == 0
    assert f"✗ {said}" in room.said


async def test_setup_with_settings_that_are_wrong_names_them(room: SetUpRoom) -> None:
    (room.folder / ".env").write_text("PORT=http\n")
    assert await room.run(*answers(room)) == 1
    assert "PORT is wrong" in room.said
    assert "Correct that in .env or in the environment" in room.said


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
    assert "✗ The bot is in no server yet." in room.said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("POST /v1/webhook_endpoints", "something that is not Stripe answered"),
        ("/v1/payouts", "Stripe did not answer for each permission."),
    ],
)
async def test_setup_that_stripe_does_not_answer_tries_the_step_again(
    room: SetUpRoom, path: str, said: str
) -> None:
    room.stripe.faults.odd_next(1, Odd.HTML_404, path=path)
    typed = answers(room, address=ADDRESS)
    assert await room.run(*typed[:-1], "", typed[-1]) == 0, room.said
    assert said in room.said
    assert len(room.endpoints()) == 1


async def test_setup_with_an_address_that_stripe_refuses_says_so(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.stripe.resources.MOST_ENDPOINTS", 0)
    assert await room.run(*answers(room, address=ADDRESS)[:-1]) == 130
    assert "Stripe refuses the request: You have reached the maximum" in room.said


async def test_setup_in_a_folder_that_becomes_read_only_loses_no_secret(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    typed = answers(room, address=ADDRESS)

    def fill() -> None:
        monkeypatch.setattr("bot.terminal.env_file.write_privately", full)

    def make_room() -> None:
        monkeypatch.setattr("bot.terminal.env_file.write_privately", write_privately)

    room.stripe.faults.read_only.add("webhook_endpoint")

    def allow() -> None:
        room.stripe.faults.clear()
        fill()

    assert await room.run(*typed[:-1], allow, make_room, typed[-1]) == 0, room.said
    assert "No space left on device" in room.said
    assert len(room.endpoints()) == 1
    assert room.env()["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")


async def test_setup_keeps_each_earlier_env_file_under_a_name_of_its_own(room: SetUpRoom) -> None:
    for port in (9001, 9002):
        (room.folder / ".env").write_text(f"PORT={port}\n")
        await room.run(*answers(room))
    assert room.files() == [".env", ".env.before-setup", ".env.before-setup-2"]
    assert (room.folder / ".env.before-setup-2").read_text() == "PORT=9002\n"


def test_answers_with_unusual_characters_are_read_back_as_they_were(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    odd = "https://beats.example.com/a'b\\c#d $e"
    answers.keep("PUBLIC_URL", odd)
    assert Answers(tmp_path)["PUBLIC_URL"] == odd
    answers.write()
    assert given_values(tmp_path / ".env")["PUBLIC_URL"] == odd


async def test_service_of_a_bot_that_is_set_up_asks_nothing(
    room: SetUpRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    await room.run(*answers(room))

    def run(machine: Machine) -> int:
        options = {"scripted": True, "live": False, "service": True}
        return set_up(room.folder, now, no_test_sale, **options, machine=machine)

    home = Machine(platform="linux", systemd=True, root=False, home=room.folder, run=lambda _: None)
    assert run(home) == 0
    assert "and the bot runs" in capsys.readouterr().out
    assert run(replace(home, run=lambda _: "Access denied")) == 1
    assert "systemd did not do it: Access denied" in capsys.readouterr().out


async def test_service_of_a_bot_that_is_not_set_up_begins_with_that(
    room: SetUpRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        return set_up(room.folder, now, no_test_sale, scripted=True, live=False, service=True)

    assert await asyncio.to_thread(run) == 1
    assert "DISCORD_TOKEN is not set" in capsys.readouterr().out
