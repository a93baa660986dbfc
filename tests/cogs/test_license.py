"""`/license`: the document, and the link to it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.license_terms import Templates
from bot.domain.sale import Producer
from bot.domain.sold_license import LINK_LIFE, Download, license_code, read_token
from bot.store.books import producers
from bot.store.books.record import record
from bot.store.engine import Store
from bot.text.license_document import LicensePrinter
from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, labels, open_house, said
from tests.store import samples
from tests.text.pdf import text_of

KEY = bytes(range(32))
PUBLIC = "https://beats.example.com"


@pytest.fixture
async def house(store: Store, producer: Producer) -> AsyncIterator[House]:
    async with open_house(store, producer, printer=LicensePrinter(KEY, PUBLIC)) as opened:
        yield opened


async def document_of(answer: Any) -> str:
    """What the document says that is an answer's one attachment."""
    (attached,) = answer_of(answer).attachments
    assert attached.filename.startswith("license-1")
    return text_of(await attached.read())


async def test_a_license_comes_with_its_link(house: House, producer: Producer) -> None:
    async with house.store.write() as connection:
        await record(
            connection,
            producer,
            make.settled(make.paid("1")),
            complete=True,
            read=NOW,
            due=None,
            now=NOW,
            templates=Templates({"lease": "For {buyer}."}),
        )
    answer = await house.ask("license", sale="#1001")
    text = said(answer)
    assert "License of sale #1001" in text
    assert "Terms `lease`, version 1" in text
    code = license_code(KEY, producer, make.paid("1"), 0)
    assert f"`{code}`" in text
    link = re.search(rf"{PUBLIC}/license/(\S+)", text)
    assert link
    assert read_token(KEY, link[1]) == Download(code, NOW + LINK_LIFE)
    assert "For Ana Lima." in await document_of(answer)


async def test_a_sale_leads_to_its_license_unless_it_has_none(house: House) -> None:
    waiting = make.pending(make.paid("2", at=NOW))
    await house.write(make.settled(make.paid("1")), waiting)
    sale = answer_of(await house.ask("sale", sale="1001")).message
    await house.restart()
    given = await house.owner.click(sale, label="License")
    assert "License of sale #1001" in said(given)
    assert "Ana Lima" in await document_of(given)
    assert "License" not in labels(await house.ask("sale", sale="1002"))


async def test_it_is_sold_by_the_business_name(house: House, producer: Producer) -> None:
    await house.write(make.paid("1"))
    async with house.store.write() as connection:
        await producers.set_channel(
            connection, producer.id, house.guild.id, house.channel.id, "Night Owl's server"
        )
    text = await document_of(await house.ask("license", sale="1001"))
    assert "Licensed by Night Owl's server" in text
    async with house.store.write() as connection:
        await producers.set_business_name(connection, producer.id, "Night Owl Beats")
    text = await document_of(await house.ask("license", sale="1001"))
    assert "Licensed by Night Owl Beats" in text


async def test_an_exclusive_says_what_it_tells_of_earlier_leases(house: House) -> None:
    earlier = make.NOON - timedelta(days=1)
    await house.write(make.paid("1", at=earlier, buyer=make.BEN), make.paid("2", make.exclusive()))
    answer = await house.ask("license", sale="1002")
    assert "Lists 1 earlier lease, not its buyer" in said(answer)
    text = await document_of(answer)
    assert "#1001 · March 9, 2026" in text
    assert "Ben" not in text


async def test_a_refunded_one_has_a_document_but_no_link(house: House) -> None:
    await house.write(make.refunded(make.settled(make.paid("1"))))
    answer = await house.ask("license", sale="1001")
    assert "Refunded: no longer valid" in said(answer)
    assert PUBLIC not in said(answer)
    assert "no longer valid" in await document_of(answer)


async def test_without_a_public_address_it_says_what_to_set(
    store: Store, producer: Producer
) -> None:
    await samples.write(store, producer, make.paid("1"))
    async with open_house(store, producer, printer=LicensePrinter(KEY)) as house:
        assert "set `PUBLIC_URL`" in said(await house.ask("license", sale="1001"))


async def test_what_gives_no_license_is_said(house: House) -> None:
    unread = replace(make.paid("4", make.lease("Far Out")), detailed=False)
    await house.write(
        make.pending(make.paid("1", make.lease("Low Tide"))),
        make.paid("2", make.exclusive()),
        make.paid("3", at=make.NOON + timedelta(days=1)),
        unread,
    )
    assert "#1001 is not paid" in said(await house.ask("license", sale="1001"))
    assert "nothing to license" in said(await house.ask("license", sale="1003"))
    assert "Try again in a minute" in said(await house.ask("license", sale="1004"))


async def test_without_a_key_what_events_told_is_all_there_will_be(
    store: Store, producer: Producer
) -> None:
    await samples.write(store, producer, replace(make.paid("1"), detailed=False))
    options: dict[str, Any] = {"printer": LicensePrinter(KEY), "fees_possible": False}
    async with open_house(store, producer, **options) as house:
        answer = await house.ask("license", sale="1001")
    assert "No terms were saved" in said(answer)


async def test_names_of_all_kinds_fit_the_answer(house: House) -> None:
    hostile = replace(make.lease("**@everyone** " * 30), license="`x`\u202e" * 60)
    await house.write(make.paid("1", hostile))
    answer = await house.ask("license", sale="1001")
    assert "@everyone" in await document_of(answer)
