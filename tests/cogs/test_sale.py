"""`/sale`, and what else opens one sale: buttons, menus, neighbors."""

from dataclasses import replace

import pytest

from bot.domain.payout import Payout, PayoutItem
from bot.domain.sale import Producer
from bot.store.books import payments, payouts, producers
from bot.text.alert import burst, payment_alert
from tests import factories as make
from tests.cogs.house import (
    NOW,
    House,
    answer_of,
    embed_of,
    labels,
    options_of,
    said,
    sell,
)
from tests.store import samples


@pytest.mark.parametrize("typed", ["#1001", "1001", " # 1001 ", "#1001 Midnight Drive · Basic"])
async def test_a_sale_is_found_by_its_number(house: House, producer: Producer, typed: str) -> None:
    await sell(house, producer, 1)
    assert embed_of(await house.ask("sale", sale=typed)).author.name == "Sale #1001 · paid"


@pytest.mark.parametrize("typed", ["abc", "#", "10.5", "-1001", "1001x", "١٠٠١", "@everyone"])
async def test_what_is_no_number_gets_one_line(house: House, typed: str) -> None:
    line = said(await house.ask("sale", sale=typed)).strip()
    assert "is not a sale number" in line
    assert "\n" not in line


async def test_a_number_without_a_sale_gets_one_line(house: House) -> None:
    line = said(await house.ask("sale", sale="#99999")).strip()
    assert line == "There is no sale #99999. `/sales` lists all of them."


async def test_a_record_shows_every_amount(house: House, producer: Producer) -> None:
    bought = make.settled(make.paid("1"), tax=20)
    await samples.write(house.store, producer, make.refunded(bought, 1000))
    text = said(await house.ask("sale", sale="1001"))
    for line in (
        "Buyer paid        $30.00",
        "Stripe fee        -$1.20",
        "Tax on the fee    -$0.20",
        "Platform fee       $0.00",
        "After fees        $28.60",
        "Refunded         -$10.00",
        "Net               $18.60",
    ):
        assert line in text
    assert "`Ana.Lima@example.com`" in text
    assert "🇧🇷 Brazil" in text


async def test_a_record_leads_to_the_other_sales_of_its_payment(
    house: House, producer: Producer
) -> None:
    cart = make.paid("1", make.lease(), make.exclusive("Glass City"))
    await samples.write(house.store, producer, make.settled(cart))
    opened = await house.ask("sale", sale="1001")
    assert options_of(opened) == ["#1002 Glass City"]
    sibling = await house.owner.select(answer_of(opened).message, ["1:1002"])
    assert embed_of(sibling).title == "Glass City · Exclusive"


async def test_numbers_complete_as_one_types(house: House, producer: Producer) -> None:
    await sell(house, producer, 12)
    choices = await house.complete("sale", "sale", "#101")
    assert [choice["value"] for choice in choices] == ["#1012", "#1011", "#1010"]
    assert choices[0]["name"] == "#1012 Midnight Drive · Basic Lease · Mar 10"


async def test_buttons_and_menus_work_after_a_restart(house: House, producer: Producer) -> None:
    ids = await samples.write(house.store, producer, make.settled(make.paid("1")), make.paid("2"))
    async with house.store.read() as connection:
        records = [await payments.load(connection, producer, one, NOW) for one in ids]
    known = [record for record in records if record is not None]
    alert = await house.post(payment_alert(known[0]))
    shared = await house.post(burst(known))
    await house.restart()
    pressed = await house.owner.click(alert, label="Sale")
    assert embed_of(pressed).author.name == "Sale #1001 · paid"
    chosen = await house.owner.select(shared, ["1:1002"])
    assert embed_of(chosen).author.name == "Sale #1002 · paid"


async def test_an_alert_of_test_mode_never_opens_the_live_sale_of_its_number(
    house: House, producer: Producer
) -> None:
    async with house.store.write() as connection:
        trial = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    trial = replace(trial, guild_id=house.guild.id, channel_id=house.channel.id)
    await samples.write(house.store, producer, make.paid("1"))
    [known] = await samples.write(house.store, trial, make.paid("2", make.lease("Try out")))
    async with house.store.read() as connection:
        record = await payments.load(connection, trial, known, NOW)
    assert record is not None
    pressed = await house.owner.click(await house.post(payment_alert(record)), label="Sale")
    assert embed_of(pressed).author.name == "TEST MODE · Sale #1001 · paid"
    assert embed_of(pressed).title == "Try out · Basic Lease"
    live = await house.ask("sale", sale="1001")
    assert embed_of(live).title == "Midnight Drive · Basic Lease"


async def test_one_record_leads_to_the_next(house: House, producer: Producer) -> None:
    payment = make.settled(make.paid("1", make.lease("Neon Rain")))
    assert payment.movement is not None
    await samples.write(house.store, producer, payment)
    payout = Payout(
        id="po_1",
        amount=2880,
        currency="usd",
        status="paid",
        automatic=True,
        created=NOW,
        arrival=NOW,
        failure=None,
        reconciled=True,
    )
    inside = PayoutItem(movement=payment.movement.id, kind="charge", net=payment.movement.net)
    async with house.store.write() as connection:
        await payouts.record(connection, producer, payout, read=NOW, due=None, now=NOW)
        await payouts.attach(connection, producer.id, "po_1", [inside])
    sale = await house.ask("sale", sale="1001")
    assert {"Buyer", "Track", "License", "Payout"} <= labels(sale).keys()
    for label, title in (("Buyer", "Ana Lima"), ("Track", "Neon Rain"), ("Payout", "paid out")):
        neighbor = await house.owner.click(answer_of(sale).message, label=label)
        assert title in said(neighbor)
        assert options_of(neighbor) == ["#1001 Neon Rain"]
        back = await house.owner.select(answer_of(neighbor).message, ["1:1001"])
        assert "Neon Rain · Basic Lease" in said(back)
