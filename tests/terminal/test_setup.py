"""`producer-bot setup`: what it asks, keeps and writes, and how it goes on when interrupted."""

import asyncio
import errno
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.test_sale import Progress, Step
from bot.settings import Settings, SettingsWrong, given_values
from bot.store.engine import StoreUnavailable
from bot.terminal.env_file import Answers, write_privately
from bot.terminal.service import Machine
from bot.terminal.setup import set_up
from fakes.discord.guild import FakeGuild
from fakes.discord.server import TOKEN
from fakes.simulation import CHANNEL, now
from tests.terminal.set_up_room import ADDRESS, SetUpRoom


async def test_setup_without_an_address_writes_what_was_answered(room: SetUpRoom) -> None:
    assert await room.run(*room.answers()) == 0, room.said
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
    await room.run(*room.answers())
    assert await room.run(ADDRESS) == 0, room.said
    [endpoint] = room.endpoints()
    assert room.env()["PUBLIC_URL"] == ADDRESS
    assert room.files() == [".env", ".env.before-setup"]
    assert await room.run() == 0
    assert room.endpoints() == [endpoint]
    assert room.prompts == []


async def test_setup_in_a_folder_that_cannot_be_written_asks_for_nothing_before(
    room: SetUpRoom,
) -> None:
    room.folder = room.folder / "none"
    assert await room.run(room.folder.mkdir, *room.answers()) == 0, room.said
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


async def test_setup_in_a_container_says_how_to_start_it_there(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.terminal.setup.in_image", lambda: True)
    assert await room.run(*room.answers()) == 0, room.said
    assert "  docker compose up --detach     start the bot" in room.said
    assert "producer-bot run" not in room.said


@pytest.mark.parametrize("answered", range(5))
async def test_setup_that_is_interrupted_anywhere_asks_only_for_the_rest(
    room: SetUpRoom, answered: int
) -> None:
    typed = room.answers()
    assert await room.run(*typed[:answered]) == 130
    assert "The answers so far are kept: run this again to go on" in room.said
    assert not (room.folder / ".env").exists()
    assert await room.run(*typed[answered:]) == 0, room.said
    assert len(room.prompts) == 5 - answered
    assert room.files() == [".env"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("new york", "There is no time zone new york. Did you mean America/New_York?"),
        ("America/New_Yrok", "Did you mean America/New_York"),
        ("PST", "Did you mean America/Los_Angeles"),
        ("Narnia", "There is no time zone with this name."),
    ],
)
async def test_setup_names_the_time_zone_that_was_meant(
    room: SetUpRoom, typed: str, said: str
) -> None:
    meant = "" if "New_York" in said else "America/New_York"
    assert await room.run(*room.answers(zone=typed), meant) == 0
    assert said in room.said
    assert room.env()["TIMEZONE"] == "America/New_York"


async def test_setup_whose_test_sale_is_stuck_says_why_and_tries_again(room: SetUpRoom) -> None:
    room.test_sale = Progress(failed=Step.POSTED, reason="Missing Access", ended=True)
    assert await room.run(*room.answers()) == 130
    assert "The test sale got stuck: Missing Access." in room.said
    assert room.files() == [".env", ".env.setup"]


async def test_setup_keeps_the_other_lines_of_an_env_file(room: SetUpRoom) -> None:
    before = "# Mine\nPORT=9000\nTIMEZONE = UTC\nDISCORD_TOKEN=\n"
    (room.folder / ".env").write_text(before)
    assert await room.run(*room.answers()[:-1]) == 0, room.said
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
    assert "There is no terminal to ask questions in" in capsys.readouterr().out


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

    assert await room.run(*room.answers(), mended) == 0
    assert f"✗ {said}" in room.said


