"""A digest in words: only what there is to say, and no buyer's name."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.digest_schedule import Actions, Digest
from bot.domain.insight import StoppedSelling, WorthAnOffer
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.payout import PayoutRecord, PendingAmount, StripeBalance
from bot.domain.period import parse_period
from bot.domain.preferences import Cadence
from bot.domain.totals import CurrencyTotals, Statistics, TrackTotals
from bot.text.digest import digest_message
from bot.text.message import Message
from tests import factories as make
from tests.text.hostile import NASTY
from tests.text.limits import assert_fits, text

NOW = datetime(2026, 3, 16, 14, tzinfo=UTC)
USD = CurrencyTotals(
    currency="usd", sales=12, gross=34_500, stripe_fee=1_500, refunds=1, refunded=3_000, net=30_000
)


def digest(
    period: str = "2026-03-09..2026-03-15", cadence: Cadence = Cadence.WEEKLY, **parts: Any
) -> Digest:
    found = Statistics(
        span=parse_period(period, NOW, "America/New_York"),
        currency="usd",
        **{"totals": (USD,), "before": (), "by_count": (), "by_revenue": ()}
        | parts.pop("statistics", {}),
    )
    nothing: dict[str, Any] = {
        "waiting": (),
        "on_the_way": (),
        "actions": Actions(),
        "insights": (),
    }
    return Digest(cadence=cadence, statistics=found, **(nothing | parts))


def say(given: Digest, **producer: Any) -> Message:
    message = digest_message(given, make.producer(**producer))
    assert_fits(message)
    return message


def test_digest_compares_with_the_period_before() -> None:
    before = CurrencyTotals(currency="usd", sales=9, gross=26_000, net=25_000)
    message = say(digest(statistics={"before": (before,)}))
    [embed] = message.embeds
    assert (embed.author.name, embed.title) == (None, "Mar 9 – 15, 2026")
    assert text(message).count("Weekly digest") == 1
    assert embed.description == (
        "**$345.00** before fees · 12 sales · **$300.00** net\n"
        "└ 1 refund: -$30.00\n"
        "└ **▲ 20%** vs Mar 2 – 8, 2026 ($250.00, 9 sales)"
    )
    assert not embed.fields
    assert embed.footer.text == "More: /stats 2026-03-09..2026-03-15"


def test_digest_shows_tax_below_the_sales() -> None:
    taxed = replace(USD, tax=2_700, returned_tax=240, net=27_540)
    [embed] = say(digest(statistics={"totals": (taxed,)})).embeds
    assert (embed.description or "").splitlines()[:2] == [
        "**$345.00** before fees · 12 sales · **$275.40** net",
        "└ tax: -$24.60 · 1 refund: -$30.00",
    ]


def test_digest_says_why_fees_are_unknown() -> None:
    unsettled = replace(USD, unsettled=2)
    given = digest(statistics={"totals": (unsettled,), "unreadable": "rak_balance_read"})
    assert (
        "2 sales count before fees. My Stripe key can't read fees: give it the permission "
        "`rak_balance_read` in Stripe"
    ) in text(say(given))
    without_key = digest_message(
        digest(statistics={"totals": (unsettled,)}), make.producer(), fees_possible=False
    )
    assert "2 sales count before fees. Fees are unknown without a Stripe key" in text(without_key)


def test_digest_is_named_by_its_period() -> None:
    day = say(digest("2026-03-15", Cadence.DAILY), livemode=False)
    assert (day.content or "").startswith("TEST MODE · Daily digest · ")
    assert day.embeds[0].title == "Mar 15, 2026"
    monthly = say(digest("2026-02", Cadence.MONTHLY))
    assert (monthly.content or "").startswith("Monthly digest · ")
    [month] = monthly.embeds
    assert month.title == "February 2026"
    assert "No sales in the period before (January 2026)" in text(Message(embeds=(month,)))


def test_digest_has_lines_for_each_currency() -> None:
    euro = replace(USD, currency="eur", sales=1, gross=1000, net=900, refunds=0, refunded=0)
    said = text(say(digest(statistics={"totals": (euro, USD), "before": (euro,)})))
    assert "**€10.00** before fees · 1 sale · **€9.00** net\n└ **=** vs" in said
    assert "**$345.00** before fees" in said


def test_digest_lists_payouts_and_what_to_do() -> None:
    payout = PayoutRecord(
        id="po_1",
        amount=Money(41_200, "usd"),
        status="in_transit",
        automatic=True,
        created=NOW,
        arrival=NOW,
        failure=None,
        payments=None,
        sales=None,
        refunds=None,
    )
    pending = (PendingAmount(at=NOW, amount=7_000),)
    waiting = StripeBalance(currency="usd", available=500, pending=pending)
    actions = Actions(conflicts=1, disputes=2, answer_by=NOW, steps=3, failed=1)
    track = TrackTotals(track="Neon Rain", currency="usd", sales=4, gross=1, net=1)
    said = say(
        digest(
            on_the_way=(payout,),
            waiting=(waiting,),
            actions=actions,
            insights=(StoppedSelling(track="Drift", earlier=8, since=NOW.date()),),
            statistics={"by_count": (track,)},
        )
    )
    fields = {field.name: field.value for field in said.embeds[0].fields}
    assert fields["Best sellers"] == "1. **Neon Rain** · 4 sales"
    assert fields["Upcoming payouts"] == (
        "**$412.00** · arrives **Mon, Mar 16, 2026**\n"
        "$5.00 available in Stripe\n$70.00 pending in Stripe"
    )
    assert fields["To do"] == (
        "⚠️ 1 sale conflicts with an exclusive: `/exclusive`\n"
        "⚖️ 2 disputes to answer, the first by <t:1773669600:f>\n"
        "☐ 3 steps to take exclusives off sale: `/exclusive`\n"
        "✉️ 1 alert could not be posted: see `/settings show`"
    )
    assert "Drift" in (fields["Worth knowing"] or "")


def test_digest_without_sales_says_so() -> None:
    message = say(digest(statistics={"totals": ()}))
    assert message.embeds[0].description == "No sales."


def test_digest_with_hostile_names_fits_and_names_no_buyer() -> None:
    tracks = tuple(
        TrackTotals(track=name, currency="usd", sales=10**6, gross=1, net=1) for name in NASTY[-5:]
    )
    ana = Buyer(email="ana.lima@example.com", name="Ana Lima", country="BR")
    offer = WorthAnOffer(buyer=ana, leases=7, first=NOW, number=1042)
    stopped = [StoppedSelling(track=name, earlier=8, since=NOW.date()) for name in NASTY]
    many = [replace(USD, currency=code) for code in ("usd", "eur", "jpy", "kwd", "chf", "gbp")]
    given = digest(
        statistics={"by_count": tracks, "totals": (*many, replace(USD, currency="sek"))},
        insights=(offer, *stopped),
    )
    said = text(say(given))
    assert "Lima" not in said
    assert "ana.lima" not in said
    assert "Also in SEK." in said
