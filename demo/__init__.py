"""The demo: the real bot between a simulated Discord and a simulated Stripe, and a story.

The product never imports this; only the command line does, when the user asks for the demo.
"""

import asyncio
import sys


def main(seconds: float | None, *, browser: bool) -> None:
    """Play the demo: for `seconds` (the whole story is played all the same), else until Ctrl-C."""
    try:
        from demo.run import show
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("bot"):
            raise
        sys.exit(
            f"The demo needs {missing.name}, which comes with the extra [demo]: install "
            '"producer-bot[demo]", or run `make demo` in a clone.'
        )
    asyncio.run(show(seconds, browser=browser))
