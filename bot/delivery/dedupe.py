"""How no message is sent twice: by its nonce, by looking for it, by what a channel shows already.

The nonce is the same for the same news in the same channel. With `enforce_nonce`, which discord.py
always sets, Discord answers a repeated nonce with the message that is there already:
https://docs.discord.com/developers/resources/message#create-message
After a crash or a lost connection, once a nonce may be forgotten, the channel is searched.

After a backup was restored, a channel may show more than the store knows. So before the first
message of a run is posted in a channel, its newest messages are read. Those of our own that the
store does not know were posted from another state of it: what one of them shows is not sent again,
and the message is edited from then on as any other.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import discord
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.batching import Action, Batch
from bot.delivery.compose import Composer, Draft, NothingToSend
from bot.delivery.discord_api import ChannelRef, DiscordApi
from bot.delivery.retry import FAILURES, FailureKind, failure_of
from bot.domain.news import is_milestone
from bot.domain.period import Clock
from bot.domain.sale import PaymentRecord, Producer
from bot.store import discord_messages, outbox
from bot.store.books import payments
from bot.store.engine import Store
from bot.store.outbox import OutboxRow
from bot.text.alert_replies import linked_alert
from bot.text.ids import RECORDS
from bot.text.message import Message

log = structlog.get_logger()

LOOK_BACK = timedelta(days=31)
"""What is older is not sent any more: Stripe keeps its events for 30 days."""
MOST = 5_000
"""Messages that are read at most: fifty requests."""
ENOUGH_KNOWN = 100
"""After so many messages in a row that the store knows, it knows what is older too."""
TRIES = 5
"""How often the reading may fail before alerts go on without it: a second alert is a lesser harm
than a lost one."""

_AMOUNT = re.compile(r"[^\s*]*\d[^\s*]*")
_REFUND, _TRACK_FREE = "↩", "⭐"
_QUOTED = re.compile(r"“([^”\n]+)”")
_MILESTONES = "🌱🎉📈"
_FIRST_SALES = "🌱"
_HUNDREDTH = "🎉"
_AND_MORE = re.compile(r"”[^”\d]+\d[\d,]*[^”\d]*\Z")
_LEFT_ON_SALE = "notice:left_on_sale"
_DIGEST = re.compile(r"/stats (\S+)")


class Found(NamedTuple):
    """The message that shows something already."""

    message_id: int
    slot: int = 0
    """Its place in the message, among the payments that share it."""


class Dedupe:
    """Reads each channel once: our own messages there that the store does not know."""

    def __init__(self, store: Store, api: DiscordApi, clock: Clock) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._unknown: dict[int, dict[int, discord.Message]] = {}
        self._tries: dict[int, int] = {}
        self._looked: set[int] = set()

    async def unsent(
        self, producer: Producer, where: ChannelRef, rows: Sequence[OutboxRow]
    ) -> Sequence[OutboxRow]:
        """The rows that are still to be sent; those that the channel shows already are closed.

        Raises one of FAILURES while the channel cannot be read.
        """
        if not any(_is_post(row) for row in rows):
            return rows
        unknown = await self._unknown_messages(where)
        shown: set[int] = set()
        # What was begun before a crash may stand there, though the store does not know it: two
        # replies can begin alike, and this message is the one of the row that was begun.
        begun = [row for row in rows if row.state == "sending" and _has_its_own(row)]
        claimed = {
            found.message_id
            for row in (begun if unknown else ())
            if (found := await self._find(producer, where, row, unknown)) is not None
        }
        for row in rows if unknown else ():
            if not _is_post(row) or row.id in self._looked:
                continue
            self._looked.add(row.id)
            free = {id_: one for id_, one in unknown.items() if id_ not in claimed}
            found = await self._find(producer, where, row, free if _has_its_own(row) else unknown)
            if found is not None:
                await self._adopt(producer, where, row, found)
                shown.add(row.id)
        return [row for row in rows if row.id not in shown] if shown else rows

    async def _unknown_messages(self, where: ChannelRef) -> dict[int, discord.Message]:
        known = self._unknown.get(where.channel_id)
        if known is not None:
            return known
        try:
            found = await self._read(where)
        except FAILURES as error:
            failure = failure_of(error)
            tries = self._tries[where.channel_id] = self._tries.get(where.channel_id, 0) + 1
            if failure.kind in (FailureKind.RETRY, FailureKind.HALTED) and tries < TRIES:
                raise
            log.warning("channel not read, told perhaps twice", reason=failure.reason)
            found = {}
        if found:
            log.info("channel has messages that the store does not know", messages=len(found))
        self._unknown[where.channel_id] = found
        return found

    async def _read(self, where: ChannelRef) -> dict[int, discord.Message]:
        """The newest messages of ours that the store does not know, oldest first."""
        found: dict[int, discord.Message] = {}
        known_in_a_row = 0
        async for page in self._api.newest(where, self._clock() - LOOK_BACK, MOST):
            async with self._store.read() as connection:
                known = await discord_messages.known(connection, [one.id for one in page])
            for message in page:
                known_in_a_row = known_in_a_row + 1 if message.id in known else 0
                if message.id not in known:
                    found[message.id] = message
            if known_in_a_row >= ENOUGH_KNOWN:
                break
        return dict(sorted(found.items()))

    async def _find(
        self,
        producer: Producer,
        where: ChannelRef,
        row: OutboxRow,
        unknown: Mapping[int, discord.Message],
    ) -> Found | None:
        try:
            async with self._store.read() as connection:
                if row.subject.startswith("payment:") and row.kind == "announce":
                    record = await self._payment(connection, producer, row)
                    return _alert_of(record, unknown.values()) if record else None
                if row.kind == "announce":
                    mark = f"/{row.subject.replace('payout:', 'payouts/')}"
                    return next((Found(m.id) for m in unknown.values() if mark in _urls(m)), None)
                composer = Composer(connection, producer, where.channel_id, self._clock(), True)
                action = Action.REPLY if row.kind == "reply" else Action.NOTICE
                draft = await composer.of(Batch(action=action, rows=(row,)))
                same = [id_ for id_, one in unknown.items() if _shows(row, draft, one)]
                # One that has come to tell of something since is of no other.
                known = await discord_messages.known(connection, same if _has_its_own(row) else ())
        except NothingToSend:
            return None
        return next((Found(id_) for id_ in same if id_ not in known), None)

    async def _payment(
        self, connection: AsyncConnection, producer: Producer, row: OutboxRow
    ) -> PaymentRecord | None:
        id_ = int(row.subject.removeprefix("payment:"))
        return await payments.load(connection, producer, id_, self._clock())

    async def _adopt(
        self, producer: Producer, where: ChannelRef, row: OutboxRow, found: Found
    ) -> None:
        """Close a row that a message shows, and have that message brought up to date."""
        log.info("told already", key=row.key, message_id=found.message_id)
        subject = row.subject if row.kind == "announce" else f"{row.kind}:{row.key}"
        now = self._clock()
        async with self._store.write() as connection:
            await outbox.begin(connection, [row.id], now, where.channel_id)
            await outbox.sent(connection, [row.id])
            place = where.channel_id, found.message_id, found.slot
            await discord_messages.place(connection, producer.id, [subject], *place)
            if row.subject.startswith(("payment:", "payout:")) and row.kind == "announce":
                await outbox.put_edit(connection, producer.id, subject, now)


def _is_post(row: OutboxRow) -> bool:
    """Whether a row is to become a message. What was begun is looked for by the sender."""
    return row.kind != "edit" and row.state == "pending"


def _has_its_own(row: OutboxRow) -> bool:
    """Whether it has a message to itself. Several sales or milestones may share one."""
    return row.kind in ("reply", "notice") and not is_milestone(row.key)


def _alert_of(record: PaymentRecord, found: Iterable[discord.Message]) -> Found | None:
    """A payment's alert: by its address in Stripe; of a free one by its time and its number."""
    payment = record.payment
    name = payment.intent or payment.charge
    at = (payment.paid or payment.created).replace(microsecond=0)
    for message in found:
        if name and f"/payments/{name}" in _urls(message):
            slot = next((i for i, one in enumerate(message.embeds) if name in (one.url or "")), 0)
            return Found(message.id, slot)
        for slot, embed in enumerate(message.embeds if name is None else ()):
            if embed.timestamp == at and f"#{record.sales[0].number}" in (embed.footer.text or ""):
                return Found(message.id, slot)
    return None


