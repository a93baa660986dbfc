"""`producer-bot setup`: from two secrets to a test sale in the channel.

Its steps ask only what is not answered yet, and check everything each time: so it may be
interrupted anywhere, run again, and run again years later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from bot.domain.key_permissions import Resource
from bot.domain.period import Clock
from bot.domain.test_sale import Progress, Step
from bot.domain.time_zones import similar_zones
from bot.logs import configure_logs
from bot.settings import WEBHOOK_PATH, WHERE, Settings, SettingsWrong, read_settings
from bot.store.engine import StoreUnavailable
from bot.stripe_api import livemode_of
from bot.terminal import setup_stripe
from bot.terminal.check_discord import MAKE_PRIVATE, PORTAL
from bot.terminal.check_stripe import DASHBOARD
from bot.terminal.env_file import DRAFT, Answers
from bot.terminal.questions import Questions, Skipped, Trouble, Unanswered, Unusable, usable
from bot.terminal.service import Machine, install_service, owner_of
from bot.terminal.setup_discord import (
    LOOK_AGAIN,
    BotAccount,
    Channel,
    ChannelChoice,
    Server,
    account_of,
    invitation,
    servers_of,
)
from bot.terminal.setup_stripe import KEYS, Key
from bot.terminal.time_zone import machine_time_zone
from bot.terminal.update import in_image
from bot.text.problem_words import reason_words
from bot.text.stripe_key import NAMES

SendTestSale = Callable[[Settings], Awaitable[Progress]]

T = TypeVar("T")

SECRET = "STRIPE_WEBHOOK_SECRET"  # noqa: S105 - its name
WELL, UNFINISHED, INTERRUPTED = 0, 1, 130
SERVER_PATIENCE = 1800.0, 120.0
"""Seconds to wait until the bot is in a server: for a person, for a script."""
KEPT = (
    "The answers so far are kept: run this again to go on. To change an answer, delete its line in "
    f"{DRAFT} and in .env first."
)
ABOUT_ADDRESS = (
    "If the internet reaches this machine at an https:// address, Stripe calls the bot there, and",
    "your buyers get a page. Without an address the bot asks Stripe: no sale is missed.",
)


def set_up(
    folder: Path,
    clock: Clock,
    send_test_sale: SendTestSale,
    *,
    scripted: bool,
    live: bool,
    service: bool,
    machine: Machine | None = None,
) -> int:
    """Set a bot up in a folder; the exit status, 0 only once the test sale is in the channel.

    `service`: then let the system of this machine start it; a bot that is set up already is not
    set up again.
    Raises SettingsWrong for a file of settings that can't be read.
    """
    configure_logs("console")
    # Of the test sale's bot only what it cannot explain otherwise.
    logging.getLogger().setLevel(logging.ERROR)
    questions = Questions(Answers(folder), scripted=scripted)
    if not service or live or not _is_set_up(questions.answers):
        if service and (machine or Machine()).root and owner_of(folder) != "root":
            whose = f"This folder belongs to {owner_of(folder)}"
            cure = "Run this as its owner, without sudo."
            questions.wrong(Trouble(f"{whose}: the bot could not read what root writes.", cure))
            return UNFINISHED
        status = SetUp(questions, clock, send_test_sale, live=live).run()
        if status or not service:
            return status
    try:
        questions.say(*install_service(folder, machine or Machine()))
    except Trouble as trouble:
        questions.wrong(trouble)
        return UNFINISHED
    return WELL


class SetUp:
    """One run of the set-up, in a folder."""

    def __init__(
        self, questions: Questions, clock: Clock, send_test_sale: SendTestSale, *, live: bool
    ) -> None:
        self._questions = questions
        self._answers = questions.answers
        self._clock = clock
        self._send_test_sale = send_test_sale
        self._live = live
        if live and not _is_live(self._answers.finished.get("STRIPE_API_KEY")):
            self._answers.forget("STRIPE_API_KEY", SECRET)

    def run(self) -> int:
        """All steps; the exit status, 0 only once the test sale is in the channel."""
        say = self._questions.say
        try:
            self._in_folder(self._answers.save)
            account = self._account()
            channel = self._channel(account)
            address = self._address()
            key = self._key(address)
            while address and not self._endpoint(key, address, account):
                address = self._address()
            if not address:
                self._without_address()
            self._time_zone(key)
            self._write()
            self._test_sale(channel)
            self._in_folder(self._answers.finish)
        except Unanswered:
            say("", f"Not finished yet. {KEPT}")
            return UNFINISHED
        except (KeyboardInterrupt, EOFError):
            say("", f"Stopped. {KEPT}")
            return INTERRUPTED
        self._next(key, address)
        return WELL

    def _keep(self, name: str, value: str) -> None:
        self._in_folder(lambda: self._answers.keep(name, value))

    def _in_folder(self, write: Callable[[], T]) -> T:
        """Write in the folder; one that can't be written is a step to try again."""

        async def written() -> T:
            try:
                return write()
            except OSError as error:
                raise _unwritable(self._answers.file.parent, error) from None

        return self._questions.retry("", written)

    def _url(self, name: str) -> str:
        """Where an API is: the simulators are elsewhere."""
        default = Settings.model_fields[name.lower()].default
        return (self._answers[name] or str(default)).rstrip("/")

    def _account(self) -> BotAccount:
        account = self._questions.ask(
            "DISCORD_TOKEN",
            "Bot token (three parts with dots; it stays hidden)",
            account_of(self._url("DISCORD_API_URL"), self._clock),
            secret=True,
            before=(
                "1. The bot's account in Discord",
                f"   {PORTAL} → New Application. Its name is the bot's name.",
                "   Installation → Install Link: None → Save Changes.",
                "   Bot → Public Bot: off → Save Changes. Then nobody else can add it to a server.",
                "   Bot → Reset Token → Copy.",
            ),
        )
        self._keep("DISCORD_TOKEN", account.token)
        self._questions.done(f"Connected to Discord as {account.name}")
        if account.public:
            said = "Others can add it to their servers too; it shows them nothing."
            self._questions.note(said, MAKE_PRIVATE)
        return account

    def _servers(self, account: BotAccount) -> list[Server]:
        """The bot's servers, as soon as it is in one."""
        patience = SERVER_PATIENCE[self._questions.scripted]

        async def look() -> list[Server]:
            found = await servers_of(self._url("DISCORD_API_URL"), account)
            if found:
                return found
            lines = invitation(account, draws=self._questions.draws)
            self._questions.say("", *lines, "", "Waiting for the bot to join a server …")
            try:
                async with asyncio.timeout(patience):
                    while not found:
                        await asyncio.sleep(LOOK_AGAIN)
                        found = await servers_of(self._url("DISCORD_API_URL"), account)
            except TimeoutError:
                raise Trouble("The bot is not in a server yet.", account.invitation) from None
            return found

        found = self._questions.retry("DISCORD_TOKEN", look)
        self._questions.done(f"{account.name} is in {', '.join(one.name for one in found)}")
        return found

    def _channel(self, account: BotAccount) -> Channel:
        servers = self._servers(account)
        insist = not self._questions.scripted
        url = self._url("DISCORD_API_URL")
        choice = ChannelChoice(url, account, servers, insist=insist)
        channel = self._questions.ask(
            "DISCORD_ALERTS_CHANNEL",
            "Number, or a channel's id",
            choice.check,
            default=choice.default,
            before=("2. The channel in Discord", *(f"   {line}" for line in choice.lines)),
        )
        self._keep("DISCORD_ALERTS_CHANNEL", str(channel.id))
        self._questions.done(f"#{channel.name} is private, and the bot can post there")
        return channel

    def _address(self) -> str:
        """The https address; empty without one."""
        if self._live and self._answers["PUBLIC_URL"] is None:
            return ""
        address = self._questions.ask(
            "PUBLIC_URL",
            "Address, such as https://beats.example.com, or none",
            _address,
            default="",
            before=("3. An address on the internet", *(f"   {line}" for line in ABOUT_ADDRESS)),
        )
        self._keep("PUBLIC_URL", address)
        self._questions.done(address or "No address: the bot asks Stripe for what is new")
        return address

    def _key(self, address: str) -> Key:
        finished = self._answers.finished.get("STRIPE_API_KEY")
        live = True if self._live else _is_live(finished)
        link = setup_stripe.key_link(endpoint=bool(address))
        trying = "   To try it out without money, switch to a sandbox in Stripe's Dashboard first."
        key = self._questions.ask(
            "STRIPE_API_KEY",
            f"Key ({'rk_live_…' if live else 'rk_test_… or rk_live_…'}; it stays hidden)",
            setup_stripe.key_check(self._url("STRIPE_API_URL"), live=live, link=link),
            secret=True,
            before=(
                "4. The key for Stripe. It can't move money.",
                *(() if live else (trying,)),
                "   This link fills in Stripe's form. Then: Create key → Reveal → Copy.",
                f"   {link}",
            ),
        )
        self._keep("STRIPE_API_KEY", key.value)
        self._questions.done(f"Stripe accepted the key: {_mode(key)}")
        for line in setup_stripe.ability_lines(key):
            self._questions.done(line)
        return key

    def _without_address(self) -> None:
        if self._live:
            self._keep(SECRET, "")
        elif self._answers[SECRET]:
            self._questions.note(
                "A webhook's signing secret is set, so the bot expects webhooks from Stripe.",
                f"If Stripe sends it none, delete {SECRET} in .env.",
            )

    def _endpoint(self, key: Key, address: str, account: BotAccount) -> bool:
        """The webhook endpoint; its secret is kept as soon as Stripe has told it. False if Stripe
        does not call this address, which is then asked for again."""

        async def set_up() -> setup_stripe.EndpointSetUp:
            try:
                return await setup_stripe.set_up_endpoint(
                    key,
                    self._url("STRIPE_API_URL"),
                    public_url=address,
                    owner=str(account.application),
                    secret=self._answers[SECRET],
                    keep=lambda secret: self._answers.keep(SECRET, secret),
                )
            except OSError as error:
                raise _unwritable(self._answers.file.parent, error) from None

        if SECRET in self._answers.environment:
            self._questions.note(f"{SECRET} is set in the environment: the endpoint is left alone")
            return True
        without = "the bot then asks Stripe for what is new"
        try:
            found = self._questions.retry(SECRET, set_up, without=without)
        except Skipped:
            self._keep(SECRET, "")
            return True
        except setup_stripe.AddressRefused as refused:
            self._questions.refused("PUBLIC_URL", Trouble(f"{refused}.", WHERE["PUBLIC_URL"]))
            self._in_folder(lambda: self._answers.take_back("PUBLIC_URL"))
            return False
        replaced = " in place of an older one" if found.replaced else ""
        said = f"created{replaced}" if found.created else "is already there"
        self._questions.done(f"Webhook endpoint {said}: {address}{WEBHOOK_PATH}")
        if found.doubles:
            self._questions.note(
                "Another endpoint has the same address, and the bot will refuse what it sends.",
                f"Delete it if you don't need it: {DASHBOARD}",
            )
        return True

    def _time_zone(self, key: Key) -> None:
        zone = self._questions.ask(
            "TIMEZONE",
            "Time zone, such as Europe/Berlin",
            _zone,
            default=_likely_zone(machine_time_zone(), key.timezone),
            before=("5. The time zone in which your days begin",),
        )
        self._keep("TIMEZONE", zone)
        self._questions.done(f"Your days begin at midnight in {zone}")

    def _write(self) -> None:
        kept = self._in_folder(self._answers.write)
        self._questions.done(f"{self._answers.file} is written; only you can read it")
        if kept is not None:
            self._questions.done(f"Your earlier .env is kept as {kept.name}")

    def _test_sale(self, channel: Channel) -> None:
        async def send() -> Progress:
            try:
                # Read each time: it may be .env that is corrected between two tries.
                progress = await self._send_test_sale(read_settings(self._answers.file))
            except SettingsWrong as wrong:
                raise Trouble(*wrong.lines) from None
            except StoreUnavailable as trouble:
                raise Trouble(f"The database: {trouble}", WHERE["DATABASE_URL"]) from None
            except TimeoutError:
                cure = "Does something between this machine and Discord block WebSockets?"
                raise Trouble("Discord's gateway did not answer.", cure) from None
            if Step.POSTED not in dict(progress.steps):
                reason = reason_words(progress.reason) or "Discord refused the connection"
                raise Trouble(f"The test sale got stuck: {reason}.")
            return progress

        self._questions.say("", "Sending a test sale through everything …")
        progress = self._questions.retry("", send)
        seconds = sum(seconds for step, seconds in progress.steps if step is not Step.REMOVED)
        self._questions.done(
            f"Test sale posted in #{channel.name} after {seconds:.1f} s, then removed"
        )

    def _next(self, key: Key, address: str) -> None:
        start = [
            "  producer-bot run               start the bot",
            "  producer-bot setup --service   let this machine start it, and keep it running",
        ]
        if in_image():
            start = ["  docker compose up --detach     start the bot, and keep it running"]
        lines = ["Everything works. What is next:", *start]
        if not key.livemode:
            lines.append("  producer-bot setup --live      once you are ready for real money")
        lines.append("In Discord, /help shows what you can ask.")
        lines.append("To change an answer, delete its line in .env and run this again.")
        if address:
            lines.append("Your address needs a proxy to the bot: the README has the lines for it.")
            name = NAMES[Resource.ENDPOINTS]
            lines.append(f"In Stripe, you can set {name} of the key back to Read: {KEYS}")
        if address and self._live:
            lines.append(f"The sandbox's endpoint is no longer needed: delete it at {DASHBOARD}")
        self._questions.say("", *lines)


