"""Buttons that outlive restarts take no memory while they wait."""

from bot.text.alert import payment_alert
from tests import factories as make
from tests.cogs.house import House


async def test_an_alert_is_not_kept_in_memory(house: House) -> None:
    await house.write(make.paid("1"))
    record = await house.record()
    for _ in range(3):
        await house.post(payment_alert(record))
    views = house.env.bot._connection._view_store  # noqa: SLF001 - discord.py's
    assert not views._views  # noqa: SLF001
    assert not views._synced_message_views  # noqa: SLF001
