"""`/forget`: a question that shows what goes, and an answer that only who asked can give."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest
from simcord.results import InteractionResult
from structlog.testing import capture_logs

from bot.domain.sale import Producer
from bot.store import tables
from bot.store.books import producers
from bot.store.queries.buyers import of_sale
from bot.text import ids
from bot.text.message import Buttons, Message
from cogs.forget import PATIENCE
from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, labels, said
from tests.store import samples


async def names(house: House, producer: Producer) -> list[str | None]:
    """Whom the first two sales say they are by."""
    async with house.store.read() as connection:
        found = [await of_sale(connection, producer, number, NOW) for number in (1001, 1002)]
    return [one.buyer.name for one in found if one is not None]


@pytest.fixture
async def asked(house: House) -> InteractionResult:
    """A question about Ana, who bought twice under different names."""
    alias = replace(make.ANA, email="ANA.lima@example.com", name="A. **Lima**")
    await house.write(make.paid("1"), make.paid("2", make.lease("B"), buyer=alias))
    return await house.ask("forget", email="Ana <ana.LIMA@example.com>")


async def test_it_asks_first_and_shows_what_goes(
    house: House, producer: Producer, asked: InteractionResult
) -> None:
    text = said(asked)
    assert "`ana.lima@example.com`" in text
    assert "the names A. \\*\\*Lima\\*\\*, Ana Lima" in text
    assert "from 2 payments" in text
    assert "#1001 #1002" in text
    assert labels(asked) == {"Forget them": True, "Keep them": True}
    assert await names(house, producer) == ["A. **Lima**", "A. **Lima**"]


async def test_yes_forgets_and_the_log_says_so_without_saying_who(
    house: House, producer: Producer, asked: InteractionResult
) -> None:
    with capture_logs() as logs:
        done = await house.click(asked, "Forget them")
    assert "Forgotten" in said(done)
    assert "lima" not in said(done).casefold()
    assert labels(done) == {}
    assert await names(house, producer) == [None, None]
    [logged] = [one for one in logs if one["event"] == "buyer forgotten"]
    assert (logged["payments"], logged["sales"]) == (2, [1001, 1002])
    assert "lima" not in str(logs).casefold()
    assert "name and email were removed" in said(await house.ask("sale", sale="1001"))
    assert "name and email were removed" in said(await house.ask("buyer", sale="1001"))
    assert "Forgotten · 2 purchases" in said(await house.ask("buyers"))
    again = await house.ask("forget", email="ana.lima@example.com")
    assert "No purchases with this email" in said(again)


async def test_no_keeps_them(house: House, producer: Producer, asked: InteractionResult) -> None:
    kept = await house.click(asked, "Keep them")
    assert "Nothing was removed." in said(kept)
    assert await names(house, producer) == ["A. **Lima**", "A. **Lima**"]


async def test_a_question_expires(
    house: House, producer: Producer, asked: InteractionResult
) -> None:
    cog: Any = house.bot.get_cog("ForgetCog")
    cog.clock = lambda: NOW + PATIENCE + timedelta(seconds=1)
    late = await house.click(asked, "Forget them")
    assert "has expired; nothing was removed" in said(late)
    assert await names(house, producer) == ["A. **Lima**", "A. **Lima**"]


async def test_nobody_answers_the_question_of_another(
    house: House, producer: Producer, asked: InteractionResult
) -> None:
    other = house.guild.add_member(house.env.create_user("other"), roles=[house.managers])
    [token, _] = re.findall(r"forget:([0-9a-f]{16}):", str(answer_of(asked).components))
    for name in (token, "0" * 16):
        button = discord.ui.Button[discord.ui.View](
            label="Forged", custom_id=ids.FORGET(name, "yes")
        )
        forged = await house.post(Message(content="…", view=Buttons([button])))
        assert "has expired" in said(await other.click(forged, label="Forged"))
    assert await names(house, producer) == ["A. **Lima**", "A. **Lima**"]
    assert "Nothing was removed." in said(await house.click(asked, "Keep them"))


async def test_what_came_meanwhile_is_shown_before_anything_goes(
    house: House, asked: InteractionResult
) -> None:
    await house.write(make.paid("3"))
    again = await house.click(asked, "Forget them")
    assert "Something came in meanwhile" in said(again)
    assert "from 3 payments" in said(again)
    done = await house.click(again, "Forget them")
    assert "Forgotten" in said(done)


async def test_both_modes_of_the_account_forget(house: House, producer: Producer) -> None:
    async with house.store.write() as connection:
        test = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        await producers.set_channel(connection, test.id, house.guild.id, house.channel.id)
        stranger = await producers.ensure(
            connection, livemode=True, account="acct_2", timezone="UTC"
        )
    for one in (producer, test, stranger):
        await samples.write(house.store, one, make.paid("1"))
    asked = await house.ask("forget", email="ana.lima@example.com")
    assert "from 2 payments" in said(asked)
    assert "TEST MODE · Their sales" in said(asked)
    await house.click(asked, "Forget them")
    async with house.store.read() as connection:
        rows = await connection.execute(
            tables.buyers.select().order_by(tables.buyers.c.producer_id)
        )
        assert [row.name for row in rows] == [None, None, "Ana Lima"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ana", "“ana” is not an email."),
        ("**@everyone**", "“\\*\\*\\@everyone\\*\\*” is not an email."),
        ("nobody@example.com", "No purchases with this email"),
        ("%@%.%", "No purchases with this email"),
    ],
)
async def test_wrong_emails_get_one_line(house: House, typed: str, words: str) -> None:
    assert words in said(await house.ask("forget", email=typed))
