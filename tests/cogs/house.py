"""A Discord server with the producer, their channel, and the bot at work in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import app_commands
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle
from simcord.env import Env
from simcord.results import InteractionResult

import demo.simulated_discord  # noqa: F401 - simcord then has them
from bot.client import ProducerBot
from bot.domain.payment import Payment
from bot.domain.sale import PaymentRecord, Producer
from bot.store.books import payments, producers
from bot.store.engine import Store
from bot.text.alert import payment_alert
from bot.text.message import Message
from cogs.kit.permission import Say
from tests import factories as make
from tests.store import samples

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
WORKING = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)


@dataclass
class House:
    """What a test walks about in."""

    env: Env
    store: Store
    guild: GuildHandle
    managers: RoleHandle
    channel: ChannelHandle
    """Private: only managers see it."""
    owner: MemberActor
    """The producer, who may manage the server."""
    fan: MemberActor
    """A member like any other."""
    producer: Producer | None
    """Whose bot it is, as they were before the channel was theirs."""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def bot(self) -> ProducerBot:
        bot = self.env.bot
        assert isinstance(bot, ProducerBot)
        return bot

    async def ask(self, command: str, **options: Any) -> InteractionResult:
        """The producer runs a command in their channel."""
        return await self.owner.slash(self.channel, command, **options)

    async def complete(self, command: str, option: str, typed: str) -> list[dict[str, Any]]:
        """What comes up for the producer while they type."""
        return await self.owner.autocomplete(self.channel, command, option, typed)

    async def click(self, answer: InteractionResult, label: str) -> InteractionResult:
        """The producer presses a button of an answer."""
        return await self.owner.click(answer_of(answer).message, label=label)

    async def choose(self, answer: InteractionResult, value: str) -> InteractionResult:
        """The producer chooses in an answer's menu."""
        return await self.owner.select(answer_of(answer).message, [value])

    async def write(self, *payments: Payment, **options: Any) -> list[int]:
        """Write payments of the producer as the sync does; their ids."""
        assert self.producer is not None
        return await samples.write(self.store, self.producer, *payments, **options)

    async def sell(self, count: int) -> None:
        """So many leases, one a minute, numbered from #1001."""
        times = [make.NOON + timedelta(minutes=number) for number in range(count)]
        sold = [make.paid(str(number), at=at) for number, at in enumerate(times)]
        await self.write(*map(make.settled, sold))

    async def record(self, payment_id: int = 1, of: Producer | None = None) -> PaymentRecord:
        owner = of or self.producer
        assert owner is not None
        async with self.store.read() as connection:
            found = await payments.load(connection, owner, payment_id, NOW)
        assert found is not None
        return found

    async def alert(self, payment_id: int = 1, of: Producer | None = None) -> discord.Message:
        """A payment's alert, as it stands now, in the channel."""
        return await self.post(payment_alert(await self.record(payment_id, of)))

    def open_to_all(self) -> None:
        """The producer's channel from now on: one that everybody sees."""
        seen = discord.PermissionOverwrite(view_channel=True)
        self.channel = self.guild.create_text_channel(
            "friends", overwrites={self.guild.default_role: seen}
        )

    async def post(self, message: Message) -> discord.Message:
        """An alert in the producer's channel."""
        channel = self.env.bot.get_channel(self.channel.id)
        assert isinstance(channel, discord.TextChannel)
        assert message.view is not None
        return await channel.send(message.content, embeds=list(message.embeds), view=message.view)

    def private_channel(
        self, name: str, *, seen_by: RoleHandle | None = None, **changes: bool
    ) -> ChannelHandle:
        """A channel for managers and the bot, whose rights there `changes` alters."""
        return private_channel(self.guild, self.managers, name, seen_by=seen_by, **changes)

    def commands(self) -> list[app_commands.Command[Any, ..., Any]]:
        """Every slash command that is registered."""
        known = self.bot.tree.walk_commands()
        return [command for command in known if isinstance(command, app_commands.Command)]

    async def restart(self) -> None:
        """Another process takes over, with the same store."""
        await self.env.restart_bot(client(self.store, **self.options))


