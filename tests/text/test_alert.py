"""The living alert: a lock screen shows no buyer, and one glance tells all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payment import Buyer, DisputeState, Fees, PaymentState
from bot.domain.sale import PaymentRecord, SaleRights, SaleState
from bot.text.alert import burst, payment_alert
from bot.text.alert_replies import summary
from bot.text.message import Color, Message, headed
from bot.text.test_sale import alert_of_test, ended_test
from tests import factories as make
from tests.factories import NOON
from tests.text.limits import text

BUYER = ("Jordan", "jordan", "@", "•")


def refunded_payment() -> PaymentRecord:
    return make.record(sale_changes={"state": SaleState.REFUNDED})


HEADLINES: dict[str, tuple[Callable[[], Message], str]] = {
    "a lease": (lambda: payment_alert(make.record()), "$29.95 · Midnight Drive · Basic Lease"),
    "an exclusive": (
        lambda: payment_alert(make.exclusive_record()),
        "$500.00 · Midnight Drive · Exclusive Rights",
    ),
    "a conflict": (
        lambda: payment_alert(make.conflict_record()),
        "⚠️ Conflict · $29.95 · Midnight Drive · Basic Lease",
    ),
    "a refund": (
        lambda: payment_alert(refunded_payment()),
        "Refunded · $29.95 · Midnight Drive · Basic Lease",
    ),
    "test mode": (
        lambda: payment_alert(replace(make.record(), producer=make.producer(livemode=False))),
        "TEST MODE · $29.95 · Midnight Drive · Basic Lease",
    ),
    "several": (
        lambda: burst([make.record(), make.exclusive_record()]),
        "2 sales · $529.95 · Midnight Drive · Exclusive Rights + 1 more",
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
    assert burst([make.record()] * 2).embeds[0].title == "Midnight Drive · Basic Lease"


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


WHEN = f"<t:{int(NOON.timestamp())}:f>"


def lines(message: Message) -> list[str]:
    return (message.embeds[0].description or "").split("\n")


def color(message: Message) -> int:
    assert message.embeds[0].color is not None
    return message.embeds[0].color.value


def buttons(message: Message) -> dict[str, str]:
    """Each button's label, with what it does."""
    assert message.view is not None
    [row] = message.view.to_components()
    parts: list[dict[str, Any]] = row["components"]
    return {part["label"]: part.get("custom_id") or part["url"] for part in parts}


def refunded(amount: int, left: int, state: SaleState) -> PaymentRecord:
    return make.record(
        make.sold(refunds=(make.refund(amount),)),
        sale_changes={
            "state": state,
            "refunded": Money(amount, "usd"),
            "left": Money(left, "usd"),
        },
    )


def test_a_lease() -> None:
    alert = payment_alert(make.record())
    assert alert.embeds[0].author.name == "Sale #1042"
    assert alert.content == "$29.95 · Midnight Drive · Basic Lease"
    assert lines(alert) == [
        "$29.95 → **$28.78** net",
        "Jordan Lee · j•••@example.com · 🇺🇸 · first purchase",
        WHEN,
    ]
    assert color(alert) == Color.LEASE


def test_buttons_lead_to_the_buyer_the_sale_and_stripe() -> None:
    assert buttons(payment_alert(make.record())) == {
        "Buyer": "buyer:1:1042",
        "Sale": "sale:1:1042",
        "Stripe": "https://dashboard.stripe.com/payments/pi_1",
    }


def test_until_fees_are_known_they_are_settling() -> None:
    alert = payment_alert(make.record(make.payment(), complete=False))
    assert lines(alert)[0] == "$29.95 → settling…"


def test_without_a_key_fees_need_one() -> None:
    record = make.record(make.payment(), complete=False)
    first = lines(payment_alert(record, fees_possible=False))[0]
    assert first == "$29.95 · fees need a Stripe key (`STRIPE_API_KEY`)"


def test_each_kind_of_fee_is_told_where_there_are_several() -> None:
    fees = Fees(stripe=117, tax=22, platform=300)
    of = make.sold(movement=make.booked(2995, fees=fees, net=2556))
    assert lines(payment_alert(make.record(of)))[:2] == [
        "$29.95 → **$25.56** net",
        "Fees: Stripe $1.17 · tax on it $0.22 · platform $3.00",
    ]
    assert "Fees:" not in text(payment_alert(make.record()))


def test_tax_is_told_apart_and_is_no_part_of_what_is_left_after_fees() -> None:
    of = make.sold(make.line(amount=10_888, tax=888), movement=make.booked(10_888, 346))
    assert lines(payment_alert(make.record(of)))[:2] == [
        "$108.88 → **$96.54** net, after tax",
        "Tax from the buyer: $8.88, not counted as yours",
    ]
    assert "Tax" not in text(payment_alert(make.record()))


