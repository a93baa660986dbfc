"""Lists end: in time, and whatever Discord says then."""

from structlog.testing import capture_logs

from bot.ledger.records import Producer
from tests.cogs.house import House, labels
from tests.store import samples


async def test_a_list_that_cannot_be_closed_any_more_is_let_be(
    house: House, producer: Producer
) -> None:
    await samples.write(house.store, producer, *(samples.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    house.env.inject_error("PATCH", "/webhooks/*", status=404, code=10015)
    with capture_logs() as logs:
        await house.env.advance_time(15 * 60)
    assert [one["event"] for one in logs] == ["list_not_closed"]
    assert labels(listed) == {"◀": False, "▶": True}
