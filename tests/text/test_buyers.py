"""`/buyers`: the list, whatever the buyers' names."""

from datetime import timedelta

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.payment import Buyer, Consent
from bot.domain.sale import BuyerRecord, BuyerSort, BuyersPage, ListedBuyer
from bot.text.buyers import buyer_option, buyer_record, buyers_embed
from bot.text.message import Buttons, Message
from tests import factories as make
from tests.phone import lines_at_390
from tests.text import hostile
from tests.text.limits import assert_fits


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(hostile.buyers, max_size=10), st.none() | hostile.any_text, hostile.amounts)
def test_list_of_buyers_fits(all_of_them: list[Buyer], search: str | None, many: int) -> None:
    listed = [
        ListedBuyer(
            buyer=buyer,
            number=10**8 + place,
            payments=many,
            licenses=many,
            latest=make.NOON,
            spent=tuple(Money(many, code) for code in ("usd", "eur", "xpf", "gbp")),
        )
        for place, buyer in enumerate(all_of_them)
    ]
    page = BuyersPage(buyers=tuple(listed), page=0, count=len(listed), repeats=many, currency="usd")
    producer = make.producer()
    embed = buyers_embed(page, search, BuyerSort.SPEND, producer, make.NOON)
    menu = discord.ui.Select[discord.ui.View](
        options=[buyer_option(buyer, producer) for buyer in listed]
    )
    assert_fits(Message(embeds=(embed,), view=Buttons([menu]) if listed else None))


WIDEST = Buyer(
    email="bartholomew.featherstonehaugh@example.com",
    name="Bartholomew Featherstonehaugh",
    country="GB",
    promotions=Consent.OPT_OUT,
)


@pytest.mark.parametrize("sort", BuyerSort)
def test_ten_buyers_with_the_widest_names_take_a_line_each_on_a_phone(sort: BuyerSort) -> None:
    buyer = ListedBuyer(
        buyer=WIDEST,
        number=1042,
        payments=12,
        licenses=15,
        latest=make.NOON - timedelta(days=400),
        spent=(Money(1_234_567, "usd"), Money(1_234_567, "eur")),
    )
    currency = "usd" if sort is BuyerSort.SPEND else None
    page = BuyersPage(buyers=(buyer,) * 10, page=0, count=58, repeats=33, currency=currency)
    embed = buyers_embed(page, None, sort, make.producer(), make.NOON)
    assert lines_at_390(Message(embeds=(embed,))) == 13


def test_buyer_with_ten_purchases_takes_at_most_28_lines_on_a_phone() -> None:
    record = BuyerRecord(
        buyer=WIDEST,
        number=1042,
        sales=make.record().sales * 10,
        page=0,
        count=58,
        payments=41,
        first=make.NOON - timedelta(days=400),
        spent=(Money(1_234_567, "usd"), Money(1_234_567, "eur")),
    )
    assert lines_at_390(buyer_record(record, make.producer(), make.NOON)) <= 28
