"""The front door: a verified event goes into the inbox, marked by whether it is ours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from bot.ledger.subjects import subject_of
from bot.store.inbox import Inbox, Incoming

log = structlog.get_logger()


class Ours(Protocol):
    """Decides which Stripe accounts and modes this bot keeps books for."""

    def accepts(self, *, livemode: bool, account: str) -> bool: ...


class Intake:
    """Takes verified events in. Work follows later: this only makes them durable."""

    def __init__(self, inbox: Inbox, books: Ours) -> None:
        self._inbox = inbox
        self._books = books

    async def accept(self, body: bytes, event: Mapping[str, Any], received: datetime) -> None:
        """Store an event; return once it is durable. Duplicates are dropped by their id.

        `body` is UTF-8 JSON, `event` the same parsed, with a string `id` and `type`; `received`
        is aware UTC. Raises StoreUnavailable when it could not be stored.
        """
        incoming = self._incoming(body, event, received)
        if not await self._inbox.put(incoming):
            log.info("event came again", event_id=incoming.id, type=incoming.type)
        elif incoming.state == "foreign":
            log.warning(
                "event of another account or mode set aside",
                event_id=incoming.id,
                livemode=incoming.livemode,
                account=incoming.account,
            )

    def _incoming(self, body: bytes, event: Mapping[str, Any], received: datetime) -> Incoming:
        livemode = event.get("livemode") is True
        account = str(event.get("account") or "")
        subject = subject_of(event)
        return Incoming(
            id=event["id"],
            type=event["type"],
            livemode=livemode,
            account=account,
            subject=subject,
            created=_created(event, received),
            received=received,
            state=self._state(livemode, account, subject),
            body=body.decode(),
        )

    def _state(self, livemode: bool, account: str, subject: str | None) -> str:
        if not self._books.accepts(livemode=livemode, account=account):
            return "foreign"
        return "pending" if subject else "ignored"


def _created(event: Mapping[str, Any], received: datetime) -> datetime:
    """Stripe's own time of the event; ours where it is absurd."""
    try:
        return datetime.fromtimestamp(event["created"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return received