def _is_set_up(answers: Answers) -> bool:
    """Whether an earlier run has come to its end: the system starts the bot with `.env` alone."""
    events_come = not {"STRIPE_API_KEY", SECRET}.isdisjoint(answers.finished)
    if "DISCORD_TOKEN" not in answers.finished or not events_come:
        return False
    try:
        read_settings(answers.file)
    except SettingsWrong:
        return False
    return not answers.unfinished


def _is_live(key: str | None) -> bool | None:
    """The mode of a key; None without one."""
    try:
        return livemode_of(key or "")
    except ValueError:
        return None


def _mode(key: Key) -> str:
    return "live mode, real money" if key.livemode else "test mode, no real money"


async def _address(typed: str) -> str:
    """The check of PUBLIC_URL."""
    if typed.casefold() in ("", "no", "none"):
        return ""
    usable("PUBLIC_URL", typed)
    if urlsplit(typed).scheme != "https":
        raise Unusable("Stripe calls only https:// addresses.", "Type none if you have none.")
    return typed.rstrip("/").removesuffix(WEBHOOK_PATH).rstrip("/")


def _likely_zone(machine: str | None, stripe: str | None) -> str:
    """The machine's, but for a server that runs in UTC, whose owner lives elsewhere."""
    if machine is None or machine.rpartition("/")[2] in ("UTC", "UCT", "Universal", "Zulu"):
        return stripe or machine or "UTC"
    return machine


async def _zone(typed: str) -> str:
    """The check of TIMEZONE."""
    zones = available_timezones()
    if typed in zones:
        return typed
    similar = similar_zones(typed, zones)
    if similar:
        said = f"There is no time zone {typed}. Did you mean {' or '.join(similar)}?"
        raise Trouble(said, meant=similar[0])
    raise Unusable("There is no time zone with this name.", WHERE["TIMEZONE"])


def _unwritable(folder: Path, error: OSError) -> Trouble:
    said = f"Nothing can be written in {folder.absolute()}: {error.strerror}."
    return Trouble(said, "Run this in a folder of your own, or make this one writable.")
