"""The living alert: a lock screen shows no buyer, and one glance tells all."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payment import Buyer, DisputeState, Fees, Line, PaymentState
from bot.domain.sale import PaymentRecord, SaleRights, SaleState
from bot.text.alert import burst, payment_alert
from bot.text.alert_replies import summary
from bot.text.message import Color, Message, headed
from bot.text.test_sale import alert_of_test, ended_test
from tests import factories as make
from tests.factories import NOON
from tests.phone import lines_at_390
from tests.text.limits import buttons, color, menu, text

BUYER = ("Jordan", "jordan", "@", "•")


HEADLINES: dict[str, tuple[Callable[[], Message], str]] = {
    "a lease": (lambda: payment_alert(make.record()), "$29.95 · Midnight Drive · Basic Lease"),
    "an exclusive": (
        lambda: payment_alert(make.exclusive_record()),
        "$500.00 · Midnight Drive · ⭐ Exclusive Rights",
    ),
    "a conflict": (
        lambda: payment_alert(make.conflict_record()),
        "⚠️ Conflict · $29.95 · Midnight Drive · Basic Lease",
    ),
    "a refund": (
        lambda: payment_alert(make.record(sale_changes={"state": SaleState.REFUNDED})),
        "$29.95 refunded · Midnight Drive · Basic Lease",
    ),
    "test mode": (
        lambda: payment_alert(replace(make.record(), producer=make.producer(livemode=False))),
        "TEST MODE · $29.95 · Midnight Drive · Basic Lease",
    ),
    "several": (
        lambda: burst([make.record(), make.exclusive_record()]),
        "2 sales · $529.95 · Midnight Drive · ⭐ Exclusive Rights + 1 more",
    ),
    "a summary": (
        lambda: summary([make.record()] * 3),
        "3 sales · $89.85 · while I could not post here",
    ),
    "a test sale": (
        lambda: alert_of_test(make.producer(), 0),
        "TEST · $29.95 · Midnight Drive · Basic Lease",
    ),
    "a test sale that is over": (ended_test, "TEST done"),
}


@pytest.mark.parametrize(("made", "line"), HEADLINES.values(), ids=HEADLINES.keys())
def test_headline_says_how_much_and_for_what_and_names_no_buyer(
    made: Callable[[], Message], line: str
) -> None:
    content = made().content or ""
    assert content == line
    assert not any(part in content for part in BUYER)


def test_alert_with_a_headline_does_not_say_it_again_as_its_title() -> None:
    assert payment_alert(make.record()).embeds[0].title is None
    shared = burst([make.record(), make.exclusive_record()])
    assert [embed.title for embed in shared.embeds] == [
        "$29.95 · Midnight Drive",
        "$500.00 · Midnight Drive",
    ]
    first, second = (embed.description for embed in shared.embeds)
    assert first == "Basic Lease · **$28.78** net · Jordan Lee"
    assert second == (
        "⭐ **Exclusive Rights** · **$485.20** net · Jordan Lee\n3 earlier leases stay valid"
    )


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
    record = make.record(make.sold(make.line(track)))
    assert shown in (payment_alert(record).content or "")


def test_headed_shows_the_first_line_unadorned_and_the_rest_below() -> None:
    message = headed("↩ **$10.00 refunded** · `#1042` \\`\n**$18.78** net\nmore")
    assert message.content == "↩ $10.00 refunded · #1042 \\`"
    assert message.embeds[0].description == "**$18.78** net\nmore"
    assert headed("one line").embeds == ()


JORDAN = "Jordan Lee · 🇺🇸 · first purchase"
TAXED = make.line(amount=10_888, tax=888)
FEES = Fees(stripe=117, tax=22, platform=300)


def lines(message: Message) -> list[str]:
    return (message.embeds[0].description or "").split("\n")


def refunded(amount: int, left: int, state: SaleState) -> PaymentRecord:
    changed = {"state": state, "refunded": Money(amount, "usd"), "left": Money(left, "usd")}
    return make.record(make.sold(refunds=(make.refund(amount),)), sale_changes=changed)


def paid(*line: Line, **changes: Any) -> PaymentRecord:
    return make.record(make.sold(*line, **changes))


def waiting(*line: Line, **changes: Any) -> PaymentRecord:
    """Its fees are not known yet."""
    return make.record(make.payment(*line, **changes), complete=False)


FIRST_LINES: dict[str, tuple[PaymentRecord, list[str]]] = {
    "a lease": (make.record(), ["**$28.78** net", JORDAN]),
    "fees that are not known yet": (waiting(), ["Fees settling…", JORDAN]),
    "each of several kinds of fee": (
        paid(movement=make.booked(2995, fees=FEES, net=2556)),
        ["**$25.56** net", JORDAN],
    ),
    "tax withheld, which is no tax on a fee": (
        paid(movement=make.booked(2995, fees=Fees(stripe=117, withheld=240), net=2638)),
        ["**$26.38** net", JORDAN],
    ),
    "tax, which is no part of the net": (
        paid(TAXED, movement=make.booked(10_888, 346)),
        ["**$96.54** net, after $8.88 tax"],
    ),
    "tax in the currency paid and the one it settled in": (
        paid(make.line(amount=11_900, tax=1900), movement=make.booked(10_000, 300, "eur")),
        ["**€81.03** net, after €15.97 tax · $119.00 → €100.00"],
    ),
    "tax before the fees are known": (waiting(TAXED), ["Fees settling… · $8.88 of it is tax"]),
    "an exclusive": (
        make.exclusive_record(3),
        ["**$485.20** net", JORDAN, "3 earlier leases stay valid"],
    ),
    "an exclusive without leases": (
        make.exclusive_record(0),
        ["**$485.20** net", JORDAN, "No earlier leases"],
    ),
    "an exclusive with a lease": (
        make.exclusive_record(1),
        ["**$485.20** net", JORDAN, "1 earlier lease stays valid"],
    ),
    "the currency the buyer saw": (
        paid(make.line(amount=4891), presented_amount=4500, presented_currency="eur", fee=172),
        ["**$47.19** net · €45.00 → $48.91"],
    ),
    "the currency it settled in": (
        make.record(make.payment(movement=make.booked(2700, 100, "eur"))),
        ["**€26.00** net · $29.95 → €27.00"],
    ),
    "a full refund": (
        refunded(2995, -117, SaleState.REFUNDED),
        ["You're down **$1.17**: Stripe keeps its fee", JORDAN],
    ),
    "a pending payment": (
        make.record(make.payment(state=PaymentState.PENDING, paid=None)),
        [JORDAN],
    ),
}


@pytest.mark.parametrize(("record", "first"), FIRST_LINES.values(), ids=FIRST_LINES.keys())
def test_alert_says_the_net_then_the_buyer_then_what_follows(
    record: PaymentRecord, first: list[str]
) -> None:
    assert lines(payment_alert(record))[: len(first)] == first


@pytest.mark.parametrize(
    ("record", "words"),
    [
        *((make.record(), words) for words in ("tax", "offline", "~~")),
        (make.record(make.sold(TAXED), sale_changes={"state": SaleState.REFUNDED}), " tax"),
    ],
)
def test_alert_without_such_a_thing_does_not_mention_it(record: PaymentRecord, words: str) -> None:
    assert words not in text(payment_alert(record))


STATES: dict[str, tuple[PaymentRecord, str, int]] = {
    "a lease": (make.record(), "$29.95 ·", Color.LEASE),
    "an exclusive": (make.exclusive_record(), "$500.00 ·", Color.EXCLUSIVE),
    "a conflict": (make.conflict_record(), "⚠️ Conflict · $29.95 ·", Color.ALARM),
    "a partial refund": (
        refunded(1000, 1878, SaleState.PARTLY_REFUNDED),
        "$29.95 partly refunded ·",
        Color.LEASE,
    ),
    "a refund": (
        refunded(2995, -117, SaleState.REFUNDED),
        "$29.95 refunded ·",
        Color.REFUNDED,
    ),
    "pending": (
        make.record(make.payment(state=PaymentState.PENDING, paid=None)),
        "$29.95 pending ·",
        Color.PENDING,
    ),
    "test mode": (
        make.record(producer=make.producer(livemode=False)),
        "TEST MODE · $29.95 ·",
        Color.LEASE,
    ),
    "a dispute": (
        make.record(sale_changes={"state": SaleState.DISPUTED}),
        "$29.95 disputed ·",
        Color.ALARM,
    ),
    "a dispute that was lost": (
        make.record(sale_changes={"state": SaleState.DISPUTE_LOST}),
        "$29.95 lost to a dispute ·",
        Color.ALARM,
    ),
    "a payment that failed": (
        make.record(make.payment(state=PaymentState.FAILED, paid=None)),
        "$29.95 never paid ·",
        Color.REFUNDED,
    ),
}


@pytest.mark.parametrize(("record", "headline", "shown"), STATES.values(), ids=STATES.keys())
def test_alert_shows_its_state_by_color_and_in_its_headline(
    record: PaymentRecord, headline: str, shown: int
) -> None:
    alert = payment_alert(record)
    assert (alert.content or "").startswith(headline)
    assert color(alert) == shown


def test_alert_has_its_number_and_time_in_its_footer() -> None:
    [embed] = payment_alert(make.record()).embeds
    assert (embed.footer.text, embed.timestamp) == ("Sale #1042", NOON)


def test_buttons_lead_to_the_buyer_the_sale_and_stripe() -> None:
    assert buttons(payment_alert(make.record())) == {
        "Buyer": "buyer:1:1042",
        "Sale": "sale:1:1042",
        "Stripe": "https://dashboard.stripe.com/payments/pi_1",
    }
    test = make.producer(livemode=False, stripe_account="acct_1")
    there = buttons(payment_alert(make.record(producer=test)))["Stripe"]
    assert there == "https://dashboard.stripe.com/acct_1/test/payments/pi_1"


def test_alert_without_a_key_says_that_fees_need_one() -> None:
    first = lines(payment_alert(waiting(), fees_possible=False))[0]
    assert first == "Fees need a Stripe key (`STRIPE_API_KEY`)"


def test_alert_of_a_payment_while_the_bot_was_offline_says_so() -> None:
    record = make.record()
    assert lines(payment_alert(record, told_late=True))[-1] == "Paid while the bot was offline"
    other = make.record(id=2, sales=(make.sale(make.sold(), number=1050),))
    first, second = burst([record, other], told_late={2}).embeds
    assert "offline" not in (first.description or "")
    assert (second.description or "").endswith("Paid while the bot was offline")


@pytest.mark.parametrize("license_name", ["Buyout", "Non-Exclusive Plus", "nonexclusive"])
def test_exclusive_of_any_license_name_is_called_exclusive(license_name: str) -> None:
    headline = payment_alert(paid(make.line(exclusive=True, license=license_name))).content or ""
    assert " · Midnight Drive · ⭐ Exclusive · " in headline


def test_conflict_says_who_holds_the_track_and_what_to_do() -> None:
    net, buyer, conflict, advice = lines(payment_alert(make.conflict_record()))
    assert (net, buyer) == ("**$28.78** net", JORDAN)
    assert conflict == "⚠️ **Already sold exclusively:** #1030 to Sam Ortiz, <t:1772899200:R>"
    assert advice.startswith("[Refund it](<https://dashboard.stripe.com/payments/pi_1>)")


def test_alert_of_several_tracks_has_a_line_and_a_price_for_each() -> None:
    of = make.sold(
        make.line(),
        make.line("Glass City", 40000, exclusive=True),
        make.line("Low Tide", 0, license="Free Download"),
        fee=1500,
    )
    rights = (SaleRights(number=1043, earlier_leases=2, holder=None),)
    alert = payment_alert(make.record(of, rights=rights, purchases=3))
    assert alert.embeds[0].footer.text == "3 sales #1042–#1044"
    assert (alert.content or "").endswith(" · Midnight Drive + 2 more")
    assert lines(alert) == [
        "**$414.95** net",
        "Jordan Lee · 🇺🇸 · **3rd purchase**",
        "**$400.00** · Glass City · ⭐ Exclusive Rights",
        "└ 2 earlier leases stay valid",
        "**$29.95** · Midnight Drive · Basic Lease",
        "**Free** · Low Tide · Free Download",
    ]
    assert buttons(alert).keys() == {"Buyer", "Stripe"}
    assert [option["value"] for option in menu(alert)["options"]] == ["1:1042", "1:1043", "1:1044"]


def test_partial_refund_says_what_is_left() -> None:
    alert = payment_alert(refunded(1000, 1878, SaleState.PARTLY_REFUNDED))
    assert lines(alert)[0] == "**$18.78** net · ↩ $10.00 refunded"


def test_dispute_is_red_and_has_its_deadline() -> None:
    taken = make.booked(-2995, 1500, id="txn_2")
    of = make.sold(disputes=(make.dispute(movements=(taken,)),))
    down = {"state": SaleState.DISPUTED, "left": Money(-1617, "usd")}
    alert = payment_alert(make.record(of, sale_changes=down))
    assert lines(alert) == [
        "You're down **$16.17**",
        JORDAN,
        "⚠️ The buyer says they never got it",
        "Answer by <t:1773936000:D> (<t:1773936000:R>)",
    ]
    assert color(alert) == Color.ALARM


def test_dispute_of_some_of_the_amount_says_how_much() -> None:
    of = make.sold(disputes=(make.dispute(amount=1000),))
    alert = payment_alert(make.record(of, sale_changes={"state": SaleState.DISPUTED}))
    assert "⚠️ **$10.00** · the buyer says they never got it" in lines(alert)


@pytest.mark.parametrize(
    ("state", "words", "expected"),
    [
        (DisputeState.WON, "✅ **Dispute won**", Color.LEASE),
        (DisputeState.INQUIRY, "⚠️ **The bank is asking**, no money moved · the buyer says", 0),
        (DisputeState.CLOSED, "Inquiry closed", Color.LEASE),
    ],
)
def test_alert_after_a_dispute_has_its_outcome_and_color(
    state: DisputeState, words: str, expected: int
) -> None:
    alert = payment_alert(paid(disputes=(make.dispute(state),)))
    assert words in text(alert)
    assert color(alert) == (expected or Color.ALARM)
    assert ("Answer by" in text(alert)) is (state is DisputeState.INQUIRY)


def test_free_download_has_no_page_at_stripe() -> None:
    alert = payment_alert(make.record(make.payment(make.line(amount=0), intent=None, charge=None)))
    assert (alert.content or "").startswith("Free · Midnight Drive")
    assert lines(alert) == [JORDAN]
    assert buttons(alert).keys() == {"Buyer", "Sale"}


def test_alert_of_several_copies_for_an_unknown_buyer_says_both() -> None:
    alert = payment_alert(make.record(make.sold(make.line(quantity=2), buyer=Buyer()), purchases=0))
    assert (alert.content or "").endswith(" · Midnight Drive · Basic Lease × 2")
    assert "buyer unknown" in lines(alert)


def test_alert_of_a_buyer_with_a_name_shows_no_email() -> None:
    for alert in (payment_alert(make.record()), burst([make.record(), make.exclusive_record()])):
        assert "@" not in text(alert)


def test_alert_of_a_buyer_without_a_name_masks_the_email() -> None:
    alert = payment_alert(paid(buyer=Buyer(email="jordan.lee@example.com")))
    assert lines(alert)[1] == "j•••@example.com · first purchase"


def test_burst_opens_each_payment_by_its_first_sale() -> None:
    second = make.record(sales=(make.sale(make.sold(), number=1050),))
    message = burst([make.record(), second])
    assert [embed.footer.text for embed in message.embeds] == ["Sale #1042", "Sale #1050"]
    shown = menu(message)
    assert shown["custom_id"] == "records"
    assert [option["value"] for option in shown["options"]] == ["1:1042", "1:1050"]
    assert shown["options"][0]["label"] == "#1042 Midnight Drive"


def widest(**changes: Any) -> PaymentRecord:
    of = make.wide_payment(exclusive=changes.pop("exclusive", False), **changes.pop("of", {}))
    return make.record(of, **{"purchases": 12} | changes)


TAKEN = make.booked(-1_234_567, 1500, id="txn_2")
HELD_BY = make.holder(buyer=make.wide_payment().buyer)
LINES: dict[str, tuple[Callable[[], Message], int]] = {
    "a lease": (lambda: payment_alert(make.record()), 4),
    "a lease of the widest names": (lambda: payment_alert(widest()), 6),
    "an exclusive": (lambda: payment_alert(make.exclusive_record()), 6),
    "an exclusive of the widest names": (
        lambda: payment_alert(
            widest(
                exclusive=True, rights=(SaleRights(number=1042, earlier_leases=30, holder=None),)
            )
        ),
        7,
    ),
    "a conflict": (lambda: payment_alert(make.conflict_record()), 8),
    "a conflict of the widest names": (
        lambda: payment_alert(
            widest(
                rights=(SaleRights(number=1042, earlier_leases=0, holder=HELD_BY),),
                sale_changes={"conflict": True},
            )
        ),
        10,
    ),
    "a dispute of the widest names": (
        lambda: payment_alert(
            widest(
                of={"disputes": (make.dispute(amount=1_234_567, movements=(TAKEN,)),)},
                sale_changes={"state": SaleState.DISPUTED, "left": Money(-37_332, "usd")},
            )
        ),
        9,
    ),
    "a refund of the widest names": (
        lambda: payment_alert(
            widest(
                of={"refunds": (make.refund(1_234_567),)},
                sale_changes={"state": SaleState.REFUNDED, "left": Money(-35_832, "usd")},
            )
        ),
        7,
    ),
    "three tracks": (
        lambda: payment_alert(
            paid(*(make.line(track, 4900) for track in ("Glass Garden", "Neon Rain", "Low Tide")))
        ),
        7,
    ),
    "ten sales": (lambda: burst([make.record()] * 10), 32),
    "ten sales of the widest names": (lambda: burst([widest()] * 10), 52),
    "a summary of ten": (lambda: summary([make.record()] * 10), 13),
}


@pytest.mark.parametrize(("made", "most"), LINES.values(), ids=LINES.keys())
def test_alert_on_a_phone_takes_few_lines(made: Callable[[], Message], most: int) -> None:
    assert lines_at_390(made()) <= most


@pytest.mark.parametrize(
    "record",
    [
        make.record(),
        make.exclusive_record(),
        refunded(1000, 1878, SaleState.PARTLY_REFUNDED),
        refunded(2995, -117, SaleState.REFUNDED),
        make.record(
            make.sold(disputes=(make.dispute(movements=(TAKEN,)),)),
            sale_changes={"state": SaleState.DISPUTED, "left": Money(-1617, "usd")},
        ),
    ],
)
def test_alert_has_one_result(record: PaymentRecord) -> None:
    words = "\n".join(lines(payment_alert(record)))
    assert len(re.findall(r"net\b|You're down", words)) == 1
