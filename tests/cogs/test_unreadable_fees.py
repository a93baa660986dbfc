"""Fees that the API key may not read are told as that everywhere, never as on their way."""

import pytest

from bot.domain.problem import DENIED, KEY, Problem
from bot.domain.sale import Producer
from bot.store.books import problem_log
from tests import factories as make
from tests.cogs.house import House, embed_of, said

LACKING = "rak_balance_read"
WHY = f"My Stripe key can't read fees: give it the permission `{LACKING}` in Stripe"


@pytest.fixture
async def unreadable(house: House, producer: Producer) -> House:
    """Two sales, the second of which was sold since the key lacks a permission."""
    await house.write(make.settled(make.paid("1")))
    await house.write(make.paid("2", make.lease("Low Tide")), complete=False)
    await lack(house, producer)
    return house


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("sales", {}),
        ("stats", {"period": "all"}),
        ("payouts", {}),
        ("sale", {"sale": "1002"}),
        ("export", {"what": "sales", "period": "all"}),
    ],
)
async def test_fees_the_key_may_not_read_are_told_as_that(
    unreadable: House, command: str, options: dict[str, str]
) -> None:
    words = said(await unreadable.ask(command, **options))
    assert WHY in words
    assert "settling" not in words
    assert "still wait" not in words


async def test_sales_list_names_what_is_not_known(unreadable: House) -> None:
    words = embed_of(await unreadable.ask("sales")).description or ""
    assert "**$30.00** Low Tide · before fees" in words
    assert "**$28.80** Midnight Drive · Basic Lease" in words


async def test_payouts_with_nothing_known_to_wait_do_not_say_that_nothing_waits(
    house: House, producer: Producer
) -> None:
    await house.write(make.paid("1"), complete=False)
    await lack(house, producer)
    words = said(await house.ask("payouts"))
    assert WHY in words
    assert "Nothing waits" not in words


async def test_fees_that_could_be_read_since_are_told(house: House, producer: Producer) -> None:
    await house.write(make.settled(make.paid("1")))
    await lack(house, producer)
    for command in ("sales", "stats", "payouts"):
        assert WHY not in said(await house.ask(command))


async def lack(house: House, producer: Producer) -> None:
    """Note that the key turned out to lack the permission."""
    async with house.store.write() as connection:
        found = [Problem(DENIED, said=LACKING)]
        await problem_log.add(connection, producer.id, KEY, found, make.NOON)
