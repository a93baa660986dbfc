"""`producer-bot check`, between the simulated Stripe and a fake Discord."""

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.event_types import TYPES
from bot.domain.preferences import NONE_CHOSEN
from bot.domain.preferences import Route as Topic
from bot.settings import Settings
from bot.store.books import producers
from bot.store.engine import open_store
from bot.terminal.check import check
from bot.terminal.check_stripe import endpoint_findings
from bot.terminal.findings import Finding, State, link_apart
from fakes.discord.server import TOKEN, FakeDiscord
from fakes.simulation import CHANNEL, SECRET, free_port, now
from fakes.stripe import StripeAccount, StripeServer

URL = "https://beats.example.com"


@pytest.fixture(autouse=True)
def _troubles_pass_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.0)


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(now) as running:
        running.guild.add_channel(CHANNEL)
        yield running


@pytest.fixture
async def stripe() -> AsyncIterator[StripeServer]:
    account = StripeAccount(clock=now, seed=7, timezone="Europe/Berlin")
    async with StripeServer(account) as running:
        yield running


@pytest.fixture
def settings(discord: FakeDiscord, stripe: StripeServer, tmp_path: Path) -> Callable[..., Settings]:
    given = {
        "discord_token": TOKEN,
        "discord_alerts_channel": CHANNEL,
        "discord_api_url": discord.url,
        "stripe_api_key": stripe.key,
        "stripe_api_url": stripe.url,
        "stripe_webhook_secret": SECRET,
        "database_url": f"sqlite+aiosqlite:///{tmp_path / 'books.db'}",
        "port": free_port(),
        "timezone": "Europe/Berlin",
    }
    return lambda **changes: Settings.model_validate(given | changes)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def shown(
    settings: Settings, capsys: pytest.CaptureFixture[str], *, off: float = 0.0
) -> tuple[int, dict[str, str]]:
    """The status, and everything found by its subject (the worst of several)."""
    status = await check(settings, lambda: now() + timedelta(seconds=off), everything=True)
    said = capsys.readouterr().out
    assert not [secret for secret in settings.secrets if secret in said]
    rows: dict[str, str] = {}
    for line in said.splitlines():
        subject, _, rest = line.partition(": ")
        if rest:
            rows.setdefault(subject[2:], f"{STATES[subject[0]]} {rest}")
    return status, rows


STATES = {"✗": "WRONG", "!": "note", "✓": "ok"}


