"""Asking Stripe stays within the allowance, however much is sold and asked."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.domain.polling import OFTEN, OFTEN_FOR, PERIOD, Polling
from bot.text.words import duration

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
READS_OF_A_SALE = 5
READS_OF_A_DAY = 3
"""The catalog."""


@pytest.mark.parametrize(
    ("payments", "seconds"), [(0, 648), (10, 648), (20, 648), (100, 130), (500, 26), (5000, 15)]
)
def test_the_interval_takes_two_fifths_of_what_stripe_allows(payments: int, seconds: int) -> None:
    polling = Polling(payments=payments)
    assert round(polling.every().total_seconds()) == seconds
    assert PERIOD / polling.every() <= 0.4 * polling.allowance + 1


def test_the_documents_name_these_intervals() -> None:
    page = (Path(__file__).parents[2] / "docs" / "stripe.md").read_text("utf-8")
    table = page.split("<!-- intervals -->")[1].split("<!-- /intervals -->")[0]
    rows = re.findall(r"^\| ([\d,]+) \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) == 5
    for payments, words in rows:
        assert duration(Polling(payments=int(payments.replace(",", ""))).interval) == words


def test_while_a_sale_is_expected_stripe_is_asked_every_five_seconds() -> None:
    assert Polling().every(expected=True) == OFTEN == timedelta(seconds=5)


def test_what_was_borrowed_is_paid_back_by_longer_intervals() -> None:
    polling = Polling().spent(120, 0, BEGIN)
    tired = polling.spent(10, 0, BEGIN)
    assert Polling().every() < polling.every() < tired.every() == 1.5 * Polling().every()
    assert tired.every(expected=True) == tired.every()
    assert tired.spent(0, 0, BEGIN + timedelta(days=2)).every() == Polling().every()


def test_an_import_is_not_paid_back_for_weeks() -> None:
    imported = Polling().spent(50_000, 0, BEGIN)
    assert imported.every() == 1.5 * Polling().every()
    assert imported.spent(1, 0, BEGIN + timedelta(days=2)).every(expected=True) == OFTEN


def test_a_clock_that_was_set_back_forgives_nothing() -> None:
    polling = Polling().spent(100, 0, BEGIN)
    assert polling.spent(0, 0, BEGIN - timedelta(days=1)).borrowed == polling.borrowed


def test_reads_are_counted_for_thirty_days() -> None:
    polling = Polling()
    for day in range(40):
        polling = polling.spent(100, 0, BEGIN + timedelta(days=day))
    assert len(polling.reads) == 30
    assert polling.used == 0.3


@dataclass
class Shop:
    """A bot that asks for the sales of a shop, by a clock of its own."""

    sold: list[datetime]
    commands: list[datetime]
    polling: Polling
    now: datetime = BEGIN
    reads: int = 0
    delays: list[tuple[timedelta, timedelta]] = field(default_factory=list)
    """How long after each sale it was found, and the interval by then."""
    expected_until: datetime = BEGIN

    def run(self, days: int) -> None:
        daily = BEGIN
        while self.now < BEGIN + timedelta(days=days):
            reads = 1
            while self.sold and self.sold[0] <= self.now:
                every = self.polling.every()
                self.delays.append((self.now - self.sold.pop(0), every))
                reads += READS_OF_A_SALE
                self.expected_until = self.now + OFTEN_FOR
            if self.now >= daily:
                daily += timedelta(days=1)
                reads += READS_OF_A_DAY
            self.reads += reads
            self.polling = self.polling.spent(reads, self.polling.payments, self.now)
            self.now = self._next()

    def _next(self) -> datetime:
        after = self.now + self.polling.every(expected=self.now < self.expected_until)
        while self.commands and self.commands[0] < after:
            asked = self.commands.pop(0)
            self.expected_until = asked + OFTEN_FOR
            after = min(after, max(asked, self.now + self.polling.every(expected=True)))
        return after


def shop(sales: int, commands_a_day: int, days: int) -> Shop:
    random = Random(sales + commands_a_day)

    def moments(count: int) -> list[datetime]:
        return sorted(BEGIN + timedelta(days=random.uniform(0, days)) for _ in range(count))

    polling = Polling(webhooks=False, payments=sales)
    return Shop(moments(sales * days // 30), moments(commands_a_day * days), polling)


@pytest.mark.parametrize("commands_a_day", [0, 3, 50])
@pytest.mark.parametrize("sales", [0, 10, 100, 1_000])
def test_thirty_days_take_two_fifths_of_the_allowance_at_most(
    sales: int, commands_a_day: int
) -> None:
    one = shop(sales, commands_a_day, 30)
    one.run(30)
    assert 0.35 < one.reads / one.polling.allowance <= 0.4
    assert one.polling.used <= 0.4
    assert len(one.delays) >= sales - 1
    assert not [delay for delay, every in one.delays if delay > every + timedelta(seconds=5)]
    assert max((every for _, every in one.delays), default=timedelta()) < timedelta(minutes=17)
