"""Recording a payment: what is written, what is kept, what Discord hears of it.

What Discord hears of a recorded payment, and of those whose rights it changes.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.domain.payment import DisputeState, FraudWarning
from bot.store.books import payment_rows
from bot.store.engine import Store
from bot.store.tables import buyers, day_totals, entries, outbox, payments, sales, tracks
from tests.factories import NOON, disputed, exclusive, lease, line, paid, pending, refunded, settled
from tests.store.samples import Books


async def test_sales_are_numbered_in_the_order_they_are_recorded(books: Books) -> None:
    await books.write(paid("a", lease("A"), lease("B")), paid("b", lease("A")))
    assert await books.column("number") == [1001, 1002, 1003]
    assert await books.column("position") == [0, 1, 0]


async def test_recording_the_same_payment_again_changes_nothing(books: Books) -> None:
    payment = refunded(settled(paid("a", lease("A"), exclusive("B"))), 1000)
    await books.write(payment)
    before = await _everything(books.store)
    await books.write(payment)
    assert await _everything(books.store) == before


async def test_a_sale_keeps_its_number_when_the_lines_become_known(books: Books) -> None:
    provisional = replace(
        paid("a", line("3 items", license="License", amount=9000)), detailed=False
    )
    await books.write(provisional, paid("b"))
    await books.write(paid("a", lease("A"), lease("B"), lease("C")))
    assert await books.column("number") == [1001, 1002, 1003, 1004]
    assert await books.column("position") == [0, 0, 1, 2]


async def test_sales_of_lines_that_are_no_more_are_removed_and_their_numbers_not_given_again(
    books: Books,
) -> None:
    await books.write(settled(paid("a", lease("A"), lease("B"), lease("C"))))
    await books.write(settled(paid("a", lease("A"))))
    await books.write(paid("b"))
    assert await books.column("number") == [1001, 1004]
    async with books.store.read() as connection:
        booked = await connection.execute(select(entries.c.gross).order_by(entries.c.id))
        assert booked.scalars().all() == [3000, 3000]


async def test_a_payment_known_by_its_intent_is_the_same_once_its_checkout_is_known(
    books: Books,
) -> None:
    payment = paid("a")
    first = await books.write(replace(payment, key="pi_a", session=None))
    second = await books.write(payment)
    assert first == second
    assert await books.column("number") == [1001]


async def test_a_pending_payment_is_no_sale_until_it_is_paid(books: Books) -> None:
    await books.write(pending(paid("a")))
    async with books.store.read() as connection:
        assert (await connection.execute(select(entries))).all() == []
        assert (await connection.execute(select(day_totals))).all() == []
    assert await books.column("state") == ["pending"]
    assert await books.told() == []

    (payment_id,) = await books.write(paid("a"))
    assert await books.column("state") == ["paid"]
    assert await books.told() == [f"announce:payment:{payment_id}"]


async def test_read_is_kept_when_only_an_event_tells_more(books: Books) -> None:
    await books.write(paid("a"))
    from bot.store.books.record import record

    async with books.store.write() as connection:
        await record(
            connection,
            books.producer,
            settled(paid("a")),
            complete=False,
            read=None,
            due=NOON + timedelta(hours=1),
            checks=2,
            now=NOON,
        )
        row = (await connection.execute(select(payments))).one()
    assert row.read == NOON
    assert (row.complete, row.due, row.checks) == (False, NOON + timedelta(hours=1), 2)


async def _everything(store: Store) -> list[object]:
    watched = (payments, sales, entries, day_totals, buyers, tracks, outbox)
    async with store.read() as connection:
        return [sorted(map(repr, await connection.execute(select(table)))) for table in watched]


async def test_what_a_card_network_warned_of_is_kept_when_stripe_is_read_again(
    books: Books,
) -> None:
    warning = FraudWarning(id="issfr_1", kind="misc", created=NOON)
    warned = replace(settled(paid("a")), warnings=(warning,))
    await books.write(warned, refunded(settled(paid("a"))))
    async with books.store.read() as connection:
        document = await connection.scalar(select(payments.c.document))
    assert document is not None
    assert payment_rows.payment_from_json(document).warnings == (warning,)


async def test_until_when_a_dispute_is_to_be_answered_can_be_looked_up(books: Books) -> None:
    taken = disputed(settled(paid("a")))
    due = NOON + timedelta(days=9)
    [dispute] = taken.disputes
    waiting = replace(dispute, status="needs_response", due_by=due)
    for status, answer_by in (("needs_response", due), ("under_review", None)):
        now = replace(taken, disputes=(replace(waiting, status=status),))
        await books.write(now)
        async with books.store.read() as connection:
            assert await connection.scalar(select(payments.c.answer_by)) == answer_by


async def test_a_payment_is_announced_once_then_edited(books: Books) -> None:
    (payment_id,) = await books.write(paid("a"))
    await books.write(settled(paid("a")))
    await books.write(refunded(settled(paid("a")), 1000))
    subject = f"payment:{payment_id}"
    assert await books.told() == [
        f"announce:{subject}",
        f"edit:{subject}",
        "reply:refund:re_cs_a_1",
    ]


async def test_a_quiet_recording_is_not_told(books: Books) -> None:
    await books.write(settled(paid("a")), paid("b", exclusive()), quiet=True)
    assert await books.told() == []


async def test_a_conflict_known_at_once_is_part_of_the_announcement(books: Books) -> None:
    await books.write(paid("a", exclusive()))
    await books.write(paid("b", at=NOON + timedelta(days=1)))
    assert await books.column("conflict") == [False, True]
    assert await books.told() == ["announce:payment:1", "announce:payment:2"]


async def test_a_payment_that_becomes_a_conflict_is_edited_and_replied_to(books: Books) -> None:
    await books.write(paid("late", at=NOON + timedelta(days=1)))
    await books.write(paid("x", exclusive()))
    assert await books.told() == [
        "announce:payment:1",
        "announce:payment:2",
        "edit:payment:1",
        "reply:conflict:1",
    ]
    async with books.store.read() as connection:
        query = select(outbox.c.payload).where(outbox.c.kind == "reply")
        assert await connection.scalar(query) == '{"what": "conflict", "id": "1001"}'


async def test_a_conflict_that_ends_is_edited_without_a_reply(books: Books) -> None:
    holding = settled(paid("x", exclusive()))
    await books.write(holding, paid("late", at=NOON + timedelta(days=1)))
    await books.write(refunded(holding))
    assert await books.column("conflict") == [False, False]
    assert "edit:payment:2" in await books.told()
    assert not [key for key in await books.told() if "conflict" in key]


async def test_a_refunded_exclusive_asks_what_becomes_of_its_track(books: Books) -> None:
    holding = settled(paid("x", exclusive()))
    await books.write(holding)
    await books.write(refunded(holding, 1000))
    assert not [key for key in await books.told() if "track_free" in key]
    gone = refunded(refunded(holding, 1000), 49_000, name="2")
    await books.write(gone, gone)
    assert (await books.told())[-1] == "reply:track_free:1:2"
    async with books.store.read() as connection:
        query = select(outbox.c.payload).where(outbox.c.key == "reply:track_free:1:2")
        payload = await connection.scalar(query)
    assert payload == '{"what": "track_free", "id": "1001", "track": "1"}'


async def test_nothing_is_asked_where_another_exclusive_takes_over(books: Books) -> None:
    holding = settled(paid("x", exclusive()))
    await books.write(holding, paid("y", exclusive(), at=NOON + timedelta(days=1)))
    await books.write(refunded(holding))
    assert not [key for key in await books.told() if "track_free" in key]


async def test_a_conflict_that_is_refunded_frees_nothing(books: Books) -> None:
    late = settled(paid("late", exclusive(), at=NOON + timedelta(days=1)))
    await books.write(paid("x", exclusive()), late)
    await books.write(refunded(late))
    assert not [key for key in await books.told() if "track_free" in key]


async def test_a_lost_dispute_asks_too(books: Books) -> None:
    holding = settled(paid("x", exclusive()))
    await books.write(holding, disputed(holding, DisputeState.LOST))
    assert "reply:track_free:1:1" in await books.told()
