"""Short messages under an alert."""

from dataclasses import replace

from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.text.alert_replies import reply, summary
from bot.text.message import headed
from tests import factories as make
from tests.phone import lines_at_390


def test_conflict_names_the_holder() -> None:
    words = reply("conflict", make.conflict_record(), "1042")
    headline, told, *_ = words.splitlines()
    assert headline == "⚠️ Conflict · $29.95 · Midnight Drive · Basic Lease"
    assert told.startswith("⚠️ **Already sold exclusively:** #1030 to Sam Ortiz")
    assert "This buyer: Jordan Lee · #1042" in words


def test_conflict_reply_after_the_conflict_is_over_names_its_own_sale() -> None:
    two = make.record(make.sold(make.line("Neon Rain"), make.line("Slow Burn")))
    still, solved = replace(two.sales[0], conflict=True), two.sales[1]
    words = reply("conflict", replace(two, sales=(still, solved)), str(solved.number))
    assert f"#{solved.number}" in words
    assert "Slow Burn" in words
    assert "Neon Rain" not in words


def test_exclusive_that_was_named_late_says_price_track_and_license() -> None:
    record = make.exclusive_record()
    words = reply("exclusive", record, str(record.sales[0].number))
    assert words.startswith("$500.00 · Midnight Drive · ⭐ Exclusive Rights\n")
    assert f"`#{record.sales[0].number}`" in words


def test_reply_in_test_mode_is_marked() -> None:
    record = make.record(producer=make.producer(livemode=False))
    assert reply("refund", record, "").startswith("TEST MODE · ")


def test_names_in_replies_ping_nobody() -> None:
    record = make.record(make.sold(make.line("@everyone **x**")))
    assert "\\@everyone \\*\\*x\\*\\*" in reply("refund", record, "")


def test_reply_of_an_unknown_kind_points_to_the_alert() -> None:
    assert reply("moved", make.record(), "") == ("Update on #1042 Midnight Drive: see its alert.")


def test_summary_lists_the_sales_that_were_not_announced() -> None:
    message = summary([make.record(), make.exclusive_record(), make.conflict_record()])
    assert message.content == "3 sales · $559.90 · while I could not post here"
    assert (message.embeds[0].description or "").split("\n") == [
        "**$29.95** · Midnight Drive · Basic Lease",
        "**$500.00** · Midnight Drive · ⭐ Exclusive Rights",
        "**$29.95** · Midnight Drive · Basic Lease · ⚠️ conflict",
    ]
    assert message.embeds[0].footer.text == "Before fees and refunds · /sales lists them all"


def test_long_summary_says_how_many_it_leaves_out() -> None:
    message = summary([make.record() for _ in range(500)])
    assert "more" in (message.embeds[0].description or "").split("\n")[-1]


def test_replies_on_a_phone_take_few_lines() -> None:
    taken = make.booked(-1_234_567, 1500, id="txn_2")
    dispute = make.dispute(amount=1_234_567, reason="fraudulent", movements=(taken,))
    down = {"state": SaleState.DISPUTED, "left": Money(-37_332, "usd")}
    disputed = make.record(make.wide_payment(disputes=(dispute,)), sale_changes=down)
    back = {"state": SaleState.REFUNDED, "left": Money(-35_832, "usd")}
    of = make.wide_payment(refunds=(make.refund(1_234_567),))
    refunded = make.record(of, sale_changes=back)
    for what, record, name, most in (
        ("dispute_opened", disputed, dispute.id, 8),
        ("dispute_reminder_24", disputed, dispute.id, 8),
        ("refund", refunded, "re_1", 4),
        ("conflict", make.conflict_record(), "1042", 7),
    ):
        assert lines_at_390(headed(reply(what, record, name))) <= most