def test_tax_is_told_in_the_currency_it_was_paid_in_and_the_one_it_settled_in() -> None:
    of = make.sold(make.line(amount=11_900, tax=1900), movement=make.booked(10_000, 300, "eur"))
    assert lines(payment_alert(make.record(of)))[:2] == [
        "$119.00 → €100.00 → **€81.03** net, after tax",
        "Tax from the buyer: $19.00 → €15.97, not counted as yours",
    ]


def test_tax_is_told_before_the_fees_are_known_and_no_longer_once_all_was_refunded() -> None:
    taxed = make.line(amount=10_888, tax=888)
    waits = make.record(make.payment(taxed), complete=False)
    assert lines(payment_alert(waits))[:2] == [
        "$108.88 → settling…",
        "Tax from the buyer: $8.88, not counted as yours",
    ]
    of = make.sold(taxed)
    gone = make.record(of, sales=(make.sale(of, state=SaleState.REFUNDED),))
    assert "Tax" not in text(payment_alert(gone))


def test_tax_kept_from_the_seller_is_not_called_tax_on_a_fee() -> None:
    fees = Fees(stripe=117, withheld=240)
    of = make.sold(movement=make.booked(2995, fees=fees, net=2638))
    assert "Fees: Stripe $1.17 · tax withheld $2.40" in lines(payment_alert(make.record(of)))


def test_what_was_paid_while_the_bot_was_away_says_so() -> None:
    record = make.record()
    assert lines(payment_alert(record, told_late=True))[-1] == "Paid while the bot was offline"
    assert "away" not in text(payment_alert(record))
    other = make.record(id=2, sales=(make.sale(make.sold(), number=1050),))
    first, second = burst([record, other], told_late={2}).embeds
    assert "away" not in (first.description or "")
    assert (second.description or "").endswith("Paid while the bot was offline")


def test_an_exclusive_is_gold_and_says_what_stays_valid() -> None:
    alert = payment_alert(make.exclusive_record(3))
    assert alert.content == "$500.00 · Midnight Drive · Exclusive Rights"
    assert lines(alert)[0] == "★ **Exclusive** · 3 earlier leases stay valid"
    assert color(alert) == Color.EXCLUSIVE


@pytest.mark.parametrize(
    ("leases", "words"),
    [(0, "no earlier leases"), (1, "1 earlier lease stays valid")],
)
def test_few_leases_are_counted_in_words(leases: int, words: str) -> None:
    assert words in text(payment_alert(make.exclusive_record(leases)))


@pytest.mark.parametrize("license_name", ["Buyout", "Non-Exclusive Plus", "nonexclusive"])
def test_an_exclusive_is_called_so_whatever_its_license_is_called(license_name: str) -> None:
    of = make.sold(make.line(exclusive=True, license=license_name))
    headline = payment_alert(make.record(of)).content or ""
    assert " · Midnight Drive · Exclusive · " in headline


def test_a_conflict_is_red_and_says_what_to_do() -> None:
    alert = payment_alert(make.conflict_record())
    assert alert.embeds[0].author.name == "Sale #1042 · CONFLICT"
    assert lines(alert)[0] == (
        "⚠️ **Conflict:** already sold exclusively as #1030, <t:1772899200:d>, "
        "to Sam Ortiz · s•••@example.org"
    )
    assert "Refund this sale" in lines(alert)[1]
    assert color(alert) == Color.ALARM


def test_each_track_of_a_payment_has_its_line_and_its_price() -> None:
    of = make.sold(
        make.line(),
        make.line("Glass City", 40000, exclusive=True),
        make.line("Low Tide", 0, license="Free Download"),
        fee=1500,
    )
    rights = (SaleRights(number=1043, earlier_leases=2, holder=None),)
    alert = payment_alert(make.record(of, rights=rights, purchases=3))
    assert alert.embeds[0].author.name == "3 sales #1042–#1044"
    assert (alert.content or "").endswith(" · Midnight Drive + 2 more")
    assert lines(alert) == [
        "`#1043` **Glass City** · **Exclusive Rights** · $400.00",
        "└ ★ **Exclusive** · 2 earlier leases stay valid",
        "`#1042` **Midnight Drive** · Basic Lease · $29.95",
        "`#1044` **Low Tide** · Free Download · Free",
        "",
        "$429.95 → **$414.95** net",
        "Jordan Lee · j•••@example.com · 🇺🇸 · **3rd purchase**",
        WHEN,
    ]


