"""Buttons that outlive restarts take no memory while they wait."""

from bot.domain.sale import Producer
from bot.store.books import payments
from bot.text.alert import payment_alert
from tests import factories as make
from tests.cogs.house import NOW, House
from tests.store import samples


async def test_an_alert_is_not_kept_in_memory(house: House, producer: Producer) -> None:
    await samples.write(house.store, producer, make.paid("1"))
    async with house.store.read() as connection:
        record = await payments.load(connection, producer, 1, NOW)
    assert record is not None
    for _ in range(3):
        await house.post(payment_alert(record))
    views = house.env.bot._connection._view_store
    assert not views._views
    assert not views._synced_message_views
