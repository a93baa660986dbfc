"""What a phone shows of an alert: one line, no buyer, no markup."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.records import PaymentRecord, SaleState
from bot.text.message import Message, headed
from bot.text.news.alerts import burst, payment_alert
from bot.text.news.replies import summary
from bot.text.news.test_sale import rehearsal_alert, rehearsal_over
from tests.text import samples

BUYER = ("Jordan", "jordan", "@", "•")


def refunded() -> PaymentRecord:
    return samples.record(sale_changes={"state": SaleState.REFUNDED})


HEADLINES: dict[str, tuple[Callable[[], Message], str]] = {
    "a lease": (lambda: payment_alert(samples.record()), "$29.95 · Midnight Drive · Basic Lease"),
    "an exclusive": (
        lambda: payment_alert(samples.exclusive_record()),
        "$500.00 · Midnight Drive · Exclusive Rights",
    ),
    "a conflict": (
        lambda: payment_alert(samples.conflict_record()),
        "⚠️ Conflict · $29.95 · Midnight Drive · Basic Lease",
    ),
    "a refund": (
        lambda: payment_alert(refunded()),
        "Refunded · $29.95 · Midnight Drive · Basic Lease",
    ),
    "test mode": (
        lambda: payment_alert(replace(samples.record(), producer=samples.producer(livemode=False))),
        "TEST MODE · $29.95 · Midnight Drive · Basic Lease",
    ),
    "several": (
        lambda: burst([samples.record(), samples.exclusive_record()]),
        "2 sales · $529.95 · Midnight Drive · Exclusive Rights + 1 more",
    ),
    "a summary": (
        lambda: summary([samples.record()] * 3),
        "3 sales · $89.85 · while I could not post here",
    ),
    "a test sale": (
        lambda: rehearsal_alert(samples.producer(), 0),
        "TEST · $29.95 · Midnight Drive · Basic Lease",
    ),
    "a test sale that is over": (rehearsal_over, "TEST done"),
}


@pytest.mark.parametrize(("made", "line"), HEADLINES.values(), ids=HEADLINES.keys())
def test_headline_says_how_much_and_for_what_and_names_no_buyer(
    made: Callable[[], Message], line: str
) -> None:
    content = made().content or ""
    assert content == line
    assert not any(part in content for part in BUYER)


def test_alert_with_a_headline_does_not_say_it_again_as_its_title() -> None:
    assert payment_alert(samples.record()).embeds[0].title is None
    assert burst([samples.record()] * 2).embeds[0].title == "Midnight Drive · Basic Lease"


@pytest.mark.parametrize(
    ("track", "shown"),
    [
        ("Moon [Prod. X] (feat. Y) #1", "Moon [Prod. X] (feat. Y) #1"),
        ("[free](https://evil.example)", "\\[free](https\\://evil.example)"),
        ("**loud** <@1> @everyone", "\\*\\*loud\\*\\* \\<\\@1\\> \\@everyone"),
    ],
)
def test_headline_of_a_hostile_name_is_harmless_and_of_any_other_is_unmarked(
    track: str, shown: str
) -> None:
    record = samples.record(samples.settled(samples.line(track)))
    assert shown in (payment_alert(record).content or "")


def test_headed_shows_the_first_line_unadorned_and_the_rest_below() -> None:
    message = headed("↩ **$10.00 given back** · `#1042` \\`\n**$18.78** left\nmore")
    assert message.content == "↩ $10.00 given back · #1042 \\`"
    assert message.embeds[0].description == "**$18.78** left\nmore"
    assert headed("one line").embeds == ()
