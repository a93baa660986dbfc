"""The facts that insights are made from: what can be bought, by months, currencies and licenses."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.domain.insight import Facts, Price, TrackFacts
from bot.domain.money import Money
from bot.domain.payment import Payment
from bot.store.books import catalogue_rows
from bot.store.queries.insight_facts import insight_facts
from fakes.stripe import StripeAccount
from tests.factories import BEN, NOON, exclusive, free, lease, paid, refunded, settled
from tests.store.samples import Books

LATELY = NOON - timedelta(days=20)
EARLIER = NOON - timedelta(days=120)


@pytest.fixture
def account() -> StripeAccount:
    return StripeAccount(clock=lambda: NOON)


async def keep(books: Books, account: StripeAccount) -> None:
    shown = [event["data"]["object"] for event in account.take_events()]
    await books.change(catalogue_rows.keep, shown, NOON)


def offer(account: StripeAccount, track: str, **licenses: int) -> None:
    product = account.product(track)
    for name, amount in licenses.items():
        facts: Any = {"metadata": {"exclusive": "true"}} if name == "Exclusive" else {}
        account.price(product, amount, nickname=name, **facts)


async def read(books: Books) -> Facts:
    return await books.read(insight_facts, NOON)


def sold(track: str, count: int, since: datetime, **how: Any) -> Iterator[Payment]:
    for day in range(count):
        at = since + timedelta(days=day)
        yield paid(f"{track}{at:%m%d}", lease(track), at=at, **how)


async def test_an_empty_shop_has_no_facts(books: Books) -> None:
    nothing = Facts(since=date(2026, 1, 1), sales=0, sold_tracks=0, tracks=(), peers={})
    assert await read(books) == nothing


async def test_sales_by_track_lately_and_before(books: Books, account: StripeAccount) -> None:
    for name in ("A", "B", "Idle"):
        offer(account, name, Basic=3000)
    await keep(books, account)
    euro = sold("A", 1, LATELY + timedelta(days=9), currency="eur")
    long_ago = sold("B", 9, NOON - timedelta(days=400))
    await books.write(*sold("A", 3, LATELY), *euro, *sold("A", 2, EARLIER))
    await books.write(*sold("B", 2, EARLIER), *long_ago)
    facts = await read(books)
    assert (facts.since, facts.sales, facts.sold_tracks) == (date(2026, 1, 1), 4, 1)
    basic = (Price("Basic", False, Money(3000, "usd")),)
    assert facts.tracks == (
        TrackFacts(name="A", lately=4, earlier=2, earlier_months=1, prices=basic),
        TrackFacts(name="B", lately=0, earlier=2, earlier_months=1, prices=basic),
    )


async def test_only_tracks_that_can_be_bought_are_advised_on(
    books: Books, account: StripeAccount
) -> None:
    offer(account, "Open", Basic=3000)
    offer(account, "Held", Basic=3000)
    await keep(books, account)
    for name in ("Open", "Held", "Never offered"):
        await books.write(*sold(name, 2, LATELY))
    await books.write(paid("x", exclusive("Held")))
    facts = await read(books)
    assert [track.name for track in facts.tracks] == ["Open"]
    assert (facts.sales, facts.sold_tracks) == (7, 3)
    assert facts.peers == {("Basic", "usd"): ((3000, 1),)}


async def test_prices_are_counted_by_license_and_currency(
    books: Books, account: StripeAccount
) -> None:
    offer(account, "A", Basic=2000, Exclusive=90_000)
    offer(account, "B", Basic=3000, Premium=5000)
    offer(account, "C", Basic=3000)
    euro = account.product("D")
    account.price(euro, 3000, nickname="Basic", currency="eur")
    await keep(books, account)
    await books.write(*sold("A", 1, LATELY))
    facts = await read(books)
    assert facts.peers == {("Basic", "usd"): ((2000, 1), (3000, 2)), ("Basic", "eur"): ((3000, 1),)}
    assert facts.tracks[0].prices == (
        Price("Basic", False, Money(2000, "usd")),
        Price("Exclusive", True, Money(90_000, "usd")),
    )


async def test_what_leases_bring_beside_the_exclusive(books: Books, account: StripeAccount) -> None:
    offer(account, "A", Basic=2000, Exclusive=90_000)
    await keep(books, account)
    await books.write(*sold("A", 5, EARLIER), *sold("A", 1, LATELY))
    (track,) = (await read(books)).tracks
    assert track.leases is not None
    assert (track.leases.leases, track.leases.exclusive) == (6, Money(90_000, "usd"))


async def test_buyers_who_came_often(books: Books) -> None:
    gone = settled(paid("gone", at=LATELY + timedelta(days=2)))
    await books.write(*sold("A", 5, LATELY), free("gift", at=LATELY), refunded(gone))
    await books.write(*sold("B", 4, LATELY, buyer=BEN))
    (ana,) = (await read(books)).buyers
    assert (ana.leases, ana.payments, ana.exclusives, ana.number) == (5, 7, 0, 1005)
    assert (ana.buyer.email, ana.first) == ("Ana.Lima@example.com", LATELY)


async def test_who_has_not_bought_lately_is_left_alone(books: Books) -> None:
    await books.write(*sold("A", 9, EARLIER))
    assert (await read(books)).buyers == ()
