"""Whose events count, and for which producer they are written."""

from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.records import Producer
from bot.domain.terms import NO_TEMPLATES, Templates
from bot.store.books import producers

# Events of the account that owns the webhook endpoint carry no account.
OWN_ACCOUNT = ""


class Books:
    """The one Stripe account this bot keeps books for.

    With an API key its mode is the key's, and events of the other mode are set aside. Without one
    both modes are taken, each to books of its own, so that trying with test events spoils nothing.
    """

    def __init__(
        self,
        *,
        livemode: bool | None,
        timezone: str | None,
        templates: Templates = NO_TEMPLATES,
    ) -> None:
        """`livemode`: the key's mode, None without one; `timezone`: IANA name, None if not set.

        `templates`: what licenses are sold under from now on.
        """
        self.templates = templates
        self._livemode = livemode
        self._timezone = timezone
        self._stripe_account: str | None = None

    @property
    def livemode(self) -> bool | None:
        """The key's mode; None without a key."""
        return self._livemode

    @property
    def zone_is_fixed(self) -> bool:
        """Whether the settings name the time zone, so that nobody else chooses it."""
        return self._timezone is not None

    def accepts(self, *, livemode: bool, account: str) -> bool:
        """Whether an event of this mode and account (empty for the endpoint's own) is ours."""
        own = account in (OWN_ACCOUNT, self._stripe_account)
        return own and self._livemode in (None, livemode)

    async def open(self, connection: AsyncConnection) -> None:
        """At start: make sure that there is somebody for commands to answer for."""
        producer = await self.producer(connection, livemode=self._livemode is not False)
        if self._timezone is not None:
            await self._set_timezone(connection, producer, self._timezone)
        await producers.set_mode(connection, self._livemode)

    async def learn(
        self,
        connection: AsyncConnection,
        *,
        account: str,
        timezone: str | None,
        name: str | None = None,
    ) -> None:
        """Keep what Stripe says of the account: its id, name, and its time zone, where neither the
        settings nor the producer have said another."""
        self._stripe_account = account
        producer = await self.producer(connection, livemode=self._livemode is not False)
        await producers.set_stripe_account(connection, producer.id, account)
        if name is not None:
            await producers.set_business_name(connection, producer.id, name)
        chosen = self._timezone or producer.preferences.timezone
        if chosen is None and timezone is not None and _is_zone(timezone):
            await self._set_timezone(connection, producer, timezone)

    async def producer(self, connection: AsyncConnection, *, livemode: bool) -> Producer:
        """The producer whose books these events belong in, made at first sight."""
        return await producers.ensure(
            connection, livemode=livemode, account=OWN_ACCOUNT, timezone=self._timezone or "UTC"
        )

    async def known_producer(
        self, connection: AsyncConnection, *, livemode: bool
    ) -> Producer | None:
        """The producer of this mode, if anything was ever written for it."""
        return await producers.find(connection, livemode, OWN_ACCOUNT)

    @staticmethod
    async def _set_timezone(connection: AsyncConnection, producer: Producer, timezone: str) -> None:
        if producer.timezone != timezone:
            await producers.set_timezone(connection, producer, timezone)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
