"""Where the rights of tracks stand.

Lease income beside the exclusive's price: only where there is enough to go by.
"""

from datetime import datetime, timedelta

import pytest

from bot.domain.insight import LeaseInsight
from bot.domain.money import Money
from bot.domain.payment import Payment
from bot.domain.sale import Decision, HeldPage, TrackRights
from bot.store.books import catalogue_rows
from bot.store.queries import exclusive as rights
from fakes.stripe import StripeAccount
from tests.factories import ANA, BEN, NOON, exclusive, lease, line, paid, refunded, settled
from tests.store.samples import Books


async def _rights(books: Books, name: str) -> TrackRights:
    found = await books.read(rights.track_rights, name, NOON)
    assert found is not None
    return found


async def _held(books: Books, page: int = 0) -> HeldPage:
    return await books.read(rights.held, page, NOON)


async def test_a_track_nobody_holds_shows_all_its_leases(books: Books) -> None:
    gone = refunded(settled(paid("gone")))
    await books.write(paid("a"), gone, paid("b", at=NOON + timedelta(days=1)))
    found = await _rights(books, "MIDNIGHT  drive")
    assert (found.track, found.holder, found.leases) == ("Midnight Drive", None, 2)
    assert [sale.number for sale in found.lease_sales] == [1003, 1001]


async def test_a_track_that_is_held_shows_earlier_leases_and_later_conflicts(books: Books) -> None:
    await books.write(
        paid("early", at=NOON - timedelta(days=1)),
        paid("x", exclusive(), lease(), buyer=BEN),
        paid("late", at=NOON + timedelta(days=1)),
        paid("x2", exclusive(), at=NOON + timedelta(days=2)),
    )
    found = await _rights(books, "Midnight Drive")
    assert found.holder is not None
    assert (found.holder.number, found.holder.buyer) == (1002, BEN)
    assert found.holder.price == Money(50_000, "usd")
    assert found.leases == 1
    assert [sale.number for sale in found.lease_sales] == [1001]
    assert [sale.number for sale in found.conflicts] == [1005, 1004]


async def test_an_unknown_track_has_no_rights(books: Books) -> None:
    assert await books.read(rights.track_rights, "Nothing", NOON) is None


async def test_held_tracks_go_latest_first_ten_a_page(books: Books) -> None:
    await books.write(paid("lease only", lease("Free")))
    held = [
        paid(f"{i}", exclusive(f"T{i}"), at=NOON + timedelta(hours=i), buyer=(ANA, BEN)[i % 2])
        for i in range(12)
    ]
    await books.write(*held, paid("early", lease("T11")))
    await books.write(paid("late", lease("T11"), at=NOON + timedelta(days=2)))
    first, last = await _held(books), await _held(books, 9)
    assert [one.track for one in first.tracks] == [f"T{i}" for i in range(11, 1, -1)]
    assert ([one.track for one in last.tracks], last.page, last.count) == (["T1", "T0"], 1, 12)
    latest = first.tracks[0]
    assert (latest.leases, len(latest.conflicts), latest.lease_sales) == (1, 1, ())
    assert latest.holder is not None
    assert latest.holder.buyer == BEN


async def test_nothing_is_held_in_an_empty_store(books: Books) -> None:
    assert await _held(books, 3) == HeldPage(tracks=(), page=0, count=0)


async def _decide(books: Books, keep_off: bool, *, by: int = 7, again: bool = False) -> None:
    await books.change(rights.decide, 1, keep_off=keep_off, by=by, now=NOON, again=again)


async def test_of_two_answers_the_first_counts(books: Books) -> None:
    await books.write(refunded(settled(paid("x", exclusive()))))
    assert (await _rights(books, "Midnight Drive")).decision is None
    await _decide(books, True)
    await _decide(books, False, by=8)
    decided = await _rights(books, "Midnight Drive")
    assert decided.decision == Decision(kept_off=True, by=7, at=NOON)
    assert (await _held(books)).kept_off == ("Midnight Drive",)


