"""What the store holds of how the bot is set up, looked at from outside, and nothing changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from bot.domain.sale import Producer
from bot.store import inbox, outbox
from bot.store.books import producers
from bot.store.engine import StoreUnavailable, open_as_it_is
from bot.store.error_reason import reason
from bot.store.migrations import age


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A database as it is found."""

    age: str
    """empty, older, current, newer or foreign (see bot.store.migrations). But for a current one
    nothing else is known."""
    producer: Producer | None = None
    """Whom commands speak of."""
    last_event: datetime | None = None
    """When Stripe called last; None if it never did."""
    foreign: int = 0
    """Events of another mode or account, kept aside."""
    unsent: int = 0
    """Messages that wait to be sent, or could not be."""


async def inspect(url: str) -> Inspected:
    """Look into the database at `url`. Raises StoreUnavailable where there is none to look into."""
    try:
        async with open_as_it_is(url) as store, store.read() as connection:
            found = await connection.run_sync(age)
            if found != "current":
                return Inspected(age=found)
            return Inspected(
                age=found,
                producer=await producers.current(connection),
                last_event=await inbox.latest(connection),
                foreign=(await inbox.counts(connection)).get("foreign", 0),
                unsent=sum((await outbox.counts(connection)).values()),
            )
    except DBAPIError as error:
        raise StoreUnavailable(reason(error)) from error