def test_a_payment_in_another_currency_shows_the_way_of_the_money() -> None:
    of = make.sold(make.line(amount=4891), presented_amount=4500, presented_currency="eur", fee=172)
    assert lines(payment_alert(make.record(of)))[0] == ("€45.00 → $48.91 → **$47.19** net")


def test_a_payment_that_settles_in_another_currency_does_too() -> None:
    of = make.payment(movement=make.booked(2700, 100, "eur"))
    assert lines(payment_alert(make.record(of)))[0] == "$29.95 → €27.00 → **€26.00** net"


def test_a_partial_refund_says_what_is_left() -> None:
    alert = payment_alert(refunded(1000, 1878, SaleState.PARTLY_REFUNDED))
    assert alert.embeds[0].author.name == "Sale #1042 · partly refunded"
    assert "↩ $10.00 refunded · **$18.78** net" in lines(alert)
    assert color(alert) == Color.LEASE


def test_a_full_refund_is_grey_and_struck_through() -> None:
    alert = payment_alert(refunded(2995, -117, SaleState.REFUNDED))
    assert lines(alert)[:2] == [
        "~~$29.95~~ refunded",
        "You're down **$1.17**: Stripe keeps its fee",
    ]
    assert color(alert) == Color.REFUNDED


def test_a_dispute_is_red_and_has_its_deadline() -> None:
    of = make.sold(disputes=(make.dispute(),))
    alert = payment_alert(make.record(of, sale_changes={"state": SaleState.DISPUTED}))
    assert (
        "⚠️ **Disputed:** $29.95 · the buyer says they never got it · "
        "answer by <t:1773936000:F> (<t:1773936000:R>)"
    ) in lines(alert)
    assert color(alert) == Color.ALARM


@pytest.mark.parametrize(
    ("state", "words", "expected"),
    [
        (DisputeState.WON, "✅ **Dispute won:**", Color.LEASE),
        (DisputeState.INQUIRY, "⚠️ **The bank is asking about this payment (no money moved):**", 0),
        (DisputeState.CLOSED, "**Inquiry closed:**", Color.LEASE),
    ],
)
def test_disputes_end(state: DisputeState, words: str, expected: int) -> None:
    alert = payment_alert(make.record(make.sold(disputes=(make.dispute(state),))))
    assert words in text(alert)
    assert color(alert) == (expected or Color.ALARM)
    assert ("answer by" in text(alert)) is (state is DisputeState.INQUIRY)


def test_test_mode_is_marked_and_linked() -> None:
    test = make.producer(livemode=False, stripe_account="acct_1")
    alert = payment_alert(make.record(producer=test))
    assert alert.embeds[0].author.name == "TEST MODE · Sale #1042"
    assert buttons(alert)["Stripe"] == "https://dashboard.stripe.com/acct_1/test/payments/pi_1"


def test_a_free_download_has_no_page_at_stripe() -> None:
    of = make.payment(make.line(amount=0), intent=None, charge=None)
    alert = payment_alert(make.record(of))
    assert lines(alert)[0] == "**Free**"
    assert buttons(alert).keys() == {"Buyer", "Sale"}


def test_a_payment_on_its_way_is_no_sale_yet() -> None:
    of = make.payment(state=PaymentState.PENDING, paid=None)
    alert = payment_alert(make.record(of))
    assert lines(alert)[0] == "**$29.95** pending, not paid yet"
    assert color(alert) == Color.PENDING


def test_an_unknown_buyer_and_several_copies() -> None:
    of = make.sold(make.line(quantity=2), buyer=Buyer())
    alert = payment_alert(make.record(of, purchases=0))
    assert (alert.content or "").endswith(" · Midnight Drive · Basic Lease × 2")
    assert "buyer unknown" in lines(alert)


def test_the_whole_email_is_nowhere_in_an_alert() -> None:
    assert "jordan.lee" not in text(payment_alert(make.record()))
    assert "jordan.lee" not in text(burst([make.record(), make.exclusive_record()][:1]))


def test_a_burst_opens_each_payment_by_its_first_sale() -> None:
    second = make.record(sales=(make.sale(make.sold(), number=1050),))
    message = burst([make.record(), second])
    assert [embed.author.name for embed in message.embeds] == ["Sale #1042", "Sale #1050"]
    assert message.view is not None
    [menu] = message.view.to_components()[0]["components"]
    assert menu["custom_id"] == "records"
    assert [option["value"] for option in menu["options"]] == ["1:1042", "1:1050"]
    assert menu["options"][0]["label"] == "#1042 Midnight Drive"
