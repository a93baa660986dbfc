"""`/exclusive`: who holds a track, and what collides with it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.insight import LeaseInsight
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.sale import Decision, HeldPage, SaleState, TrackRights
from bot.text.exclusive import held_tracks, track_options, track_rights
from bot.text.message import Color, Message
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.limits import text

NOW = make.NOON + timedelta(hours=1)
rights = partial(
    TrackRights,
    id=7,
    track="Midnight Drive",
    holder=None,
    leases=0,
    lease_sales=(),
    conflicts=(),
)


def test_rights_without_any_license_say_so() -> None:
    words = text(track_rights(rights(), make.producer(), NOW))
    assert "no licenses sold yet" in words


def test_rights_of_a_disputed_exclusive_say_so() -> None:
    held = rights(holder=make.holder(state=SaleState.DISPUTED))
    words = text(track_rights(held, make.producer(livemode=False), NOW))
    assert words.startswith("\nTEST MODE · Midnight Drive\n**$500.00** · ⭐ **sold exclusively**")
    assert "`#1030` · Sam Ortiz · Sat <t:1772899200:t> · **disputed**" in words


def test_lease_names_its_buyer_without_the_email() -> None:
    lease = make.record().sales[0]
    assert lease.buyer.email
    words = text(track_rights(rights(leases=1, lease_sales=(lease,)), make.producer(), NOW))
    assert "1 lease stays valid\nBasic Lease · Jordan Lee · today" in words
    assert "@" not in words


def test_lease_of_a_buyer_without_a_name_shows_no_email() -> None:
    lease = make.sale(make.sold(buyer=Buyer(email="jordan@example.com")))
    words = text(track_rights(rights(leases=1, lease_sales=(lease,)), make.producer(), NOW))
    assert "Basic Lease · (no name) · today" in words


def test_leases_beyond_those_listed_are_counted() -> None:
    lease = make.record().sales[0]
    words = text(track_rights(rights(leases=1200, lease_sales=(lease,)), make.producer(), NOW))
    assert "1,200 leases stay valid" in words
    assert "… and 1,199 more" in words


def test_leases_that_do_not_fit_are_counted_with_those_that_were_not_read() -> None:
    lease = make.record().sales[0]
    words = text(track_rights(rights(leases=33, lease_sales=(lease,) * 25), make.producer(), NOW))
    assert words.count("Basic Lease · Jordan Lee") == 10
    assert "… and 23 more" in words


def page(*tracks: TrackRights, count: int = 1, **changes: Any) -> HeldPage:
    return HeldPage(tracks=tracks, page=0, count=count, **changes)


def test_list_has_one_line_for_each_track() -> None:
    held = rights(holder=make.holder(), leases=3)
    embed = held_tracks(page(held, held, count=2), make.producer(livemode=False), NOW)
    assert embed.title == "TEST MODE · 2 exclusives sold"
    assert (embed.description or "").split("\n") == ["**$500.00** · Midnight Drive · Sat"] * 2
    assert embed.footer.text is None
    [option, _] = track_options((held, replace(held, track="Neon Rain")))
    assert option.description == "#1030 · Sam Ortiz · 3 leases"


def test_list_says_below_a_track_what_is_still_to_be_done() -> None:
    conflict = make.conflict_record().sales[0]
    held = rights(holder=make.holder(), conflicts=(conflict,), steps_open=2)
    embed = held_tracks(page(held), make.producer(), NOW)
    assert (embed.description or "").endswith("\n└ ☐ 2 to take down · ⚠️ **1 conflict**")
    assert embed.color is not None
    assert embed.color.value == Color.ALARM


def test_conflict_is_refunded_by_a_link_that_has_its_price() -> None:
    conflict = make.conflict_record().sales[0]
    linked = replace(conflict, reference="pi_1")
    held = rights(holder=make.holder(), conflicts=(linked,))
    words = text(track_rights(held, make.producer(), NOW))
    assert (
        "`#1042` Basic Lease · Jordan Lee · today · "
        "[refund $29.95](<https://dashboard.stripe.com/payments/pi_1>)"
    ) in words


WIDE = make.sale(make.wide_payment())


def test_list_on_a_phone_takes_at_most_two_lines_a_track() -> None:
    held = rights(track=WIDE.track, holder=make.holder(price=WIDE.price, buyer=WIDE.buyer))
    embed = held_tracks(page(*[held] * 10, count=10), make.producer(), NOW)
    assert lines_at_390(Message(embeds=(embed,))) <= 1 + 2 * 10
    plain = rights(holder=make.holder())
    embed = held_tracks(page(*[plain] * 10, count=10), make.producer(), NOW)
    assert lines_at_390(Message(embeds=(embed,))) == 1 + 10


def test_rights_on_a_phone_take_one_line_a_lease() -> None:
    lease = make.record().sales[0]
    held = rights(holder=make.holder(), leases=10, lease_sales=(lease,) * 10)
    assert lines_at_390(track_rights(held, make.producer(), NOW)) == 3 + 1 + 10
    widest = rights(holder=make.holder(buyer=WIDE.buyer), leases=10, lease_sales=(WIDE,) * 10)
    assert lines_at_390(track_rights(widest, make.producer(), NOW)) <= 4 + 1 + 2 * 10


def decided(kept_off: bool) -> TrackRights:
    return rights(leases=2, decision=Decision(kept_off=kept_off, by=77, at=make.NOON))


def test_track_that_is_kept_off_sale_says_who_decided_so() -> None:
    message = track_rights(decided(True), make.producer(), NOW)
    assert f"**Kept off sale** by <@77>, today <t:{int(make.NOON.timestamp())}:t>" in text(message)
    assert "2 leases stay valid" in text(message)
    assert "Put it back on sale" in text(message)


def test_track_that_was_put_back_can_still_be_kept_off() -> None:
    message = track_rights(decided(False), make.producer(), NOW)
    assert "**Available**, also exclusively" in text(message)
    assert "Put back on sale by <@77>" in text(message)
    assert "Keep it off" in text(message)


def test_list_names_what_is_kept_off_sale() -> None:
    names = [f"Track {number}" for number in range(12)]
    embed = held_tracks(page(count=0, kept_off=tuple(names)), make.producer(), NOW)
    assert "Kept off sale: **Track 0**, **Track 1**" in (embed.description or "")
    assert (embed.description or "").endswith("**Track 9** and 2 more")


@pytest.mark.parametrize(
    ("income", "price", "said"),
    [
        (23_000, 30_000, " exclusive ≈ 5 months of leases"),
        (90_000, 10_000, " = less than a month of leases"),
        (100, 1_000_000, " = years of leases"),
        (0, 30_000, "**$300.00** exclusive\n"),
    ],
)
def test_rights_compare_leases_with_the_exclusive(income: int, price: int, said: str) -> None:
    insight = LeaseInsight(
        leases=8,
        income=Money(income, "usd"),
        exclusive=Money(price, "usd"),
        since=make.NOON,
        days=120,
    )
    words = text(track_rights(rights(leases=8, insight=insight), make.producer(), NOW))
    assert " from 8 leases since today\n" in words
    assert "Before fees · leases: 2.0 a month" in words
    assert said in words
