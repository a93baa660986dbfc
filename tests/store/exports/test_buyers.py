"""Who may be told news, and who may not."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.exports import BuyerLine, LeftOut
from bot.domain.payment import Buyer, Consent
from bot.domain.records import Producer
from bot.store.engine import Store
from bot.store.exports.buyers import buyer_lines
from tests.store.samples import ANA, BEN, NOON, paid, pending, write

YES = replace(ANA, promotions=Consent.OPT_IN)
NO = replace(BEN, promotions=Consent.OPT_OUT)


async def test_each_buyer_of_the_time_is_one_line(store: Store, producer: Producer) -> None:
    later = NOON + timedelta(days=40)
    await write(
        store,
        producer,
        paid("1", buyer=YES),
        paid("2", buyer=YES, at=later),
        paid("3", buyer=NO),
        paid("4", buyer=Buyer(email="kim@example.org")),
        paid("5", buyer=Buyer(promotions=Consent.OPT_IN)),
        pending(paid("6", buyer=Buyer(email="never@example.org"))),
    )
    lines = await _lines(store, producer)
    assert lines[0] == (YES.email, "Ana Lima", "BR", "opt_in", 2, NOON, later)
    assert [line.agreed for line in lines] == [True, False, False, False]
    left_out = LeftOut()
    left_out.add(lines)
    assert left_out == LeftOut(refused=1, never_asked=1, without_email=1)
    async with store.read() as connection:
        asked = connection, producer, NOON + timedelta(days=1), None
        only = [line async for some in buyer_lines(*asked) for line in some]
    assert only == [(YES.email, "Ana Lima", "BR", "opt_in", 1, later, later)]
    assert await _lines(store, replace(producer, id=producer.id + 1)) == []


async def _lines(store: Store, producer: Producer) -> list[BuyerLine]:
    async with store.read() as connection:
        asked = connection, producer, None, None
        return [line async for some in buyer_lines(*asked, page=2) for line in some]
