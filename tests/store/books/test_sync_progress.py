from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.store.books.sync_progress import (
    events_known,
    events_seen,
    import_progress,
    known_by_charge,
    known_payments,
    note_events,
    note_import,
    subjects_heard_of,
    subjects_waiting,
)
from bot.store.engine import Store
from bot.store.inbox import Inbox, Incoming
from bot.store.tables import events
from tests.factories import NOON, lease, paid
from tests.store.samples import Books

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
PLAN = ImportProgress(start=START, end=START + timedelta(days=8), done_until=START)


async def test_what_is_noted_is_found_again_by_mode(store: Store) -> None:
    half = ImportProgress(
        start=START,
        end=START + timedelta(days=8),
        done_until=START + timedelta(days=2),
        payments=42,
        partial=True,
        away=True,
    )
    seen = EventsSeen(
        begin=START, until=START + timedelta(hours=3), trouble="a permission is missing"
    )
    async with store.write() as connection:
        await note_import(connection, True, half)
        await note_events(connection, False, seen)
    async with store.read() as connection:
        assert await import_progress(connection, True) == half
        assert await import_progress(connection, False) is None
        assert await events_seen(connection, False) == seen
        assert await events_seen(connection, True) is None


def test_the_share_that_is_done_is_one_of_time() -> None:
    assert PLAN.share == 0
    assert (
        ImportProgress(start=START, end=PLAN.end, done_until=START + timedelta(days=2)).share
        == 0.25
    )
    assert ImportProgress(start=START, end=START, done_until=START).share == 1


def test_it_is_finished_at_its_end() -> None:
    assert not PLAN.finished
    assert ImportProgress(start=START, end=PLAN.end, done_until=PLAN.end).finished


async def test_payments_are_known_by_any_of_their_names(books: Books) -> None:
    one, other, unknown = (paid(name, lease()) for name in "123")
    by_intent = replace(other, key=str(other.intent), session=None)
    await books.write(one, by_intent)
    found = await books.read_id(known_payments, [unknown, other, one])
    assert [known and known.payment for known in found] == [None, by_intent, one]


async def test_the_payment_of_its_own_key_goes_before_others(books: Books) -> None:
    one = paid("1", lease())
    other = replace(paid("2", lease()), intent=None, charge="ch_other")
    await books.write(one, other)
    wanted = replace(other, intent=one.intent)
    [known] = await books.read_id(known_payments, [wanted])
    assert known is not None
    assert known.payment == other


async def test_it_is_said_what_discord_has_heard_of(books: Books) -> None:
    loud, quiet = paid("1", lease()), paid("2", lease())
    await books.write(loud)
    await books.write(quiet, quiet=True)
    found = await books.read_id(known_payments, [loud, quiet])
    charges = [str(loud.charge), str(quiet.charge), "ch_unheard_of"]
    by_charge = await books.read_id(known_by_charge, charges)
    assert [known.told for known in found if known] == [True, False]
    assert [known.read for known in found if known] == [NOON, NOON]
    assert {charge: known.payment for charge, known in by_charge.items()} == {
        loud.charge: loud,
        quiet.charge: quiet,
    }


async def test_another_producers_payments_are_not_known(books: Books) -> None:
    payment = paid("1", lease())
    await books.write(payment)
    async with books.store.read() as connection:
        assert await known_payments(connection, books.id + 1, [payment]) == [None]
        assert await known_by_charge(connection, books.id + 1, [str(payment.charge)]) == {}


def incoming(id_: str, subject: str, *, livemode: bool = True) -> Incoming:
    return Incoming(
        id=id_,
        type="charge.succeeded",
        livemode=livemode,
        account="",
        subject=subject,
        created=NOON,
        received=NOON,
        state="pending",
        body="{}",
    )


async def test_events_are_known_and_waited_for(store: Store) -> None:
    async with Inbox(store) as inbox:
        await inbox.put(incoming("evt_1", "payment:pi_1"))
        await inbox.put(incoming("evt_2", "payment:pi_2"))
        await inbox.put(incoming("evt_3", "payment:pi_3", livemode=False))
    async with store.write() as connection:
        done = events.update().where(events.c.id == "evt_2").values(state="done")
        await connection.execute(done)
    asked = [f"payment:pi_{number}" for number in range(1300)]
    async with store.read() as connection:
        assert await subjects_waiting(connection, True, asked) == {"payment:pi_1"}
        assert await subjects_heard_of(connection, True, asked) == {"payment:pi_1", "payment:pi_2"}
        assert await events_known(connection, ["evt_3", "evt_4"]) == {"evt_3"}
        assert await events_known(connection, []) == set()
