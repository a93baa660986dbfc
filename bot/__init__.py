"""Producer Bot: beat sales from Stripe, announced and answered for in Discord."""

import sys

# stripe imports requests if it finds it, 5 MB that are never used: it is called through aiohttp.
# https://docs.python.org/3/reference/import.html#the-module-cache
sys.modules["requests"] = None  # type: ignore[assignment]
