import json
from datetime import datetime

import pytest
from sqlalchemy import update

from bot.settings import Settings, SettingsWrong
from bot.store.engine import open_store
from bot.store.tables import entries
from bot.terminal import books_commands
from bot.terminal.books_commands import audit, import_history
from fakes.stripe import StripeServer
from fakes.stripe.faults import Odd
from tests.sync.world import World


@pytest.fixture
async def imported(
    settings: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> Settings:
    world.account.bill(1200)
    world.time.pass_(hours=1)
    await import_history(settings, None, world.time)
    capsys.readouterr()
    return settings


async def tamper(settings: Settings) -> None:
    async with open_store(settings.database_url) as store, store.write() as connection:
        wrong = update(entries).values(stripe_fee=entries.c.stripe_fee + 1)
        await connection.execute(wrong.where(entries.c.kind == "sale"))


async def test_equal_books_are_status_0_with_the_sums_of_both_sides(
    imported: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await audit(imported, None, None, world.time, as_json=False) == 0
    shown = capsys.readouterr().out
    assert "Equal: every balance transaction is the same here as at Stripe." in shown
    assert "EUR sale" in shown
    assert "USD payout" in shown
    assert "2 × stripe_fee, -$24.00 net" in shown


async def test_what_is_not_booked_yet_is_said(
    imported: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.account.buy(world.prices["usd"][0], settled=False)
    world.time.pass_(hours=1)
    await import_history(imported, None, world.time)
    assert await audit(imported, None, None, world.time, as_json=False) == 0
    assert "Payments that Stripe has not booked yet: 1" in capsys.readouterr().out


@pytest.mark.parametrize("odd", sorted(Odd))
async def test_an_answer_to_another_question_is_no_difference_but_status_3(
    imported: Settings,
    world: World,
    stripe: StripeServer,
    capsys: pytest.CaptureFixture[str],
    odd: Odd,
) -> None:
    stripe.faults.odd_next(10_000, odd, path="/v1/balance_transactions")
    assert await audit(imported, None, None, world.time, as_json=False) == 3
    said = capsys.readouterr()
    assert said.out == ""
    *_, last = said.err.splitlines()
    assert last.startswith("Stripe is not responding: ")
    assert last.endswith("Try again later.")
    assert "Traceback" not in said.err
    stripe.faults.clear()
    assert await audit(imported, None, None, world.time, as_json=False) == 0


async def test_a_request_that_stripe_refuses_for_good_is_status_3(
    imported: Settings, world: World, stripe: StripeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    stripe.faults.fail_next(10_000, status=400, path="/v1/payouts")
    assert await audit(imported, None, None, world.time, as_json=False) == 3
    said = "Stripe refuses the request: An unknown error occurred. Try again later."
    assert capsys.readouterr().err.splitlines()[-1] == said


async def test_a_permission_that_is_missing_is_named(
    imported: Settings, world: World, stripe: StripeServer
) -> None:
    """By the very request: the audit needs the source of each balance transaction."""
    stripe.faults.lacking.add("rak_balance_transaction_source_read")
    with pytest.raises(SettingsWrong, match="rak_balance_transaction_source_read"):
        await audit(imported, None, None, world.time, as_json=False)


async def test_differences_are_status_1_and_each_is_named(
    imported: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await tamper(imported)
    assert await audit(imported, None, None, world.time, as_json=False) == 1
    shown = capsys.readouterr().out
    assert ": fee is " in shown
    assert shown.rstrip().endswith("differences.")
    assert "Equal" not in shown


async def test_what_is_missing_is_said_on_which_side(
    settings: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await audit(settings, None, None, world.time, as_json=False) == 1
    shown = capsys.readouterr().out
    assert ": missing here" in shown
    assert ": missing at Stripe" not in shown


async def test_people_are_not_shown_all_of_very_many(
    settings: Settings,
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(books_commands, "MOST_SHOWN", 3)
    await audit(settings, None, None, world.time, as_json=False)
    shown = capsys.readouterr().out
    assert shown.count(": missing here") == 3
    assert "more: see them all with --json" in shown


async def test_programs_get_everything_as_json(
    imported: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await audit(imported, None, None, world.time, as_json=True) == 0
    equal = json.loads(capsys.readouterr().out)
    assert equal["equal"] is True
    assert equal["differences"] == []
    assert all(each["stripe"] == each["here"] for each in equal["totals"])
    [fees] = [each for each in equal["not_beat_sales"] if each["type"] == "stripe_fee"]
    assert (fees["currency"], fees["count"], fees["gross"]) == ("usd", 2, -2400)
    await tamper(imported)
    assert await audit(imported, None, None, world.time, as_json=True) == 1
    wrong = json.loads(capsys.readouterr().out)
    assert wrong["equal"] is False
    first = wrong["differences"][0]
    assert first.keys() == {"id", "subject", "kind", "what", "stripe", "here"}


async def test_debits_that_have_not_succeeded_are_counted_apart(
    imported: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    price = world.prices["usd"][0]
    world.account.buy(price, method="us_bank_account")
    world.account.bounce(world.account.buy(price, method="sepa_debit"))
    assert await audit(imported, None, None, world.time, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)["unpaid_debits"]
    assert {each["type"] for each in found} == {"payment", "payment_failure_refund"}
    assert await audit(imported, None, None, world.time, as_json=False) == 0
    assert "Unpaid debits: 1 × payment_failure_refund, -$28.78 net" in capsys.readouterr().out


async def test_the_days_are_the_producers_and_the_last_is_in_it(
    imported: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first, last = datetime(2025, 11, 5), datetime(2025, 11, 9)  # noqa: DTZ001
    assert await audit(imported, first, last, world.time, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    begin, end = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    assert begin == datetime.fromisoformat("2025-11-05T00:00:00+01:00")
    assert end == datetime.fromisoformat("2025-11-10T00:00:00+01:00")


async def test_where_stripe_does_not_answer_it_is_no_difference(
    imported: Settings, world: World, stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.terminal.books_commands.ACCOUNT_MAY_TAKE", 0.0)
    stripe.faults.fail_next(10_000)
    assert await audit(imported, None, None, world.time, as_json=True) == 3