def _shows(row: OutboxRow, draft: Draft, found: discord.Message) -> bool:
    """Whether a message says what a reply or a notice is to say."""
    if row.kind == "notice":
        digest = _digest(draft.message)
        if digest is not None:
            return digest == _digest(found)
        if row.subject == _LEFT_ON_SALE:
            return _is_short(found) and head_of(draft.message.content) == head_of(found.content)
        return _is_short(found) and _words(draft.message) == _words(found)
    if is_milestone(row.key):
        # Sent once for all payments, under any alert; and with many others, in a crowd.
        return shows_milestone(draft.message.content or "", _said(found))
    if not _is_short(found) or head_of(draft.message.content) != head_of(found.content):
        return False
    under = draft.under or _linked(_view_urls(draft.message))
    theirs = found.reference.message_id if found.reference else _linked(_addresses(found))
    return under == theirs


def shows_milestone(draft: str, found: str) -> bool:
    """Whether a line of a message says what a draft does: of first sales it may name only some."""
    for sign in (sign for sign in _MILESTONES if sign in draft):
        wanted = _reached(draft, sign)
        for line in (line for line in found.splitlines() if sign in line):
            unnamed = sign == _FIRST_SALES and _AND_MORE.search(line)
            if unnamed or wanted <= _reached(line, sign):
                return True
    return False


