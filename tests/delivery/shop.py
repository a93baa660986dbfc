"""A producer's shop in a test: its sales, its channel, and the dispatcher at work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.delivery.dispatcher import Dispatcher
from bot.domain.payment import Payment
from bot.domain.sale import Producer
from bot.store.engine import Store
from fakes.discord.guild import FakeChannel
from fakes.discord.server import FakeDiscord
from tests.delivery.sales import Sales
from tests.delivery.virtual_time import Runner, VirtualTime


@dataclass(frozen=True, slots=True)
class Shop:
    """All that most tests of delivery need, in one."""

    producer: Producer
    store: Store
    time: VirtualTime
    fake: FakeDiscord
    channel: FakeChannel
    sales: Sales
    states: Callable[[], Awaitable[dict[str, int]]]
    at_work: Runner | None = None
    """The dispatcher; None where a test starts it itself."""

    @property
    def runner(self) -> Runner:
        assert self.at_work is not None
        return self.at_work

    @property
    def dispatcher(self) -> Dispatcher:
        return self.runner.dispatcher

    async def works(self) -> None:
        await self.runner.works()

    async def passes(self, **duration: float) -> None:
        await self.runner.passes(**duration)

    async def sell(self, *names: str) -> list[str]:
        return await self.sales.sell(self.producer, *names)

    async def record(self, *made: Payment, complete: bool = True) -> list[str]:
        return await self.sales.record(self.producer, *made, complete=complete)

    async def sold(self, *names: str) -> list[str]:
        """Sell, and let the dispatcher do what it can now."""
        subjects = await self.sell(*names)
        await self.works()
        return subjects

    async def recorded(self, *made: Payment, complete: bool = True) -> list[str]:
        """Record, and let the dispatcher do what it can now."""
        subjects = await self.record(*made, complete=complete)
        await self.works()
        return subjects

    async def ask_for(self, kind: str, *subjects: str) -> None:
        await self.sales.ask_for(self.producer, kind, *subjects)

    async def pay_out(self, status: str) -> None:
        await self.sales.pay_out(self.producer, status)

    def payment(self, name: str, **changes: Any) -> Payment:
        return self.sales.payment(name, **changes)

    def settled(self, name: str) -> Payment:
        return self.sales.settled(name)

    def refunded(self, name: str, *amounts: int) -> Payment:
        return self.sales.refunded(name, *amounts)
