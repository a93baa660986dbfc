"""What the bot did, seen from outside: the messages in its channel, the rows of its SQLite file.

The rows can be read while it runs, and after it was killed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fakes.discord.guild import FakeChannel, Json


def alerts(channel: FakeChannel) -> list[Json]:
    """The messages that tell of sales, oldest first."""
    return [message for message in channel.shown if list(_numbers(message))]


def replies(channel: FakeChannel) -> list[Json]:
    """The short messages under them."""
    return [message for message in channel.shown if "message_reference" in message]


def told(channel: FakeChannel) -> list[int]:
    """The payments in the order of their alerts, each by the number of its first sale."""
    return [number for message in channel.shown for number in _numbers(message)]


def button(message: Json, label: str) -> str:
    """The custom id of a message's button."""
    [found] = [part["custom_id"] for part in _parts(message) if part.get("label") == label]
    return str(found)


def _numbers(message: Json) -> Iterator[int]:
    """The first sale of each payment: its button's, or each choice's of a shared message's menu."""
    parts = list(_parts(message))
    alone = [part["custom_id"] for part in parts if part.get("label") == "Buyer"]
    shared = [option["value"] for part in parts for option in part.get("options", ())]
    yield from map(_number, alone or shared)


def _number(name: str) -> int:
    """A sale's number stands last in what names it."""
    return int(name.rpartition(":")[2])


def _parts(message: Json) -> Iterator[Json]:
    for row in message["components"]:
        yield from row["components"]


class Books:
    """The bot's SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all_done(self) -> bool:
        """True when no event waits for work and nothing waits for Discord."""
        pending = "SELECT count(*) FROM events WHERE state IN ('pending', 'waiting')"
        return self.ask(pending) == [(0,)] and self.waiting() == 0

    def all_read(self) -> bool:
        """True when every payment was read from Stripe itself, not only from its events."""
        return self.ask("SELECT count(*) FROM payments WHERE NOT complete") == [(0,)]

    def waiting(self) -> int:
        """How many messages and edits are not yet in Discord."""
        open_news = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
        [(number,)] = self.ask(open_news)
        return int(number)

    def sales_waiting(self) -> int:
        """How many payments are to be announced in Discord, and are not."""
        query = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
        [(number,)] = self.ask(f"{query} AND kind = 'announce'")
        return int(number)

    def event_ids(self) -> set[str]:
        """Every event that is kept."""
        return {event_id for (event_id,) in self.ask("SELECT id FROM events")}

    def first_sales(self) -> dict[int, str]:
        """The keys of payments, by the number of the first sale of each."""
        return dict(
            self.ask(
                "SELECT min(number), key FROM sales JOIN payments ON payments.id = payment_id "
                "GROUP BY payment_id"
            )
        )

    def age_news(self, by: timedelta) -> None:
        """Make attempts at Discord look this much older, as after a long absence of the bot."""
        with self._opened() as connection:
            connection.execute("UPDATE outbox SET begun = begun - ?", (by.total_seconds(),))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else write meanwhile: a disk that takes its time."""
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self._opened() as connection:
            return list(connection.execute(query))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            yield connection
