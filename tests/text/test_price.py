"""Amounts in an aligned table."""

from bot.domain.money import Money
from bot.text.sale_lines import LINE, amount_table


def test_names_stand_left_and_money_right() -> None:
    table = amount_table(
        [("Buyer paid", Money(2995, "usd")), ("Fees", "settling…"), LINE, ("Net", Money(0, "usd"))]
    )
    assert table.split("\n") == [
        "```",
        "Buyer paid        $29.95",
        "Fees           settling…",
        "────────────────────────",
        "Net                $0.00",
        "```",
        "",
    ]


def test_the_widest_row_makes_the_width() -> None:
    [_, first, second, *_] = amount_table(
        [("Refund returned", Money(123456789, "usd")), ("Net", Money(1, "usd"))]
    ).split("\n")
    assert first == "Refund returned  $1,234,567.89"
    assert len(first) == len(second)
