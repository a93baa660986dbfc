"""Who was forgotten: recognized by a hash of their email, for what they bought until then."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.payment import Payment
from bot.store.signing import ensure_key
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


async def digest(connection: AsyncConnection, email: str) -> str:
    """What stands for an email (case folded): nobody can tell it without the store's key."""
    key = await ensure_key(connection)
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
