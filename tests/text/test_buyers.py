"""`/buyers`: the list, whatever the buyers' names."""

import discord
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.sale import BuyerSort, BuyersPage, ListedBuyer
from bot.text.buyers import buyer_option, buyers_embed
from bot.text.message import Buttons, Message
from tests import factories as make
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
