"""Custom ids are read back as they were made, and nothing else is read."""

import re

import pytest

from bot.text import ids
from bot.text.ids import CustomId, PayoutName, SaleName, Shown, TrackName


def read(form: CustomId, made: str) -> re.Match[str]:
    match = re.fullmatch(form.template, made)
    assert match is not None
    return match


def test_id_of_a_record_names_it_and_its_producer() -> None:
    assert ids.sale_name(read(ids.SALE, ids.SALE(1, 1042))) == SaleName(1, 1042)
    assert ids.track_name(read(ids.RIGHTS, ids.RIGHTS(1, 7))) == TrackName(1, 7)
    assert ids.payout_name(read(ids.PAYOUT, ids.PAYOUT(1, "po_1"))) == PayoutName(1, "po_1")
    assert ids.chosen_record(ids.record(1, 1042)) == SaleName(1, 1042)


@pytest.mark.parametrize(
    ("form", "made", "missing"),
    [
        (ids.BUYER_PAGE, "buyer-page:2-largest:1:1042", "buyer-page:2:1:1042"),
        (ids.PAYOUTS_PAGE, "payouts-page:2-oldest:1", "payouts-page:2:1"),
        (ids.PREFERENCE, "settings:1:marks:off", "settings:1:marks"),
        (ids.STATISTICS, "stats:2026-03:usd:count", "stats:2026-03"),
    ],
)
def test_id_of_an_older_message_may_lack_a_part(form: CustomId, made: str, missing: str) -> None:
    values = read(form, made).groups()
    assert form(*values) == made
    assert set(read(form, missing).groups()) - {None} < set(values)


@pytest.mark.parametrize("forged", ["sale:1", "sale:1:x", "sale:1:1042:1", "sale:-1:1"])
def test_id_of_another_form_is_not_read(forged: str) -> None:
    assert re.fullmatch(ids.SALE.template, forged) is None


def test_id_of_a_payout_that_is_too_long_is_not_made() -> None:
    assert ids.payout(1, "po_" + "x" * 61) is not None
    assert ids.payout(1, "po_" + "x" * 62) is None
    assert ids.chosen_payout("payout:1:po 1") is None


@pytest.mark.parametrize("shown", [Shown("month"), Shown("2026-03", "usd", by_count=True)])
def test_id_of_statistics_says_what_is_shown(shown: Shown) -> None:
    assert ids.shown(read(ids.STATISTICS, shown.button)) == shown
    assert ids.shown(read(ids.CURRENCY, shown.menu), "eur") == shown._replace(currency="eur")
