"""Takes verified events in, marked as ours or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from bot.domain.event_types import TYPES, subject_of, tells_of_sale
from bot.domain.json_access import identifier, mapping
from bot.store.inbox import Inbox, Incoming

log = structlog.get_logger()

_NOT_USED = ("ignored", "foreign")
"""Of these only the fact that they came is kept."""


class Ours(Protocol):
    """Decides which Stripe accounts and modes count."""

    def accepts(self, *, livemode: bool, account: str) -> bool: ...


@dataclass(eq=False)
class Intake:
    """Takes verified events in. The work follows: this only stores them."""

    inbox: Inbox
    scope: Ours

    async def accept(self, body: bytes, event: Mapping[str, Any], received: datetime) -> None:
        """Store an event; return once it is durable. Duplicates are dropped by their id.

        `body` is UTF-8 JSON, `event` the same parsed, with a string `id` and `type`; `received`
        is aware UTC. Raises StoreUnavailable when it could not be stored.
        """
        incoming = self._incoming(body, event, received)
        if not await self.inbox.put(incoming):
            log.info("event came again", event_id=incoming.id, type=incoming.type)
        elif incoming.state == "foreign":
            log.warning(
                "event of another account or mode set aside",
                event_id=incoming.id,
                livemode=incoming.livemode,
                account=incoming.account,
            )
        elif incoming.state == "failed":
            log.error("event not understood", event_id=incoming.id, reason=incoming.error)

    def _incoming(self, body: bytes, event: Mapping[str, Any], received: datetime) -> Incoming:
        livemode = event.get("livemode") is True
        account = str(event.get("account") or "")
        subject = subject_of(event)
        state = self._state(livemode, account, subject, event)
        return Incoming(
            id=event["id"],
            type=event["type"],
            livemode=livemode,
            account=account,
            subject=subject,
            created=_created(event, received),
            received=received,
            state=state,
            error="its object has no id" if state == "failed" else None,
            tells_of_sale=tells_of_sale(event),
            body="" if state in _NOT_USED else body.decode(),
        )

    def _state(
        self, livemode: bool, account: str, subject: str | None, event: Mapping[str, Any]
    ) -> str:
        if not self.scope.accepts(livemode=livemode, account=account):
            return "foreign"
        if subject:
            return "pending"
        shown = mapping(mapping(event.get("data")).get("object"))
        return "failed" if event["type"] in TYPES and identifier(shown) is None else "ignored"


def _created(event: Mapping[str, Any], received: datetime) -> datetime:
    """Stripe's own time of the event; ours if that makes no sense."""
    try:
        return datetime.fromtimestamp(event["created"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return received