async def test_one_may_change_ones_mind(books: Books) -> None:
    await books.write(refunded(settled(paid("x", exclusive()))))
    await _decide(books, True)
    await _decide(books, False, by=8, again=True)
    decided = await _rights(books, "Midnight Drive")
    assert decided.decision == Decision(kept_off=False, by=8, at=NOON)
    assert (await _held(books)).kept_off == ()


async def test_a_track_that_somebody_holds_is_not_decided_on(books: Books) -> None:
    await books.write(settled(paid("x", exclusive())))
    await _decide(books, True, again=True)
    assert (await _rights(books, "Midnight Drive")).decision is None


async def test_a_decision_ends_when_the_track_is_sold_again(books: Books) -> None:
    await books.write(refunded(settled(paid("x", exclusive()))))
    await _decide(books, True)
    await books.write(paid("y", exclusive(), at=NOON + timedelta(days=1)))
    assert (await _rights(books, "Midnight Drive")).decision is None
    assert (await _held(books)).kept_off == ()


async def test_a_track_is_found_by_its_id_too(books: Books) -> None:
    await books.write(paid("a"))
    stranger = books.another.producer
    async with books.store.read() as connection:
        found = await rights.rights_of(connection, books.producer, 1, NOON)
        assert found == await rights.track_rights(
            connection, books.producer, "midnight drive", NOON
        )
        assert await rights.rights_of(connection, stranger, 1, NOON) is None
        assert await rights.rights_of(connection, books.producer, 2, NOON) is None


NOW = NOON + timedelta(days=120)


async def offer(books: Books, amount: int = 30_000) -> None:
    account = StripeAccount(clock=lambda: NOON)
    product = account.product("Midnight Drive")
    for price in (amount, amount + 5_000):
        account.price(product, price, nickname="Exclusive", metadata={"exclusive": "true"})
    account.price(product, 100)
    shown = [event["data"]["object"] for event in account.take_events()]
    await books.change(catalogue_rows.keep, shown, NOON)


async def insight(books: Books, now: datetime = NOW) -> LeaseInsight | None:
    found = await books.read(rights.track_rights, "Midnight Drive", now)
    assert found is not None
    return found.insight


def leases(count: int, currency: str = "usd") -> list[Payment]:
    return [
        paid(f"{currency}{day}", at=NOON + timedelta(days=day), currency=currency)
        for day in range(count)
    ]


async def test_it_compares_in_one_currency_before_fees(books: Books) -> None:
    await offer(books)
    first, *others = leases(8)
    await books.write(refunded(settled(first), 1_000), *others, *leases(9, "eur"))
    found = await insight(books)
    assert found == LeaseInsight(
        leases=8,
        income=Money(23_000, "usd"),
        exclusive=Money(30_000, "usd"),
        since=NOON,
        days=120.0,
    )
    assert found.a_month == 2
    assert found.months_to_match == pytest.approx(30_000 / (23_000 / 4))


async def test_tax_is_no_income_of_leases(books: Books) -> None:
    await offer(books)
    taxed = [
        settled(paid(str(day), line(amount=3_267, tax=267), at=NOON + timedelta(days=day)), "eur")
        for day in range(8)
    ]
    await books.write(*taxed)
    found = await insight(books)
    assert found is not None
    assert found.income == Money(24_000, "usd")


async def test_too_few_leases_or_too_short_a_time_say_nothing(books: Books) -> None:
    await offer(books)
    await books.write(*leases(4))
    assert await insight(books) is None
    await books.write(*leases(5))
    assert await insight(books, NOON + timedelta(days=59)) is None
    assert await insight(books) is not None


async def test_without_an_exclusive_on_offer_there_is_nothing_to_compare(books: Books) -> None:
    await books.write(*leases(9))
    assert await insight(books) is None


async def test_once_it_is_sold_it_is_too_late(books: Books) -> None:
    await offer(books)
    await books.write(*leases(9), paid("x", exclusive(), at=NOON + timedelta(days=50)))
    assert await insight(books) is None
