"""Who was forgotten: recognized by a hash of their email, for what they bought until then."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import mapping, moment
from bot.domain.payment import Payment
from bot.domain.redaction import emails_in, scrubbed
from bot.store.queues.inbox import Incoming
from bot.store.signing_key import ensure_key
from bot.store.tables import forgotten

_SINCE = (
    select(forgotten)
    .where(forgotten.c.producer_id == bindparam("owner"), forgotten.c.until >= bindparam("since"))
    .order_by(forgotten.c.until)
)

_FORGOTTEN_SINCE = (
    select(forgotten.c.until)
    .where(forgotten.c.producer_id == bindparam("owner"), forgotten.c.until >= bindparam("since"))
    .limit(1)
)


async def anyone_since(connection: AsyncConnection, producer_id: int, since: datetime) -> bool:
    """Whether a buyer of this producer was forgotten since a moment."""
    asked = {"owner": producer_id, "since": since}
    return await connection.scalar(_FORGOTTEN_SINCE, asked) is not None


async def cleaned(connection: AsyncConnection, incoming: list[Incoming]) -> list[Incoming]:
    """Events as they are to be kept: without who was forgotten, where they tell of what was before.

    What is recorded of payments sees to itself; this is for events of anything else, such as a
    charge that is no sale of ours.
    """
    known = (await connection.execute(select(forgotten.c.digest, forgotten.c.until))).all()
    if not known:
        return incoming
    key = await ensure_key(connection)
    until: dict[str, datetime] = {}
    for row in known:
        until[row.digest] = max(row.until, until.get(row.digest, row.until))
    return [_without_forgotten(each, key, until) for each in incoming]


def _without_forgotten(incoming: Incoming, key: bytes, until: Mapping[str, datetime]) -> Incoming:
    if "@" not in incoming.body:
        return incoming
    event = mapping(json.loads(incoming.body))
    made = moment(mapping(mapping(event.get("data")).get("object")).get("created"))
    made = made or incoming.created
    for email in emails_in(event):
        since = until.get(_digest(key, email))
        if since is not None and made <= since:
            event = scrubbed(event, email)
    return incoming._replace(body=json.dumps(event))


async def digest(connection: AsyncConnection, email: str) -> str:
    """What stands for an email (case folded): nobody can tell it without the store's key."""
    return _digest(await ensure_key(connection), email)


def _digest(key: bytes, email: str) -> str:
    return hmac.new(key, f"forgotten {email}".encode(), hashlib.sha256).hexdigest()


async def buyer_keys(
    connection: AsyncConnection, producer_id: int, paid: Sequence[Payment]
) -> list[str]:
    """The key of each payment's buyer: that of who was forgotten since, else the email, else the
    payment's own."""
    keys = [payment.buyer.key or payment.key for payment in paid]
    since = min((payment.created for payment in paid), default=None)
    found = await connection.execute(_SINCE, {"owner": producer_id, "since": since})
    rows = found.all()
    for place, payment in enumerate(paid if rows else ()):
        if payment.buyer.key is None:
            continue
        own = await digest(connection, payment.buyer.key)
        whose = (row.key for row in rows if row.digest == own and row.until >= payment.created)
        keys[place] = next(whose, keys[place])
    return keys
