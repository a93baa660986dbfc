"""`/sales`: what the head says of the money, and how a sale is listed."""

import pytest

from bot.domain.answers import SaleFilter, SalesPage, SaleTotals
from bot.text.parts.sales_list import sales_embed
from tests.text import samples

NOTHING = dict.fromkeys(("sales", "gross", "fees", "refunded", "left", "unsettled"), 0)


def listed(**totals: int) -> str:
    page = SalesPage(
        sales=samples.record().sales[:1],
        page=0,
        count=1,
        totals=(SaleTotals(**{**NOTHING, **totals}, currency="usd"),),
    )
    return sales_embed(page, SaleFilter(), samples.producer()).description or ""


@pytest.mark.parametrize(
    ("totals", "head"),
    [
        (
            {"sales": 2, "gross": 6000, "fees": 234, "left": 5766},
            "**$57.66** left of $60.00 · 2 sales · fees $2.34",
        ),
        (
            {"sales": 1, "gross": 3000, "left": 3000, "unsettled": 1},
            "**$30.00** left of $30.00 · 1 sale · fees not known",
        ),
        (
            {"sales": 1, "gross": 10_888, "tax": 444, "fees": 346, "refunded": 5444, "left": 4654},
            "**$46.54** left of $108.88 · 1 sale · fees $3.46 · tax $4.44 · given back $54.44",
        ),
        ({"sales": 1}, "1 sale · free"),
        ({}, "Nothing paid yet"),
    ],
)
def test_the_head_adds_up_what_matches(totals: dict[str, int], head: str) -> None:
    assert listed(**totals).splitlines()[0] == head


def test_what_is_secondary_stands_below() -> None:
    *_, name, details = listed(sales=1, gross=3000, left=3000).splitlines()
    assert name.startswith("`#")
    assert details.startswith("└ <t:")
