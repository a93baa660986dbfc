"""What entries and sales add to the sums."""

from datetime import UTC, datetime

import pytest

from bot.domain.entries import EntryKind
from bot.store.books.booking import Booking
from bot.store.books.payment_rows import EntryRow, SaleRow

MARCH = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)
"""The last minute of March in New York."""
SALE = SaleRow(
    id=1,
    number=1001,
    payment_id=1,
    position=0,
    track_id=7,
    license_id=3,
    buyer_id=1,
    exclusive=False,
    quantity=1,
    sold=MARCH,
    state="paid",
    conflict=False,
    currency="usd",
    amount=1000,
    refunded=0,
    settled=True,
    settled_currency="usd",
    gross=1000,
    tax=70,
    returned_tax=20,
    stripe_fee=50,
    fee_tax=4,
    platform_fee=6,
    withheld_tax=5,
    remaining=885,
)


def _entry(kind: EntryKind, gross: int, source: str = "txn", track_id: int = 7) -> EntryRow:
    return EntryRow(
        payment_id=1,
        sale_id=1,
        track_id=track_id,
        kind=kind.value,
        source=source,
        at=MARCH,
        currency="usd",
        gross=gross,
        tax=gross // 10,
        stripe_fee=50,
        fee_tax=0,
        platform_fee=0,
        withheld_tax=0,
        net=gross - gross // 10 - 50,
        booked=True,
    )


def _booking() -> Booking:
    return Booking("America/New_York")


def test_an_entry_counts_in_its_day_its_month_and_for_ever_for_its_track_and_for_all() -> None:
    booking = _booking()
    booking.entries([_entry(EntryKind.SALE, 1000)])
    assert set(booking.totals.rows()) == {
        (span, start, track_id, "usd")
        for span, start in [("day", 20260331), ("month", 20260301), ("ever", 0)]
        for track_id in (0, 7)
    }
    amounts = {"sales": 1, "gross": 1000, "tax": 100, "stripe_fee": 50, "net": 850}
    assert list(booking.totals.rows().values()) == [amounts] * 6


@pytest.mark.parametrize(
    ("kind", "gross", "amounts"),
    [
        (EntryKind.REFUND, -300, {"refunds": 1, "refunded": 300, "returned_tax": 30, "net": -320}),
        (
            EntryKind.REFUND_REVERSAL,
            300,
            {"refunds": -1, "refunded": -300, "returned_tax": -30, "net": 220},
        ),
        (EntryKind.DISPUTE, -300, {"disputed": 300, "returned_tax": 30, "net": -320}),
    ],
)
def test_each_kind_of_entry_has_its_own_sum(
    kind: EntryKind, gross: int, amounts: dict[str, int]
) -> None:
    booking = _booking()
    booking.entries([_entry(kind, gross)])
    assert booking.totals.rows()["ever", 0, 0, "usd"] == amounts | {"stripe_fee": 50}


def test_a_refund_of_several_lines_is_one_refund_of_each_track_and_one_in_all() -> None:
    booking = _booking()
    refund = EntryKind.REFUND
    booking.entries(
        [
            _entry(refund, -300),
            _entry(refund, -200),
            _entry(refund, -1, track_id=8),
            _entry(refund, 0, track_id=9),
            _entry(refund, -5, source="another"),
        ]
    )
    rows = booking.totals.rows()
    counts = {track: rows["ever", 0, track, "usd"].get("refunds", 0) for track in (0, 7, 8, 9)}
    assert counts == {0: 2, 7: 2, 8: 1, 9: 0}


def test_a_sale_counts_by_track_and_license_and_over_all_tracks_also_by_day() -> None:
    booking = _booking()
    booking.sale(SALE)
    places = {key[:4] for key in booking.list_totals.rows()}
    assert places == {
        (track_id, license_id, span, start)
        for track_id in (0, 7)
        for license_id in (0, 3)
        for span, start in [("day", 20260331), ("month", 20260301), ("ever", 0)]
        if span != "day" or track_id == 0
    }
    assert booking.list_totals.rows()[0, 0, "ever", 0, "paid", False, "usd"] == {
        "sales": 1,
        "gross": 1000,
        "tax": 70,
        "returned_tax": 20,
        "fees": 65,
        "remaining": 885,
    }


def test_a_failed_payment_counts_nowhere_and_a_pending_one_is_not_unsettled() -> None:
    booking = _booking()
    booking.sale(SALE._replace(state="failed"))
    assert len(booking) == 0
    booking.sale(SALE._replace(state="pending", settled=False))
    assert not any("unsettled" in row for row in booking.list_totals.rows().values())


def test_what_is_taken_off_again_leaves_nothing_to_write() -> None:
    booking = _booking()
    rows = [_entry(EntryKind.SALE, 1000), _entry(EntryKind.REFUND, -1000, "re")]
    booking.entries(rows)
    booking.sale(SALE)
    booking.sale(SALE, -1)
    booking.entries(rows, -1)
    assert (booking.totals.rows(), booking.list_totals.rows()) == ({}, {})
