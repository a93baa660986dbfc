"""Milestones in words."""

from bot.domain.sale import PaymentRecord
from bot.text.notices import Payload, milestone_reply
from tests import factories as make
from tests.text.hostile import NASTY


def record_of(*tracks: str, livemode: bool = True) -> PaymentRecord:
    payment = make.sold(*(make.line(track) for track in tracks))
    return make.record(payment, producer=make.producer(livemode=livemode))


def first_sale(record: PaymentRecord) -> str:
    numbers = [sale.number for sale in record.sales]
    said = milestone_reply({"what": "first_sale", "id": "", "numbers": numbers}, record)
    assert said is not None
    return said


def test_a_first_sale_names_its_track() -> None:
    record = record_of("Neon Rain", "Slow Burn")
    told = {"what": "first_sale", "id": "", "numbers": [record.sales[1].number]}
    assert milestone_reply(told, record) == "🌱 First sale of “Slow Burn”."
    assert first_sale(record) == "🌱 First sales of “Neon Rain”, “Slow Burn”."


def test_of_many_tracks_some_are_named_whatever_they_are_called() -> None:
    said = first_sale(record_of(*NASTY))
    # Three of them show nothing, and so are one.
    assert said.endswith(f" and {len(NASTY) - 2 - 5} more.")
    assert len(said) < 2000
    assert "<@1>" not in said


def test_a_hundredth_and_a_best_day() -> None:
    record = record_of("Neon Rain", livemode=False)
    said = milestone_reply({"what": "hundredth", "id": "1200"}, record)
    assert said == "TEST MODE · 🎉 1,200 sales in all."
    day = {"what": "best_day", "id": "20260310", "currency": "usd", "gross": 123_450}
    said = milestone_reply(
        {**day, "before": 90_000, "before_day": 20251224}, record_of("Neon Rain")
    )
    assert said == (
        "📈 March 10, 2026 is your best day so far: $1,234.50 before fees. "
        "Previous best: $900.00 on December 24, 2025."
    )


def test_another_reply_is_no_mark() -> None:
    assert milestone_reply({"what": "refund", "id": "re_1"}, record_of("Neon Rain")) is None


def test_a_phone_shows_no_marks_of_markup() -> None:
    record = record_of("Neon Rain", "Slow Burn")
    day = {"what": "best_day", "id": "20260310", "currency": "usd", "gross": 123_450}
    told: list[Payload] = [
        {"what": "first_sale", "id": "", "numbers": []},
        {"what": "hundredth", "id": "1200"},
        {**day, "before": 90_000, "before_day": 20251224},
    ]
    for one in told:
        assert "*" not in (milestone_reply(one, record) or "")
