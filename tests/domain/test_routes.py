"""Which news goes to which channel."""

import pytest

from bot.domain.preferences import Route
from bot.domain.routes import Line, lines, way_of


@pytest.mark.parametrize(
    ("kind", "subject", "key", "way"),
    [
        ("announce", "payment:1", "announce:payment:1", None),
        ("edit", "payment:1", "edit:payment:1", None),
        ("reply", "payment:1", "reply:conflict:7", None),
        ("reply", "payment:1", "reply:refund:re_1", Route.RETURNS),
        ("reply", "payment:1", "reply:refund_failed:re_1", Route.RETURNS),
        ("reply", "payment:1", "reply:dispute_reminder_24:dp_1", Route.RETURNS),
        ("reply", "payment:1", "reply:fraud_warning:issfr_1", Route.RETURNS),
        ("reply", "payment:1", "reply:track_free:7:1", Route.RETURNS),
        ("announce", "payout:po_1", "announce:payout:po_1", Route.PAYOUTS),
        ("reply", "payout:po_1", "reply:payout_failed:po_1", Route.PAYOUTS),
        ("notice", "notice:webhooks", "notice:webhooks:20261122", None),
        ("notice", "digest", "digest:weekly:20261116", Route.DIGESTS),
    ],
)
def test_news_goes_by_what_it_tells(kind: str, subject: str, key: str, way: Route | None) -> None:
    assert way_of(kind, subject, key) is way


def test_what_has_no_channel_of_its_own_is_told_where_sales_are() -> None:
    assert lines(1, {}) == (Line(1, (None, *Route)),)


def test_routes_may_share_a_channel_and_each_is_told_in_one() -> None:
    found = lines(1, {Route.PAYOUTS: 2, Route.RETURNS: 2, Route.DIGESTS: 1})
    assert found == (Line(1, (None, Route.DIGESTS)), Line(2, (Route.RETURNS, Route.PAYOUTS)))
    assert [line.main for line in found] == [True, False]


def test_a_route_may_have_a_channel_before_sales_have_one() -> None:
    assert lines(None, {Route.PAYOUTS: 2})[0].channel_id is None
