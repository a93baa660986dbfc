"""Notices about the bot itself, and milestones."""

from bot.domain.sale import PaymentRecord
from bot.text.channel_check import public_channel_warning
from bot.text.notices import Payload, milestone_reply, notice
from tests import factories as make
from tests.text.hostile import NASTY
from tests.text.limits import text


def test_missing_webhooks_say_what_to_check() -> None:
    words = notice({"what": "webhooks_missing", "count": 3}, make.producer())
    assert words is not None
    assert "3 payments came without one" in words
    for check in ("Is it enabled?", "`PUBLIC_URL`", "`STRIPE_WEBHOOK_SECRET`"):
        assert check in words


def test_notice_of_webhooks_that_come_again_says_so() -> None:
    assert "reach me again" in str(notice({"what": "webhooks_back"}, make.producer()))


def test_import_after_a_long_absence_says_what_was_read() -> None:
    told = {"what": "imported_quietly", "from": 1_000, "to": 2_000, "payments": 1}
    words = notice(told, make.producer(livemode=False))
    assert words is not None
    assert words.startswith("TEST MODE · ")
    assert "1 payment was added without an alert" in words
    assert "<t:1000:D> to <t:2000:D>" in words


def test_notice_of_an_unknown_kind_is_not_posted() -> None:
    assert notice({"what": "the unheard of"}, make.producer()) is None
    assert notice({}, make.producer()) is None


def test_public_channel_is_told_what_to_do_and_no_amount() -> None:
    said = public_channel_warning(1, told_before=False)
    assert "Private Channel" in text(said)
    assert "$" not in text(said)
    assert said.view is None
    assert "Everyone can now read" in text(public_channel_warning(1, told_before=True))


def record_of(*tracks: str, livemode: bool = True) -> PaymentRecord:
    payment = make.sold(*(make.line(track) for track in tracks))
    return make.record(payment, producer=make.producer(livemode=livemode))


def first_sale(record: PaymentRecord) -> str:
    numbers = [sale.number for sale in record.sales]
    said = milestone_reply({"what": "first_sale", "id": "", "numbers": numbers}, record)
    assert said is not None
    return said


def test_first_sale_names_its_track() -> None:
    record = record_of("Neon Rain", "Slow Burn")
    told = {"what": "first_sale", "id": "", "numbers": [record.sales[1].number]}
    assert milestone_reply(told, record) == "🌱 First sale of “Slow Burn”."
    assert first_sale(record) == "🌱 First sales of “Neon Rain”, “Slow Burn”."


def test_first_sales_of_many_tracks_name_some_of_them() -> None:
    said = first_sale(record_of(*NASTY))
    # Three of them show nothing, and so are one.
    assert said.endswith(f" and {len(NASTY) - 2 - 5} more.")
    assert len(said) < 2000
    assert "<@1>" not in said


def test_hundredth_and_best_day_have_their_line() -> None:
    record = record_of("Neon Rain", livemode=False)
    said = milestone_reply({"what": "hundredth", "id": "1200"}, record)
    assert said == "TEST MODE · 🎉 1,200 sales in total."
    day = {"what": "best_day", "id": "20260310", "currency": "usd", "gross": 123_450}
    said = milestone_reply(
        {**day, "before": 90_000, "before_day": 20251224}, record_of("Neon Rain")
    )
    assert said == (
        "📈 $1,234.50 on March 10, 2026, your best day yet (before fees). "
        "Before it: $900.00 on December 24, 2025."
    )


def test_reply_of_another_kind_is_no_milestone() -> None:
    assert milestone_reply({"what": "refund", "id": "re_1"}, record_of("Neon Rain")) is None


def test_milestones_have_no_markup() -> None:
    record = record_of("Neon Rain", "Slow Burn")
    day = {"what": "best_day", "id": "20260310", "currency": "usd", "gross": 123_450}
    told: list[Payload] = [
        {"what": "first_sale", "id": "", "numbers": []},
        {"what": "hundredth", "id": "1200"},
        {**day, "before": 90_000, "before_day": 20251224},
    ]
    for one in told:
        assert "*" not in (milestone_reply(one, record) or "")
