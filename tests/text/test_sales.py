"""`/sales`: the net of all, then two lines a sale on a phone."""

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.sale import Sale, SaleFilter, SaleSort, SalesPage, SaleState, SaleTotals
from bot.text.message import Message
from bot.text.sale_lines import listed_sale
from bot.text.sales import sales_embed, sales_totals
from tests import factories as make
from tests.phone import lines_at_390

NOTHING = dict.fromkeys(("sales", "gross", "fees", "refunded", "left", "unsettled"), 0)
WIDEST = Buyer(
    email="bartholomew.featherstonehaugh@example.com", name="Bartholomew Featherstonehaugh"
)


def totals(currency: str = "usd", **sums: int) -> SaleTotals:
    return SaleTotals(**{**NOTHING, **sums}, currency=currency)


def listed(*each: SaleTotals, count: int = 1, wanted: SaleFilter | None = None) -> Message:
    page = SalesPage(sales=make.record().sales[:1], page=0, count=count, totals=each)
    return Message(embeds=(sales_embed(page, wanted or SaleFilter(), make.producer(), make.NOON),))


SOLD = totals(sales=2, gross=6000, fees=234, left=5766)
WAITING = totals(sales=1, gross=3000, left=3000, unsettled=1)
TAXED = totals(sales=1, gross=10_888, tax=444, fees=346, refunded=5444, left=4654)
DOWN = totals(sales=1, gross=2999, fees=175, refunded=2999, left=-175)


@pytest.mark.parametrize(
    ("shown", "title"),
    [
        (SOLD, "$57.66 net"),
        (WAITING, "$30.00 before fees"),
        (DOWN, "You're down $1.75"),
        (totals(sales=1), "Free"),
    ],
)
def test_list_of_sales_begins_with_what_they_brought(shown: SaleTotals, title: str) -> None:
    assert listed(shown).embeds[0].title == title


def test_list_of_sales_without_a_paid_one_says_so() -> None:
    assert listed().embeds[0].title == "Nothing paid yet"
    page = SalesPage(sales=(), page=0, count=1, totals=())
    assert sales_totals(page, SaleFilter(), make.producer()) is None


def test_list_of_sales_names_one_other_currency_and_counts_the_rest() -> None:
    euro, pound = (
        totals(code, sales=1, gross=3000, fees=100, left=2900) for code in ("eur", "gbp")
    )
    two = (listed(SOLD, euro, count=12).embeds[0].description or "").split("\n")[0]
    assert two == "€29.00 net · 3 sales · 9 pending · Page 1 of 2"
    three = (listed(SOLD, euro, pound).embeds[0].description or "").split("\n")[0]
    assert three == "€29.00 net · 1 more currency · 4 sales"


def test_list_of_sales_says_above_all_what_it_is_narrowed_to() -> None:
    wanted = SaleFilter(status="refunded", sort=SaleSort.LARGEST)
    assert listed(DOWN, wanted=wanted).embeds[0].author.name == "Refunded · Largest first"
    assert listed(DOWN).embeds[0].author.name is None


@pytest.mark.parametrize(
    ("shown", "rows"),
    [
        (SOLD, ["Buyers paid $60.00", "Fees -$2.34", "Net $57.66"]),
        (WAITING, ["Buyers paid $30.00", "Fees unknown", "Net $30.00"]),
        (
            TAXED,
            ["Buyers paid $108.88", "Fees -$3.46", "Tax -$4.44", "Refunded -$54.44", "Net $46.54"],
        ),
    ],
)
def test_totals_of_a_list_are_a_table_for_each_currency(shown: SaleTotals, rows: list[str]) -> None:
    page = SalesPage(sales=(), page=0, count=2, totals=(shown,))
    message = sales_totals(page, SaleFilter(track="Neon Rain"), make.producer())
    assert message is not None
    assert message.embeds[0].author.name == "Neon Rain"
    [field] = message.embeds[0].fields
    lines = [re.sub(" +", " ", line) for line in (field.value or "").split("\n")]
    assert [line for line in lines if line[:1].isalpha()] == rows


def widest(number: int, **changes: Any) -> Sale:
    """A sale with the widest names and amounts that one may expect."""
    of = make.sold(
        make.line("Midnight Drive (Extended Version)", 1_234_567, license="Unlimited Lease")
    )
    left = Money(1_234_567, "usd")
    plausible: dict[str, Any] = {"number": 1042 + number, "buyer": WIDEST, "left": left}
    return make.sale(of, **plausible | changes)


STATES = {
    "paid": {},
    "partly refunded": {"state": SaleState.PARTLY_REFUNDED},
    "disputed": {"state": SaleState.DISPUTED, "left": Money(-1_234_567, "usd")},
    "in conflict": {"conflict": True},
    "exclusive": {"license": "Exclusive", "exclusive": True},
    "before fees": {"share": None},
}


@pytest.mark.parametrize("changes", STATES.values(), ids=STATES)
@pytest.mark.parametrize("days_later", [0, 2, 30, 400])
def test_ten_sales_with_the_widest_names_take_22_lines_on_a_phone(
    changes: dict[str, Any], days_later: int
) -> None:
    page = SalesPage(
        sales=tuple(widest(number, **changes) for number in range(10)),
        page=0,
        count=175,
        totals=tuple(
            totals(code, sales=90, gross=1_300_000, fees=65_433, left=1_234_567)
            for code in ("usd", "eur")
        ),
    )
    now = make.NOON + timedelta(days=days_later)
    message = Message(embeds=(sales_embed(page, SaleFilter(), make.producer(), now),))
    assert lines_at_390(message) == 22


def test_listed_sale_has_its_net_first_and_who_and_when_below() -> None:
    sale = make.record().sales[0]
    assert listed_sale(sale, make.producer(), make.NOON) == (
        "**$28.78** Midnight Drive · Basic Lease\n"
        f"\N{EN SPACE}Jordan Lee · today <t:{int(make.NOON.timestamp())}:t> · #1042"
    )


def test_listed_sale_that_is_unusual_has_its_license_below() -> None:
    sale = make.record(sale_changes={"state": SaleState.REFUNDED, "left": Money(-117, "usd")})
    above, below = listed_sale(sale.sales[0], make.producer(), make.NOON + timedelta(30)).split(
        "\n"
    )
    assert above == "**-$1.17** Midnight Drive · **refunded**"
    assert below == "\N{EN SPACE}Basic Lease · Jordan… · Mar 10 · #1042"


def test_listed_sale_cuts_long_names_not_its_number() -> None:
    row = listed_sale(widest(0), make.producer(), make.NOON + timedelta(days=30))
    assert row.split("\n") == [
        "**$12,345.67** Midnight Drive (Extended…",
        "\N{EN SPACE}Unlimited Lease · Mar 10 · #1042",
    ]