def client(store: Store, **options: Any) -> ProducerBot:
    return ProducerBot(store, lambda: NOW, **options)


@asynccontextmanager
async def open_house(
    store: Store, producer: Producer | None, **options: Any
) -> AsyncIterator[House]:
    """A running bot; `producer` is settled in the server, unless None.

    Errors that the bot swallowed fail the test, unless it looked at `house.env.errors`.
    """
    # Not simcord.run(): a fixture of pytest-asyncio is closed in another context than opened.
    env = Env(client(store, **options))
    await env.start()
    try:
        house = _furnish(env, store, producer, options)
        if producer is not None:
            await settle(house, producer)
        yield house
    finally:
        await env.shutdown()
    unseen = env.errors_since(env._errors_acknowledged)  # noqa: SLF001 - simcord's
    if faults := [error for error in unseen if not isinstance(error, Say)]:
        raise BaseExceptionGroup("the bot swallowed errors", faults)


def _furnish(env: Env, store: Store, producer: Producer | None, options: dict[str, Any]) -> House:
    guild = env.create_guild("Night Owl Beats")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return House(
        env=env,
        store=store,
        guild=guild,
        managers=managers,
        channel=private_channel(guild, managers, "sales"),
        owner=guild.add_member(env.create_user("nightowl"), roles=[managers]),
        fan=guild.add_member(env.create_user("fan")),
        producer=producer,
        options=options,
    )


def private_channel(
    guild: GuildHandle,
    managers: RoleHandle,
    name: str,
    *,
    seen_by: RoleHandle | None = None,
    **changes: bool,
) -> ChannelHandle:
    assert guild.me is not None
    working = discord.PermissionOverwrite.from_pair(WORKING, discord.Permissions())
    working.update(**changes)
    overwrites: dict[Any, discord.PermissionOverwrite] = {
        guild.default_role: discord.PermissionOverwrite(view_channel=False),
        managers: discord.PermissionOverwrite(view_channel=True),
        guild.me: working,
    }
    if seen_by is not None:
        overwrites[seen_by] = discord.PermissionOverwrite(view_channel=True)
    return guild.create_text_channel(name, overwrites=overwrites)


async def settle(house: House, producer: Producer) -> None:
    async with house.store.write() as connection:
        await producers.set_channel(connection, producer.id, house.guild.id, house.channel.id)


def said(result: InteractionResult) -> str:
    """All that an answer says, which is for the asker alone."""
    return "\n".join(_texts(answer_of(result)))


def answer_of(result: InteractionResult) -> Any:
    """The answer; a deferred one's is its first followup."""
    answer = result.response or result.followups[0]
    assert answer.ephemeral, "answers are for the asker alone"
    return answer


def embed_of(result: InteractionResult) -> discord.Embed:
    embed: discord.Embed = answer_of(result).embeds[0]
    return embed


def labels(result: InteractionResult) -> dict[str, bool]:
    """An answer's buttons: whether each can be pressed."""
    return {
        part["label"]: not part.get("disabled", False)
        for row in answer_of(result).components
        for part in row["components"]
        if part["type"] == 2
    }


def options_of(result: InteractionResult) -> list[str]:
    """The labels in an answer's menu."""
    return [
        option["label"]
        for row in answer_of(result).components
        for part in row["components"]
        for option in part.get("options", ())
    ]


def menu_of(answer: Any) -> dict[str, str]:
    """The values in an answer's menu, each with its label."""
    return {
        option["value"]: option["label"]
        for row in answer.components
        for part in row["components"]
        for option in part.get("options", ())
    }


def _texts(answer: Any) -> list[str]:
    texts = [answer.content or ""]
    for embed in answer.embeds:
        texts += [embed.author.name or "", embed.title or "", embed.description or ""]
        texts += [f"{field.name}\n{field.value}" for field in embed.fields]
        texts.append(embed.footer.text or "")
    return texts
