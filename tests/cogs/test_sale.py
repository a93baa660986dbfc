"""`/sale`, and what else opens one sale: buttons, menus, neighbors."""

from dataclasses import replace

import pytest

from bot.domain.payout import Payout, PayoutItem
from bot.domain.sale import Producer
from bot.store.books import payouts, producers
from bot.text.alert import burst
from tests import factories as make
from tests.cogs.house import (
    NOW,
    House,
    answer_of,
    embed_of,
    labels,
    options_of,
    said,
)
from tests.store import samples


@pytest.mark.parametrize("typed", ["#1001", "1001", " # 1001 ", "#1001 Midnight Drive · Basic"])
async def test_a_sale_is_found_by_its_number(house: House, typed: str) -> None:
    await house.sell(1)
    assert embed_of(await house.ask("sale", sale=typed)).author.name == "Sale #1001 · paid"


@pytest.mark.parametrize("typed", ["abc", "#", "10.5", "-1001", "1001x", "١٠٠١", "@everyone"])
async def test_what_is_no_number_gets_one_line(house: House, typed: str) -> None:
    line = said(await house.ask("sale", sale=typed)).strip()
    assert "is not a sale number" in line
    assert "\n" not in line


@pytest.mark.parametrize("command", ["sale", "buyer", "license"])
async def test_a_number_is_completed_and_refused_alike_wherever_a_sale_is_asked_for(
    house: House, command: str
) -> None:
    line = said(await house.ask(command, sale="#99999")).strip()
    assert line == "There is no sale #99999. `/sales` lists all of them."
    assert "is not a sale number" in said(await house.ask(command, sale="abc"))
    await house.sell(12)
    choices = await house.complete(command, "sale", "#101")
    assert [choice["value"] for choice in choices] == ["#1012", "#1011", "#1010"]
    assert choices[0]["name"] == "#1012 Midnight Drive · Basic Lease · Mar 10"


async def test_a_record_shows_every_amount(house: House) -> None:
    bought = make.settled(make.paid("1"), tax=20)
    await house.write(make.refunded(bought, 1000))
    text = said(await house.ask("sale", sale="1001"))
    for line in (
        "Buyer paid        $30.00",
        "Stripe fee        -$1.20",
        "Tax on the fee    -$0.20",
        "Refunded         -$10.00",
        "$18.60 net · Midnight Drive",
    ):
        assert line in text
    assert "`Ana.Lima@example.com`" in text
    assert "**Ana Lima** 🇧🇷 · First purchase" in text
    assert "Platform fee" not in text


async def test_a_record_leads_to_the_other_sales_of_its_payment(house: House) -> None:
    cart = make.paid("1", make.lease(), make.exclusive("Glass City"))
    await house.write(make.settled(cart))
    opened = await house.ask("sale", sale="1001")
    assert options_of(opened) == ["#1002 Glass City"]
    sibling = await house.choose(opened, "1:1002")
    assert "**Exclusive** · No earlier leases" in said(sibling)


async def test_buttons_and_menus_work_after_a_restart(house: House) -> None:
    ids = await house.write(make.settled(make.paid("1")), make.paid("2"))
    alert = await house.alert()
    shared = await house.post(burst([await house.record(one) for one in ids]))
    await house.restart()
    pressed = await house.owner.click(alert, label="Sale")
    assert embed_of(pressed).author.name == "Sale #1001 · paid"
    chosen = await house.owner.select(shared, ["1:1002"])
    assert embed_of(chosen).author.name == "Sale #1002 · paid"


async def test_an_alert_of_test_mode_never_opens_the_live_sale_of_its_number(house: House) -> None:
    async with house.store.write() as connection:
        trial = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    trial = replace(trial, guild_id=house.guild.id, channel_id=house.channel.id)
    await house.write(make.paid("1"))
    [known] = await samples.write(house.store, trial, make.paid("2", make.lease("Try out")))
    pressed = await house.owner.click(await house.alert(known, trial), label="Sale")
    assert embed_of(pressed).author.name == "TEST MODE · Sale #1001 · paid"
    assert embed_of(pressed).title == "$30.00 before fees · Try out"
    live = await house.ask("sale", sale="1001")
    assert embed_of(live).title == "$30.00 before fees · Midnight Drive"


async def test_one_record_leads_to_the_next(house: House, producer: Producer) -> None:
    payment = make.settled(make.paid("1", make.lease("Neon Rain")))
    assert payment.movement is not None
    await house.write(payment)
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
    assert {"Buyer", "Track", "License", "Payout", "Details", "Open in Stripe"} == labels(
        sale
    ).keys()
    for label, title in (("Buyer", "Ana Lima"), ("Track", "Neon Rain"), ("Payout", "paid out")):
        neighbor = await house.owner.click(answer_of(sale).message, label=label)
        assert title in said(neighbor)
        assert options_of(neighbor) == ["#1001 Neon Rain"]
        back = await house.choose(neighbor, "1:1001")
        assert "$28.80 net · Neon Rain" in said(back)


async def test_details_open_below_the_record_after_a_restart(house: House) -> None:
    await house.write(make.settled(make.paid("1")))
    sale = await house.ask("sale", sale="1001")
    await house.restart()
    details = await house.click(sale, "Details")
    assert embed_of(details).title == "Sale #1001 · Details"
    assert "You lose Stripe's $1.20 fee." in said(details)
