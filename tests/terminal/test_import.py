from datetime import datetime

import pytest
from pydantic import SecretStr

from bot.settings import Settings, SettingsWrong
from bot.store.books import producers
from bot.store.engine import open_store
from bot.terminal import books_commands
from bot.terminal.books_commands import import_history
from fakes.stripe import StripeServer
from fakes.stripe.faults import Odd
from tests.sync.world import World


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What it ends with on standard error."""
    *_, last = capsys.readouterr().err.splitlines()
    return last


async def test_it_imports_everything_and_says_what_it_did(
    settings: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await import_history(settings, None, world.time) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith(f"Payments: {world.sold} new")
    assert shown[1].startswith("Payouts: ")
    assert len(shown) == 2


async def test_again_it_finds_everything_as_it_was(
    settings: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_history(settings, None, world.time)
    capsys.readouterr()
    world.time.pass_(seconds=5)
    assert await import_history(settings, None, world.time) == 0
    assert capsys.readouterr().out.startswith("Payments: 0 new, 0 updated")


async def test_the_first_day_is_the_producers(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime | None] = []

    async def by_command(*_: object, since: datetime | None, **__: object) -> None:
        asked.append(since)
        raise KeyboardInterrupt

    monkeypatch.setattr(books_commands, "by_command", by_command)
    with pytest.raises(KeyboardInterrupt):
        await import_history(settings, datetime(2025, 11, 10), world.time)  # noqa: DTZ001
    assert asked == [datetime.fromisoformat("2025-11-10T00:00:00+01:00")]


async def test_days_and_links_are_the_accounts_where_no_time_zone_is_set(
    settings: Settings, world: World
) -> None:
    unset = settings.model_copy(update={"timezone": None})
    world.account.books.change(
        world.account.id, settings={"dashboard": {"timezone": "America/New_York"}}
    )
    await import_history(unset, None, world.time)
    async with open_store(settings.database_url) as store, store.read() as connection:
        producer = await producers.current(connection)
    assert producer is not None
    assert (producer.timezone, producer.stripe_account) == ("America/New_York", world.account.id)


async def test_broken_objects_are_counted(
    settings: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    books = world.account.books
    sessions = books.all("checkout.session")
    session = next(id_ for id_ in sessions if books.get("checkout.session", id_)["payment_intent"])
    books.change(session, amount_total="a lot")
    assert await import_history(settings, None, world.time) == 0
    shown = capsys.readouterr()
    assert "1 could not be understood" in shown.out
    assert session in shown.err


async def test_where_stripe_does_not_answer_it_can_be_gone_on_with(
    settings: Settings,
    world: World,
    stripe: StripeServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stripe.faults.fail_next(10_000, after=12)
    assert await import_history(settings, None, world.time) == 3
    assert last_line(capsys) == (
        "Stripe is not responding: Stripe answered with status 500. "
        "Run the same command again: it continues from here."
    )
    stripe.faults.clear()
    assert await import_history(settings, None, world.time) == 0


@pytest.mark.parametrize("odd", sorted(Odd))
async def test_an_answer_to_another_question_ends_it_with_one_line_and_status_3(
    settings: Settings,
    world: World,
    stripe: StripeServer,
    capsys: pytest.CaptureFixture[str],
    odd: Odd,
) -> None:
    """Whichever call gets it: here those for charges, and the account's."""
    for path in ("/v1/charges", "/v1/account"):
        stripe.faults.odd_next(10_000, odd, path=path)
    assert await import_history(settings, datetime(2025, 1, 1), world.time) == 3  # noqa: DTZ001
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    *_, last = said.err.splitlines()
    assert last.startswith("Stripe is not responding: ")
    assert last.endswith("Run the same command again: it continues from here.")
    stripe.faults.clear()
    assert await import_history(settings, None, world.time) == 0


async def test_a_request_that_stripe_refuses_for_good_ends_it_with_one_line_and_status_3(
    settings: Settings,
    world: World,
    stripe: StripeServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stripe.faults.fail_next(10_000, status=400, path="/v1/disputes")
    assert await import_history(settings, None, world.time) == 3
    assert last_line(capsys) == (
        "Stripe refuses the request: An unknown error occurred. "
        "Run the same command again: it continues from here."
    )


async def test_a_key_that_stripe_does_not_know_is_named(settings: Settings, world: World) -> None:
    wrong = settings.model_copy(update={"stripe_api_key": SecretStr("rk_test_51unknown")})
    with pytest.raises(SettingsWrong, match="STRIPE_API_KEY is wrong"):
        await import_history(wrong, None, world.time)


async def test_a_permission_that_is_missing_is_named(
    settings: Settings, world: World, stripe: StripeServer
) -> None:
    stripe.faults.denied.add("refund")
    with pytest.raises(SettingsWrong, match=r"STRIPE_API_KEY is wrong .*rak_refund_read"):
        await import_history(settings, None, world.time)


async def test_a_permission_that_an_import_did_without_is_named_with_what_is_missing(
    settings: Settings, world: World, stripe: StripeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    stripe.faults.lacking.add("rak_balance_transaction_source_read")
    assert await import_history(settings, None, world.time) == 0
    said = capsys.readouterr().err
    assert "may not read Balance Transaction Sources (rak_balance_transaction_source_read)" in said
    assert "run the same command again" in said


async def test_a_store_that_cannot_be_opened_is_named(settings: Settings, world: World) -> None:
    wrong = settings.model_copy(update={"database_url": "sqlite+aiosqlite:////nowhere/at/all.db"})
    with pytest.raises(SettingsWrong, match="DATABASE_URL is wrong"):
        await import_history(wrong, None, world.time)