def _reached(line: str, sign: str) -> set[str]:
    """The tracks whose first sales a line names; of a hundredth sale its number, whatever words an
    earlier version or another language had for it; of a best day, how it begins."""
    if sign == _FIRST_SALES:
        return set(_QUOTED.findall(line))
    if sign == _HUNDREDTH:
        return set(_AMOUNT.findall(line[line.index(sign) :])[:1])
    return {line[line.index(sign) :].partition(":")[0]}


def _digest(message: Message | discord.Message) -> tuple[str, str] | None:
    """How a digest begins, which says its mode, and its period; None if it is no digest."""
    for embed in message.embeds:
        period = _DIGEST.search(embed.footer.text or "")
        if period:
            return (message.content or "").partition(" · ")[0], period[1]
    return None


def head_of(content: str | None) -> str:
    """How a reply begins: its sign and what happened. The rest may have changed since, as may the
    words for a refund that was on its way: of it only the amount is compared; and of a question
    that was answered only its sign."""
    said = (content or "").partition("\n")[0].split(" · ")
    # Before it may stand, in capital letters, that no real money is meant.
    if len(said) > 1 and said[0].isupper():
        said = said[1:]
    head = next((part for part in said if "**" in part), said[0]).strip()
    if head.startswith(_TRACK_FREE):
        return _TRACK_FREE
    amount = _AMOUNT.search(head)
    return f"{_REFUND} {amount[0]}" if _REFUND in head and amount else head


def _words(message: Message | discord.Message) -> str:
    return " ".join(_said(message).split())


def _said(message: Message | discord.Message) -> str:
    described = (embed.description or "" for embed in message.embeds)
    return "\n".join([message.content or "", *described])


def _is_short(message: discord.Message) -> bool:
    """Whether it is a reply or a notice: no alert, whose embeds have a time, or an author."""
    return not any(embed.timestamp or embed.author.name for embed in message.embeds)


def _urls(message: discord.Message) -> "_Paths":
    return _Paths([*_addresses(message), *(embed.url or "" for embed in message.embeds)])


class _Paths(list[str]):
    """Addresses: one of them has a path `in` it if it ends with it."""

    def __contains__(self, path: object) -> bool:
        return any(address.endswith(str(path)) for address in self)


def _addresses(message: discord.Message) -> Iterator[str]:
    """Where the buttons of a message lead."""
    yield from _of_components(part.to_dict() for part in message.components)


def _view_urls(message: Message) -> Iterator[str]:
    if message.view is not None:
        yield from _of_components(message.view.to_components())


def _of_components(components: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for component in components:
        yield from _of_components(component.get("components", ()))
        if component.get("url"):
            yield str(component["url"])


def _linked(addresses: Iterable[str]) -> int | None:
    """The alert that one of these addresses leads to."""
    return next((alert for url in addresses if (alert := linked_alert(url))), None)


def is_same(draft: Message, under: int | None, found: discord.Message) -> bool:
    """Whether `found`, one of our own messages, tells what `draft` is to tell.

    A message with buttons or a menu is known by their ids, whatever it says by now. Else a reply
    (`under`: the alert's message id) is known by the alert it belongs to, and any other message
    by its text.
    """
    wanted = _marks(draft.view.to_components()) if draft.view is not None else frozenset()
    if wanted:
        return bool(wanted & _marks(part.to_dict() for part in found.components))
    if under is not None and found.reference is not None:
        return found.reference.message_id == under
    return _text(draft.content, draft.embeds) == _text(found.content, found.embeds)


def _marks(components: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """What in buttons and menus names records: custom ids, menu values, addresses."""
    marks: set[str] = set()
    for component in components:
        marks |= _marks(component.get("components", ()))
        marks |= {f"option {option['value']}" for option in component.get("options", ())}
        marks |= {component[name] for name in ("custom_id", "url") if component.get(name)}
    return frozenset(marks - {RECORDS})


def _text(content: str | None, embeds: Iterable[discord.Embed]) -> list[str]:
    """All that a person reads, without the white space that Discord trims."""
    texts = [content or ""]
    for embed in embeds:
        texts += [embed.author.name or "", embed.title or "", embed.description or ""]
    return [text.strip() for text in texts]


LONGEST = 25
"""Characters that Discord takes."""
REMEMBERED = timedelta(seconds=60)
"""How long after it was first sent a repeat is safe without looking. Discord promises "the past
few minutes"; one is well within it."""


def nonce(channel_id: int, keys: Iterable[str]) -> str:
    """Make the nonce for what these outbox keys tell in one message: at most 20 digits."""
    text = "\n".join((str(channel_id), *keys))
    return str(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"))