async def test_all_is_well_before_the_first_start_and_nothing_is_changed(
    settings: Callable[..., Settings],
    stripe: StripeServer,
    discord: FakeDiscord,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, rows = await shown(settings(), capsys)
    assert status == 0, rows
    assert not files(tmp_path)
    assert not [path for path in stripe.calls.paths if path.startswith("POST")]
    assert {one.method for one in discord.seen} == {"GET"}
    assert discord.gateway.identified == 0
    assert rows["Database"].startswith("ok")
    assert rows["Sales channel"].startswith("ok")
    assert rows["Disputes (read)"].startswith("ok")
    assert "can't be tested safely" in rows["Payment Links (write)"]
    assert rows["This machine"].startswith("note")
    for clock in ("Clock, by Stripe's", "Clock, by Discord's"):
        assert rows[clock].startswith("ok")


async def test_each_thing_that_is_wrong_is_found_beside_the_others(
    settings: Callable[..., Settings],
    stripe: StripeServer,
    discord: FakeDiscord,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = settings(
        stripe_webhook_secret="something", public_url=stripe.url, port=stripe.url.rsplit(":")[-1]
    )
    stripe.faults.denied |= {"dispute", "webhook_endpoint"}
    discord.guild.channels[CHANNEL].make_public()
    discord.gateway.shut = True
    (tmp_path / "books.db").write_text("no database" * 100)
    status, rows = await shown(chosen, capsys, off=400)
    assert status == 1
    wrong = {subject for subject, row in rows.items() if row.startswith("WRONG")}
    assert wrong == {
        *("STRIPE_WEBHOOK_SECRET", "Database", "Discord's gateway", "Sales channel"),
        *("Disputes (read)", "This machine", "From the internet"),
        *("Clock, by Stripe's", "Clock, by Discord's"),
    }
    assert "everyone can see it" in rows["Sales channel"]
    assert "400 s fast" in rows["Clock, by Stripe's"]
    assert "may not list endpoints" in rows["Endpoint in Stripe"]
    assert rows["Disputes (read)"].endswith("(rak_dispute_read) → Edit → Disputes: Read")


async def test_without_an_address_no_endpoint_is_missing(
    settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows = await shown(settings(stripe_webhook_secret=None), capsys)
    assert status == 0, rows
    assert rows["STRIPE_WEBHOOK_SECRET"] == "ok not set: the bot asks Stripe for its events"
    assert "Endpoint in Stripe" not in rows


async def test_a_permission_that_only_expanding_takes_is_named(
    settings: Callable[..., Settings], stripe: StripeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    stripe.faults.lacking.add("rak_balance_transaction_source_read")
    status, rows = await shown(settings(), capsys)
    assert status == 1
    row = rows["Balance Transaction Sources (read)"]
    assert row.startswith("WRONG")
    assert "rak_balance_transaction_source_read" in row
    assert "Edit → Balance Transaction Sources: Read" in row
    assert rows["Balance (read)"].startswith("ok")


async def test_what_the_bot_may_not_do_in_a_channel_is_named(
    settings: Callable[..., Settings],
    discord: FakeDiscord,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also in the channels that were chosen in Discord, which the database tells."""
    chosen = settings(discord_alerts_channel=None)
    quiet = discord.guild.add_channel(2000)
    quiet.deny_bot(embed_links=True, attach_files=True)
    async with open_store(chosen.database_url) as store, store.write() as connection:
        producer = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        await producers.set_channel(connection, producer.id, 100, quiet.id)
        producer = await producers.by_id(connection, producer.id)
        chosen_too = replace(NONE_CHOSEN, channels={Topic.PAYOUTS: CHANNEL + 7})
        await producers.set_preferences(connection, producer, chosen_too)
    status, rows = await shown(chosen, capsys)
    assert status == 1
    assert "the bot lacks Embed Links, Attach Files" in rows["Sales channel"]
    assert "no longer exists" in rows["Payouts channel"]
    assert rows["Database"].startswith("ok")


async def test_who_else_may_see_sales_or_add_the_bot_is_said(
    settings: Callable[..., Settings],
    discord: FakeDiscord,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, rows = await shown(settings(), capsys)
    assert rows["Public Bot"].startswith("ok")
    assert rows["Sales channel"].startswith("ok")

    discord.application["bot_public"] = True
    discord.guild.member_count = 5003
    discord.guild.channels[CHANNEL].let_in(discord.guild.add_role(301, "Verified", 4812))
    status, rows = await shown(settings(), capsys)
    assert status == 0
    assert rows["Public Bot"].startswith("note")
    assert "Bot → Public Bot: off" in rows["Public Bot"]
    assert rows["Sales channel"].startswith("note")
    assert "Verified (4,812 of 5,003)" in rows["Sales channel"]

    discord.application["interactions_endpoint_url"] = "https://else.example/hook"
    discord.fail("GET", "/roles/member-counts", status=403)
    status, rows = await shown(settings(), capsys)
    assert "through Verified" in rows["Sales channel"]
    assert status == 1
    assert "clear it" in rows["Interactions Endpoint URL"]


async def test_refused_secrets_and_silence_are_told_apart(
    settings: Callable[..., Settings],
    stripe: StripeServer,
    discord: FakeDiscord,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    discord.token, stripe.key = "another", "rk_test_another"
    status, rows = await shown(settings(), capsys)
    assert status == 1
    assert "rejected this token" in rows["Discord"]
    assert "does not know this API key" in rows["Stripe"]

    monkeypatch.setattr("bot.terminal.check.PATIENCE", 0.3)
    stripe.faults.delay = 60.0
    await discord.shut()
    status, rows = await shown(settings(), capsys)
    assert status == 1
    assert "no answer within" in rows["Stripe"]
    assert "did not answer" in rows["Discord"]
    assert rows["DISCORD_TOKEN"].startswith("ok")


async def test_only_what_is_wrong_is_shown_with_a_link_in_one_piece(
    settings: Callable[..., Settings],
    discord: FakeDiscord,
    stripe: StripeServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also in a narrow terminal; findings in a row that have the same link show it once."""
    discord.token = "another"
    stripe.faults.denied |= {"dispute", "payout"}
    for name, value in {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "30", "LINES": "9"}.items():
        monkeypatch.setenv(name, value)
    await check(settings(stripe_webhook_secret=None), now)
    assert capsys.readouterr().out.splitlines() == [
        "✗ Discord: rejected this",
        "  token → your application →",
        "  Bot → Reset Token",
        "  https://discord.com/developers/applications",
        "✗ Disputes (read): not",
        "  allowed (rak_dispute_read) →",
        "  Edit → Disputes: Read",
        "✗ Payouts (read): not",
        "  allowed (rak_payout_read) →",
        "  Edit → Payouts: Read",
        "  https://dashboard.stripe.com/apikeys",
        "! This machine: no bot is",
        "  running here → producer-bot",
        "  run",
        "3 wrong, 27 fine, 4 can't be tested (--all)",
    ]


@pytest.mark.parametrize(
    ("name", "state"), [("STRIPE_API_KYE", "WRONG"), ("DISCORD_ALERTS_CHANEL", "note")]
)
async def test_a_misspelt_setting_is_named_with_what_was_meant(
    settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    state: str,
) -> None:
    """The environment may have it for another program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("STRIPE_API_KYE=rk_test_hunter2")
    monkeypatch.setenv("DISCORD_ALERTS_CHANEL", "12")
    for known in ("STRIPE_API_KEY", "DISCORD_ALERTS_CHANNEL"):
        monkeypatch.delenv(known, raising=False)
    _, rows = await shown(settings(), capsys)
    assert rows[name].startswith(f"{state} no such setting")
    assert "→ Did you mean " in rows[name]


@pytest.mark.parametrize(
    ("line", "apart"),
    [
        ("https://a.example/b → c → d", ("c → d", "https://a.example/b")),
        ("X is missing: https://a.example/b → c", ("X is missing: c", "https://a.example/b")),
        ("such as E: https://a.example/b", ("such as E", "https://a.example/b")),
        ("the https:// address", ("the https:// address", "")),
    ],
)
def test_a_link_is_taken_out_of_a_line(line: str, apart: tuple[str, str]) -> None:
    assert link_apart(line) == apart


VERSION = "2026-10-28.endive"
WHOLE = {
    "url": f"{URL}/webhooks/stripe",
    "status": "enabled",
    "livemode": True,
    "enabled_events": list(TYPES),
    "api_version": VERSION,
}


def judged(*registered: object, public_url: str | None = URL) -> list[Finding]:
    return endpoint_findings(
        registered,  # type: ignore[arg-type]  # as Stripe has them
        public_url=public_url,
        livemode=True,
        types=TYPES,
        version=VERSION,
    )


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, State.OK, "receives all"),
        ({"enabled_events": ["*"]}, State.OK, "receives all"),
        ({"url": "https://BEATS.example.com/webhooks/stripe/"}, State.OK, "receives all"),
        ({"status": "disabled"}, State.WRONG, "disabled"),
        ({"livemode": False}, State.WRONG, "not in the same mode"),
        ({"api_version": None}, State.NOTE, "the account's API version"),
        ({"api_version": "2020-08-27"}, State.NOTE, "API version 2020-08-27"),
        ({"enabled_events": list(TYPES)[2:]}, State.WRONG, "checkout.session.completed"),
        ({"enabled_events": None}, State.WRONG, f"{len(TYPES)} of {len(TYPES)}"),
        (
            {"url": "https://u:p@else.example/hook?token=t"},
            State.WRONG,
            "https://else.example/hook",
        ),
        ({"url": None}, State.WRONG, "none for https://beats.example.com/webhooks/stripe"),
    ],
)
def test_an_endpoint_is_compared_with_what_the_bot_needs(
    changes: dict[str, object], state: State, words: str
) -> None:
    [found] = judged({**WHOLE, **changes})
    assert found.state is state
    assert words in found.meaning
    assert "token=t" not in found.meaning


def test_two_endpoints_and_none() -> None:
    assert "2 endpoints call the bot" in judged(WHOLE, WHOLE)[-1].meaning
    assert [found.state for found in judged()] == [State.WRONG]
    assert [found.state for found in judged(WHOLE, public_url=None)] == [State.OK]


async def test_a_database_that_cannot_be_written_is_named(
    settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a disk that is mounted read-only: modes do not hold root, who may run these tests."""
    chosen = settings()
    async with open_store(chosen.database_url):
        pass
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
    status, rows = await shown(chosen, capsys)
    assert status == 1
    assert rows["Database"].startswith("WRONG")
    assert "cannot be written" in rows["Database"]
