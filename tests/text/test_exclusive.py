"""`/exclusive`: who holds a track, and what collides with it."""

from functools import partial

import pytest

from bot.domain.insight import LeaseInsight
from bot.domain.money import Money
from bot.domain.sale import Decision, SaleState, TrackRights
from bot.text.exclusive import held_tracks, track_rights
from bot.text.sale_lines import who
from tests import factories as make
from tests.text.limits import text

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
    words = text(track_rights(rights(), make.producer()))
    assert "no licenses sold yet" in words


def test_rights_of_a_disputed_exclusive_say_so() -> None:
    held = rights(holder=make.holder(state=SaleState.DISPUTED))
    words = text(track_rights(held, make.producer(livemode=False)))
    assert "TEST MODE · Sold exclusively" in words
    assert "That sale is **disputed**." in words


def test_lease_names_its_buyer_without_the_email() -> None:
    lease = make.record().sales[0]
    assert lease.buyer.email
    words = text(track_rights(rights(leases=1, lease_sales=(lease,)), make.producer()))
    assert f"{lease.license} · {who(lease.buyer, 28)}" in words
    assert lease.buyer.email not in words


def test_leases_beyond_those_listed_are_counted() -> None:
    lease = make.record().sales[0]
    words = text(track_rights(rights(leases=1200, lease_sales=(lease,)), make.producer()))
    assert "Leases (1,200)" in words
    assert "… and 1,199 more" in words


def test_leases_that_do_not_fit_are_counted_with_those_that_were_not_read() -> None:
    lease = make.record().sales[0]
    words = text(track_rights(rights(leases=33, lease_sales=(lease,) * 25), make.producer()))
    shown = words.count("`#")
    assert 0 < shown < 25
    assert f"… and {33 - shown} more" in words


def test_list_says_what_stays_valid() -> None:
    held = rights(holder=make.holder(), leases=3)
    embed = held_tracks((held,), 0, 1, make.producer())
    assert embed.title == "1 exclusive sold"
    assert "★ **Midnight Drive** · **Exclusive** · $500.00 · `#1030`" in (embed.description or "")
    assert "3 earlier leases stay valid" in (embed.description or "")


def decided(kept_off: bool) -> TrackRights:
    return rights(leases=2, decision=Decision(kept_off=kept_off, by=77, at=make.NOON))


def test_track_that_is_kept_off_sale_says_who_decided_so() -> None:
    message = track_rights(decided(True), make.producer())
    assert message.embeds[0].author.name == "Kept off sale"
    assert f"Kept off sale by <@77>, <t:{int(make.NOON.timestamp())}:f>" in text(message)
    assert "Put it back on sale" in text(message)


def test_track_that_was_put_back_can_still_be_kept_off() -> None:
    message = track_rights(decided(False), make.producer())
    assert message.embeds[0].author.name == "Available"
    assert "Put back on sale by <@77>" in text(message)
    assert "Keep it off" in text(message)


def test_list_names_what_is_kept_off_sale() -> None:
    names = [f"Track {number}" for number in range(12)]
    embed = held_tracks((), 0, 0, make.producer(), names)
    assert "Kept off sale: **Track 0**, **Track 1**" in (embed.description or "")
    assert (embed.description or "").endswith("**Track 9** and 2 more")


@pytest.mark.parametrize(
    ("income", "price", "said"),
    [
        (23_000, 30_000, "about 5 months of leases at this pace"),
        (90_000, 10_000, "less than a month of leases"),
        (100, 1_000_000, "years of leases at this pace"),
        (0, 30_000, "exclusive: **$300.00** (before fees)"),
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
    words = text(track_rights(rights(leases=8, insight=insight), make.producer()))
    assert "8 leases since <t:1773158400:d> (2.0 a month): **" in words
    assert said in words
