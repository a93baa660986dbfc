"""A digest in words: only what there is to say, and no buyer's name."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.digest_schedule import Actions, Digest
from bot.domain.insight import LeaseInsight, LowExclusive, StoppedSelling, WorthAnOffer
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.payout import PayoutRecord, PendingAmount, StripeBalance
from bot.domain.period import parse_period
from bot.domain.preferences import Cadence
from bot.domain.totals import CurrencyTotals, Purchases, Statistics, TrackTotals
from bot.text.digest import digest_message
from bot.text.message import Message
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.hostile import NASTY
from tests.text.limits import assert_fits, buttons, text

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
        "**$300.00** net · 12 sales\n"
        "**▲ 20%** vs Mar 2 – 8, 2026\n"
        "$345.00 before fees · avg $28.75\n"
        "-$15.00 fees · -$30.00 refunds (1)"
    )
    assert message.content == "Weekly digest · $300.00 net · 12 sales"
    assert not embed.fields
    assert embed.footer.text == "More: /stats 2026-03-09..2026-03-15"


def test_digest_shows_tax_below_the_sales() -> None:
    taxed = replace(USD, tax=2_700, returned_tax=240, net=27_540)
    [embed] = say(digest(statistics={"totals": (taxed,)})).embeds
    assert "-$15.00 fees · -$24.60 tax" in (embed.description or "").splitlines()


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
    assert "vs" not in text(monthly)


def test_digest_has_lines_for_each_currency() -> None:
    euro = replace(USD, currency="eur", sales=1, gross=1000, net=900, refunds=0, refunded=0)
    said = text(say(digest(statistics={"totals": (euro, USD), "before": (euro,)})))
    assert "**€9.00** net · 1 sale" in said
    assert "**$300.00** net · 12 sales" in said
    assert "%" not in said


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
    waiting = StripeBalance(currency="usd", available=-500, pending=pending)
    actions = Actions(conflicts=1, disputes=2, answer_by=NOW, steps=3, failed=1)
    track = TrackTotals(track="Neon Rain", currency="usd", sales=4, gross=1, net=150)
    said = say(
        digest(
            on_the_way=(payout,),
            waiting=(waiting,),
            actions=actions,
            insights=(StoppedSelling(track="Drift", earlier=8, since=NOW.date()),),
            statistics={"by_revenue": (track,)},
        )
    )
    fields = {field.name: field.value for field in said.embeds[0].fields}
    assert fields["Top earners"] == "1. Neon Rain · **$1.50**"
    assert fields["Upcoming payouts"] == (
        "**$412.00** · arrives Mar 16\n**-$5.00** available · **$70.00** pending"
    )
    assert fields["To do"] == (
        "⚠️ 1 exclusive conflict: `/exclusive`\n"
        "⚖️ 2 disputes to answer, due <t:1773669600:R>\n"
        "☐ 3 off-sale steps left: `/exclusive`\n"
        "✉️ 1 alert not posted: `/settings show`"
    )
    assert buttons(said) == {"Details": "stats-details:1:2026-03-09..2026-03-15:usd"}
    assert "Drift" in (fields["Worth knowing"] or "")


def test_digest_without_sales_says_so() -> None:
    message = say(digest(statistics={"totals": ()}))
    assert message.embeds[0].description == "No sales in this period."
    assert message.content == "Weekly digest · 0 sales"


def test_digest_below_its_chart_says_what_the_chart_does_not() -> None:
    track = TrackTotals(track="Neon Rain", currency="usd", sales=4, gross=1, net=1)
    given = digest(statistics={"by_revenue": (track,)})
    [embed] = digest_message(given, make.producer(), charted=True).embeds
    assert (embed.title, list(embed.fields)) == (None, [])
    assert (embed.description or "").startswith("$345.00 before fees")


def test_digest_with_all_there_can_be_takes_25_lines() -> None:
    wide = replace(USD, sales=1234, gross=1_234_567, disputed=123_456, net=1_234_567, tax=98_765)
    waiting = tuple(
        StripeBalance(
            currency=code,
            available=1_234_567,
            pending=(PendingAmount(at=NOW, amount=1_234_567),),
        )
        for code in ("usd", "eur")
    )
    exclusive = LeaseInsight(
        leases=40,
        income=Money(120_000, "usd"),
        exclusive=Money(49_900, "usd"),
        since=NOW,
        days=120,
    )
    name = "Midnight Drive (Extended Version)"
    given = digest(
        statistics={
            "totals": (wide, replace(wide, currency="eur")),
            "purchases": Purchases(1300, 1200, 100),
        },
        waiting=waiting,
        actions=Actions(conflicts=1, disputes=2, answer_by=NOW, steps=3, failed=1),
        insights=(LowExclusive(track=name, leases=exclusive, months=3),) * 4,
    )
    message = digest_message(given, make.producer(), charted=True)
    assert_fits(message)
    assert lines_at_390(message) <= 25


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
    assert "Also in CHF, GBP, SEK" in said
