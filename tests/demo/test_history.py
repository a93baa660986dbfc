"""The made-up months before the demo begins."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from demo.history import DAYS, SOLD_EXCLUSIVELY, History, play_history
from demo.shop import Shop
from fakes.clock import StoryClock
from fakes.stripe import StripeAccount, Terms

# Days of all kinds: the first and last of a month and of a year, a leap day, a change of clocks.
DAYS_OF_ALL_KINDS = [
    datetime(2026, 11, 22, 13, 5, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
    datetime(2027, 3, 31, 6, 0, tzinfo=UTC),
]


def played(now: datetime) -> tuple[StripeAccount, History]:
    clock = StoryClock(lambda: now)
    clock.set(now - timedelta(days=DAYS + 7))
    terms = Terms(balances=frozenset({"eur"}))
    account = StripeAccount(clock=clock, seed=20, livemode=True, terms=terms)
    shop = Shop(account)
    return account, play_history(account, shop, clock, now, Random(20))


@pytest.mark.parametrize("now", DAYS_OF_ALL_KINDS)
def test_on_any_day_there_are_months_of_business_and_a_payout_is_coming(now: datetime) -> None:
    account, history = played(now)

    assert len(history.sessions) > 100
    assert len(account.books.all("refund")) >= 3
    verdicts = [account.get("dispute", id_)["status"] for id_ in account.books.all("dispute")]
    assert sorted(verdicts) == ["lost", "won"]
    assert {account.get("payout", id_)["status"] for id_ in history.payouts} == {"paid"}
    coming = account.get("payout", history.coming)
    assert coming["status"] == "pending"
    assert coming["amount"] > 0
    assert coming["arrival_date"] >= now.replace(hour=0, minute=0, second=0).timestamp()


def test_nothing_in_it_lies_ahead() -> None:
    now = DAYS_OF_ALL_KINDS[0]
    account, _ = played(now)

    assert max(event["created"] for event in account.events) <= now.timestamp()


def test_buyers_pay_in_several_currencies_and_come_back() -> None:
    account, history = played(DAYS_OF_ALL_KINDS[0])
    sessions = [account.get("checkout.session", id_) for id_ in history.sessions]

    assert {session["currency"] for session in sessions} == {"usd", "eur", "gbp"}
    buyers = Counter(session["customer_details"]["email"] for session in sessions)
    assert max(buyers.values()) > 2
    assert min(buyers.values()) == 1
    assert all(email.rpartition("@")[2].startswith("example.") for email in buyers)


def test_no_track_is_sold_after_its_exclusive() -> None:
    account, history = played(DAYS_OF_ALL_KINDS[0])
    last: dict[str, str] = {}
    for id_ in history.sessions:
        for item in account.books.grouped("item", "session", id_):
            price = account.get("item", item)["price"]
            found = account.get("price", price if isinstance(price, str) else price["id"])
            last[account.get("product", found["product"])["name"]] = found["nickname"]

    assert {track for track, license_ in last.items() if license_ == "Exclusive"} == set(
        SOLD_EXCLUSIVELY
    )


def test_the_same_day_has_the_same_past() -> None:
    one, _ = played(DAYS_OF_ALL_KINDS[0])
    other, _ = played(DAYS_OF_ALL_KINDS[0])

    assert one.events == other.events
