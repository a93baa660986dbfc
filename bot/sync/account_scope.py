"""Which Stripe account and mode the bot keeps books for, and what Stripe says of that account."""

from dataclasses import KW_ONLY, dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import mapping, text
from bot.domain.license_terms import NO_TEMPLATES, Templates
from bot.domain.sale import Producer
from bot.loops import Backoff, Loop, Rest
from bot.store.books import producers
from bot.store.engine import Store
from bot.stripe_api import StripeApi, StripeDown, StripeTrouble

# Events of the account that owns the webhook endpoint carry no account.
OWN_ACCOUNT = ""


@dataclass(eq=False)
class AccountScope:
    """The one Stripe account this bot keeps books for.

    With an API key its mode is the key's, and events of the other mode are set aside. Without one
    both modes are taken, each to books of its own, so that trying with test events spoils nothing.
    """

    _: KW_ONLY
    livemode: bool | None
    """The key's mode; None without a key."""
    timezone: str | None
    """IANA name; None if the settings have none."""
    templates: Templates = NO_TEMPLATES
    """What licenses are sold under from now on."""
    stripe_account: str | None = None
    """The account's own id, once Stripe has said it."""

    def accepts(self, *, livemode: bool, account: str) -> bool:
        """Whether an event of this mode and account (empty for the endpoint's own) is ours."""
        own = account in (OWN_ACCOUNT, self.stripe_account)
        return own and self.livemode in (None, livemode)

    async def open(self, connection: AsyncConnection) -> None:
        """At start: make sure that there is a producer whom commands can answer."""
        producer = await self.producer(connection, livemode=self.livemode is not False)
        if self.timezone is not None:
            await _set_timezone(connection, producer, self.timezone)
        await producers.set_mode(connection, self.livemode)

    async def learn(
        self,
        connection: AsyncConnection,
        *,
        account: str,
        timezone: str | None,
        name: str | None = None,
    ) -> None:
        """Keep what Stripe says of the account: its id, its name, and its time zone unless the
        settings or the producer have chosen another."""
        self.stripe_account = account
        producer = await self.producer(connection, livemode=self.livemode is not False)
        await producers.set_stripe_account(connection, producer.id, account)
        if name is not None:
            await producers.set_business_name(connection, producer.id, name)
        chosen = self.timezone or producer.preferences.timezone
        if chosen is None and timezone is not None and _is_zone(timezone):
            await _set_timezone(connection, producer, timezone)

    async def producer(self, connection: AsyncConnection, *, livemode: bool) -> Producer:
        """The producer whose books these events belong in, made at first sight."""
        return await producers.ensure(
            connection, livemode=livemode, account=OWN_ACCOUNT, timezone=self.timezone or "UTC"
        )

    async def known_producer(
        self, connection: AsyncConnection, *, livemode: bool
    ) -> Producer | None:
        """The producer of this mode, if anything was ever written for it."""
        return await producers.find(connection, livemode, OWN_ACCOUNT)


async def _set_timezone(connection: AsyncConnection, producer: Producer, timezone: str) -> None:
    if producer.timezone != timezone:
        await producers.set_timezone(connection, producer, timezone)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


log = structlog.get_logger()


# Seconds between two tries to reach Stripe.
FIRST_DELAY = 5.0
LONGEST_DELAY = 300.0


@dataclass(eq=False)
class AccountSync(Loop):
    """Asks Stripe at start for the account's id and time zone, until it answers."""

    store: Store
    api: StripeApi | None
    scope: AccountScope

    def __post_init__(self) -> None:
        super().__init__()
        self._backoff = Backoff(FIRST_DELAY, LONGEST_DELAY)

    async def open(self) -> None:
        """Open the books of the account's mode, so that commands have a producer to answer."""
        async with self.store.write() as connection:
            await self.scope.open(connection)

    async def step(self) -> Rest | None:
        """Learn the account's id and time zone; try again while Stripe cannot be reached."""
        try:
            if self.api is not None and (account := await self.api.account()) is not None:
                await self._learn(account)
        except StripeDown as trouble:
            log.warning("stripe account not read yet", reason=str(trouble))
            seconds = self._backoff.next()
            return Rest(seconds, deaf=seconds)
        except StripeTrouble as trouble:
            # Only links to the Dashboard and the default time zone need it.
            log.warning("stripe account can't be read with this key", reason=str(trouble))
        self.stop()
        return None

    async def _learn(self, account: dict[str, Any]) -> None:
        dashboard = mapping(mapping(account.get("settings")).get("dashboard"))
        business = mapping(account.get("business_profile"))
        async with self.store.write() as connection:
            await self.scope.learn(
                connection,
                account=str(account["id"]),
                timezone=dashboard.get("timezone"),
                name=text(business.get("name")) or text(dashboard.get("display_name")),
            )
