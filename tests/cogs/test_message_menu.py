"""The menu of a message in the channel: what does it tell of?"""

from dataclasses import replace
from functools import partial

import discord
import pytest
from simcord.backend.errors import SetupError
from simcord.results import InteractionResult

from bot.domain.sale import Producer
from bot.store import discord_messages, outbox
from bot.store.books import producers
from bot.text.alert_replies import alert_url
from bot.text.message import Buttons, Message, links
from tests import factories as make
from tests.cogs.house import NOW, House, embed_of, options_of, said
from tests.cogs.test_payouts import PAYOUT, record
from tests.store import samples

MENU = "Sale of this alert"
UNKNOWN = "I don't know which sale this message is about. `/sales` lists them all."


async def alert(house: House, producer: Producer, *subjects: str, url: str = "") -> discord.Message:
    """A message of the bot's, kept as telling of these."""
    view = Buttons(links("There", url))
    message = await house.post(Message(content="an alert", view=view))
    async with house.store.write() as connection:
        await discord_messages.place(
            connection, producer.id, subjects, house.channel.id, message.id
        )
    return message


async def ask(house: House, message: discord.Message) -> InteractionResult:
    return await house.owner.context_menu(house.channel, MENU, message)


async def test_an_alert_opens_its_sale(house: House, producer: Producer) -> None:
    [known] = await house.write(make.settled(make.paid("1")))
    told = await alert(house, producer, f"payment:{known}")
    assert embed_of(await ask(house, told)).author.name == "Sale #1001 · paid"
    copy = await house.owner.forward(told, house.channel)
    assert embed_of(await ask(house, copy)).author.name == "Sale #1001 · paid"


async def test_what_tells_of_several_sales_lists_them(house: House, producer: Producer) -> None:
    cart = make.paid("1", make.lease(), make.lease("Glass City"))
    known = await house.write(cart, make.paid("2"))
    told = await alert(house, producer, *(f"payment:{one}" for one in known))
    answer = await ask(house, told)
    assert embed_of(answer).title == "3 sales in this alert"
    assert [one[:5] for one in options_of(answer)] == ["#1001", "#1002", "#1003"]


async def test_news_of_a_sale_open_it_wherever_they_stand(house: House, producer: Producer) -> None:
    [known] = await house.write(make.settled(make.paid("1")))
    told = await alert(house, producer, f"payment:{known}")
    url = alert_url(replace(producer, guild_id=1), 2, told.id)
    elsewhere = await alert(house, producer, "reply:unknown", url=url)
    assert embed_of(await ask(house, elsewhere)).author.name == "Sale #1001 · paid"
    async with house.store.write() as connection:
        put = partial(outbox.put, connection, producer.id, kind="reply", now=NOW)
        await put(subject=f"payment:{known}", key="refund:1")
    news = await alert(house, producer, "reply:refund:1")
    assert embed_of(await ask(house, news)).author.name == "Sale #1001 · paid"


async def test_a_payouts_message_opens_the_payout(house: House, producer: Producer) -> None:
    await record(house.store, producer, PAYOUT)
    told = await alert(house, producer, "payout:po_1")
    assert embed_of(await ask(house, told)).title == "$23.80 paid out"


async def test_a_message_that_tells_of_no_sale_gets_one_line(
    house: House, producer: Producer
) -> None:
    chat = await house.owner.send(house.channel, "when is the next drop?")
    digest = await alert(house, producer, "notice:digest:weekly:20260302")
    forgotten = await alert(house, producer, "payment:77", "payout:po_77", url="https://x.example")
    for message in (chat, digest, forgotten):
        assert said(await ask(house, message)).strip() == UNKNOWN


async def test_test_mode_opens_its_own_sale(house: House) -> None:
    async with house.store.write() as connection:
        trial = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        await producers.set_channel(connection, trial.id, house.guild.id, house.channel.id)
    await house.write(make.paid("1"))
    [known] = await samples.write(house.store, trial, make.paid("2"))
    told = await alert(house, trial, f"payment:{known}")
    assert embed_of(await ask(house, told)).author.name == "TEST MODE · Sale #1001 · paid"


async def test_it_is_for_those_who_may_manage_the_producers_server(
    house: House, producer: Producer
) -> None:
    [known] = await house.write(make.paid("1"))
    told = await alert(house, producer, f"payment:{known}")
    async with house.store.write() as connection:
        other = house.env.create_guild("Another")
        await producers.set_channel(connection, producer.id, other.id, 2)
    assert "another server" in said(await ask(house, told))
    hall = house.guild.create_text_channel("hall")
    heard = await house.fan.send(hall, "hello")
    with pytest.raises(SetupError, match="permission"):
        await house.fan.context_menu(hall, MENU, heard)
