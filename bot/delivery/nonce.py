"""The nonce of a message: the same for the same news in the same channel, whenever it is sent.

With `enforce_nonce`, which discord.py always sets, Discord answers a repeated nonce with the
message that is there already: https://docs.discord.com/developers/resources/message#create-message
"""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b

LONGEST = 25
"""Characters that Discord takes."""
REMEMBERED = timedelta(seconds=60)
"""How long after it was first sent a repeat is safe without looking. Discord promises "the past
few minutes"; one is well within it."""


def nonce(channel_id: int, keys: Iterable[str]) -> str:
    """Make the nonce for what these outbox keys tell in one message: at most 20 digits."""
    text = "\n".join((str(channel_id), *keys))
    return str(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"))
