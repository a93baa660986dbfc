"""The sandbox: the real bot between a simulated Discord and a simulated Stripe, and a story.

The product never imports this; only the command line does, when somebody asks for the demo.
"""


def main(seconds: float | None, *, browser: bool) -> None:
    """Play the demo: for `seconds` (its story is told whole all the same), else until Ctrl-C."""
    import asyncio

    from bot.demo.show import show

    asyncio.run(show(seconds, browser=browser))
