"""Says that the database cannot be used, and that it can be again: once for all who ask it."""

import asyncio

import structlog

log = structlog.get_logger()

REMIND_SECONDS = 60.0
"""How long until an outage that lasts is said again."""


class Outage:
    """Whether the last thing that was asked of the database worked.

    Says nothing before the first that worked: what opens the database reports that it cannot.
    """

    def __init__(self, what: str) -> None:
        """`what` is asked of it: to `read` or to `write`."""
        self._what = what
        self._worked = False
        self._since: float | None = None
        """When it began, by the loop's clock; None while all is well."""
        self._said = 0.0

    def goes_on(self, reason: str) -> None:
        """Note that the database could not be used."""
        if not self._worked:
            return
        now = asyncio.get_running_loop().time()
        if self._since is None:
            self._since = now
        elif now - self._said < REMIND_SECONDS:
            return
        self._said = now
        seconds = round(now - self._since)
        log.error("database cannot be used", to=self._what, reason=reason, seconds=seconds)

    def is_over(self) -> None:
        """Note that the database could be used."""
        self._worked = True
        if self._since is None:
            return
        seconds = round(asyncio.get_running_loop().time() - self._since)
        self._since = None
        log.info("database can be used again", to=self._what, seconds=seconds)