async def test_setup_with_settings_that_are_wrong_reads_them_again(room: SetUpRoom) -> None:
    env = room.folder / ".env"
    env.write_text("PORT=http\n")

    def correct() -> None:
        env.write_text(env.read_text().replace("http\n", "9000\n"))

    assert await room.run(*room.answers(), correct) == 0, room.said
    assert "✗ PORT is wrong" in room.said
    assert room.sent[0].port == 9000


async def test_setup_in_a_folder_that_becomes_read_only_loses_no_secret(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    typed = room.answers(address=ADDRESS)

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
        await room.run(*room.answers())
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
    await room.run(*room.answers())

    def run(machine: Machine) -> int:
        options = {"scripted": True, "live": False, "service": True}
        return set_up(room.folder, now, no_test_sale, **options, machine=machine)

    home = Machine(platform="linux", systemd=True, root=False, home=room.folder, run=lambda _: None)
    assert run(home) == 0
    assert "and the bot runs" in capsys.readouterr().out
    assert run(replace(home, run=lambda _: "Access denied")) == 1
    assert "systemd reported an error: Access denied" in capsys.readouterr().out


async def test_service_of_a_bot_that_is_not_set_up_begins_with_that(
    room: SetUpRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        return set_up(room.folder, now, no_test_sale, scripted=True, live=False, service=True)

    assert await asyncio.to_thread(run) == 1
    assert "DISCORD_TOKEN is not set" in capsys.readouterr().out


async def test_service_of_a_bot_whose_answers_are_only_in_the_environment_begins_with_the_set_up(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The system would start the bot without them."""
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setenv("STRIPE_API_KEY", room.stripe.key)

    def run() -> int:
        return set_up(room.folder, now, no_test_sale, scripted=True, live=False, service=True)

    assert await asyncio.to_thread(run) == 1
    assert "not a bot's token" in capsys.readouterr().out


async def test_service_by_root_in_a_folder_that_another_user_has_not_set_up_writes_nothing(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "owner", lambda _: "beats")

    def run() -> int:
        options = {"scripted": True, "live": False, "service": True}
        return set_up(room.folder, now, no_test_sale, **options, machine=Machine(root=True))

    assert await asyncio.to_thread(run) == 1
    assert "This folder belongs to beats" in capsys.readouterr().out
    assert room.files() == []


def test_env_file_is_utf_8_whatever_the_locale_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda *_: "ascii")
    (tmp_path / ".env").write_text("# Developers → Webhooks\nHOST=127.0.0.1\n", "utf-8")
    answers = Answers(tmp_path)
    answers.keep("PUBLIC_URL", ADDRESS)
    answers.write()
    assert "→" in (tmp_path / ".env").read_text("utf-8")


@pytest.mark.parametrize(
    ("machine", "stripe", "likely"),
    [
        ("Europe/Berlin", "America/New_York", "Europe/Berlin"),
        ("Etc/UTC", "America/New_York", "America/New_York"),
        ("Etc/UTC", None, "Etc/UTC"),
        (None, None, "UTC"),
    ],
)
async def test_setup_suggests_the_machines_time_zone_but_for_a_server_in_utc(
    room: SetUpRoom,
    monkeypatch: pytest.MonkeyPatch,
    machine: str | None,
    stripe: str | None,
    likely: str,
) -> None:
    monkeypatch.setattr("bot.terminal.setup.machine_time_zone", lambda: machine)
    if stripe is None:
        room.stripe.faults.denied.add("account")
    else:
        room.account.books.change(room.account.id, settings={"dashboard": {"timezone": stripe}})
    assert await room.run(*room.answers(zone="")) == 0, room.said
    assert room.env()["TIMEZONE"] == likely


async def test_setup_draws_nothing_that_the_terminal_cannot_show(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.terminal.setup.SERVER_PATIENCE", (0.0, 0.0))
    room.encoding = "ascii"
    room.discord.guild.joined = False
    assert await room.run(TOKEN) == 130
    assert "? Connected to Discord as producer-bot" in room.said
    assert "? The bot is not in a server yet." in room.said
