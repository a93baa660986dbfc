"""The random key that codes and links are made with: made once, kept with all the rest."""

import secrets

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import key_value

_NOTE = "signing key"
_BYTES = 32


async def ensure_key(connection: AsyncConnection) -> bytes:
    """The store's key, made when there is none yet. A new one would void every code given out."""
    known = await key_value.get(connection, _NOTE)
    if known is not None:
        return bytes.fromhex(known)
    key = secrets.token_bytes(_BYTES)
    await key_value.put(connection, _NOTE, key.hex())
    return key
