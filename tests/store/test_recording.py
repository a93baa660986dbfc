"""Recording a payment: what is written, what is kept, what Discord hears of it."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.ledger.payment import Buyer, DisputeState
from bot.ledger.records import Producer
from bot.store.engine import Store
from bot.store.tables import buyers, entries, list_totals, outbox, payments, sales, totals, tracks
from tests.store.samples import (
    ANA,
    BEN,
    NOON,
    disputed,
    exclusive,
    failed,
    lease,
    line,
    paid,
    pending,
    refunded,
    sale_column,
    settled,
    told,
    write,
)


async def test_sales_are_numbered_in_the_order_they_are_recorded(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a", lease("A"), lease("B")), paid("b", lease("A")))
    assert await sale_column(store, producer, "number") == [1001, 1002, 1003]
    assert await sale_column(store, producer, "position") == [0, 1, 0]


async def test_recording_the_same_payment_again_changes_nothing(
    store: Store, producer: Producer
) -> None:
    payment = refunded(settled(paid("a", lease("A"), exclusive("B"))), 1000)
    await write(store, producer, payment)
    before = await _everything(store)
    await write(store, producer, payment)
    assert await _everything(store) == before


async def test_a_sale_keeps_its_number_when_the_lines_become_known(
    store: Store, producer: Producer
) -> None:
    provisional = replace(paid("a", line("3 items", "License", 9000)), detailed=False)
    await write(store, producer, provisional, paid("b"))
    await write(store, producer, paid("a", lease("A"), lease("B"), lease("C")))
    assert await sale_column(store, producer, "number") == [1001, 1002, 1003, 1004]
    assert await sale_column(store, producer, "position") == [0, 0, 1, 2]


async def test_sales_of_lines_that_are_no_more_are_removed_and_their_numbers_not_given_again(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, settled(paid("a", lease("A"), lease("B"), lease("C"))))
    await write(store, producer, settled(paid("a", lease("A"))))
    await write(store, producer, paid("b"))
    assert await sale_column(store, producer, "number") == [1001, 1004]
    async with store.read() as connection:
        booked = await connection.execute(select(entries.c.gross).order_by(entries.c.id))
        assert booked.scalars().all() == [3000, 3000]


async def test_a_payment_known_by_its_intent_is_the_same_once_its_checkout_is_known(
    store: Store, producer: Producer
) -> None:
    payment = paid("a")
    first = await write(store, producer, replace(payment, key="pi_a", session=None))
    second = await write(store, producer, payment)
    assert first == second
    assert await sale_column(store, producer, "number") == [1001]


async def test_a_pending_payment_is_no_sale_until_it_is_paid(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, pending(paid("a")))
    async with store.read() as connection:
        assert (await connection.execute(select(entries))).all() == []
        assert (await connection.execute(select(totals))).all() == []
    assert await sale_column(store, producer, "state") == ["pending"]
    assert await told(store, producer) == []

    (payment_id,) = await write(store, producer, paid("a"))
    assert await sale_column(store, producer, "state") == ["paid"]
    assert await told(store, producer) == [f"announce:payment:{payment_id}"]


async def test_a_failed_payment_counts_for_no_list(store: Store, producer: Producer) -> None:
    await write(store, producer, pending(paid("a")), failed(paid("a")))
    async with store.read() as connection:
        counts = await connection.execute(select(list_totals.c.sales))
        assert set(counts.scalars()) == {0}


async def test_read_is_kept_when_only_an_event_tells_more(store: Store, producer: Producer) -> None:
    await write(store, producer, paid("a"))
    from bot.store.recording import record

    async with store.write() as connection:
        await record(
            connection,
            producer,
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


class TestBuyers:
    async def test_one_email_is_one_buyer_whatever_its_case(
        self, store: Store, producer: Producer
    ) -> None:
        loud = replace(ANA, email=(ANA.email or "").upper())
        await write(store, producer, paid("a"), paid("b", buyer=loud))
        assert len(set(await sale_column(store, producer, "buyer_id"))) == 1

    async def test_who_gives_no_email_is_somebody_else_each_time(
        self, store: Store, producer: Producer
    ) -> None:
        await write(store, producer, paid("a", buyer=Buyer()), paid("b", buyer=Buyer()))
        assert len(set(await sale_column(store, producer, "buyer_id"))) == 2

    async def test_a_row_says_what_the_newest_purchase_said_and_else_what_an_earlier_one_did(
        self, store: Store, producer: Producer
    ) -> None:
        newest = paid("c", at=NOON + timedelta(days=2), buyer=replace(ANA, name="Ana L."))
        older = paid("b", at=NOON + timedelta(days=1), buyer=replace(ANA, name="A", country=None))
        nameless = paid("d", at=NOON + timedelta(days=3), buyer=replace(ANA, name=None))
        await write(store, producer, newest, nameless, older, paid("a"))
        async with store.read() as connection:
            row = (await connection.execute(select(buyers))).one()
        assert (row.name, row.country) == ("Ana L.", "BR")

    async def test_a_corrected_email_moves_the_sale_and_forgets_the_buyer_that_never_was(
        self, store: Store, producer: Producer
    ) -> None:
        await write(store, producer, paid("a", buyer=Buyer(name="Ben")), paid("a", buyer=BEN))
        async with store.read() as connection:
            rows = (await connection.execute(select(buyers))).all()
        assert [row.email for row in rows] == [BEN.email]
        assert await sale_column(store, producer, "buyer_id") == [rows[0].id]


class TestTold:
    async def test_a_payment_is_announced_once_then_edited(
        self, store: Store, producer: Producer
    ) -> None:
        (payment_id,) = await write(store, producer, paid("a"))
        await write(store, producer, settled(paid("a")))
        await write(store, producer, refunded(settled(paid("a")), 1000))
        subject = f"payment:{payment_id}"
        assert await told(store, producer) == [
            f"announce:{subject}",
            f"edit:{subject}",
            "reply:refund:re_cs_a_1",
        ]

    async def test_a_quiet_recording_is_not_told(self, store: Store, producer: Producer) -> None:
        await write(store, producer, settled(paid("a")), paid("b", exclusive()), quiet=True)
        assert await told(store, producer) == []

    async def test_a_conflict_known_at_once_is_part_of_the_announcement(
        self, store: Store, producer: Producer
    ) -> None:
        await write(store, producer, paid("a", exclusive()))
        await write(store, producer, paid("b", at=NOON + timedelta(days=1)))
        assert await sale_column(store, producer, "conflict") == [False, True]
        assert await told(store, producer) == ["announce:payment:1", "announce:payment:2"]

    async def test_a_payment_that_becomes_a_conflict_is_edited_and_replied_to(
        self, store: Store, producer: Producer
    ) -> None:
        await write(store, producer, paid("late", at=NOON + timedelta(days=1)))
        await write(store, producer, paid("x", exclusive()))
        assert await told(store, producer) == [
            "announce:payment:1",
            "announce:payment:2",
            "edit:payment:1",
            "reply:conflict:1",
        ]
        async with store.read() as connection:
            query = select(outbox.c.payload).where(outbox.c.kind == "reply")
            assert await connection.scalar(query) == '{"what": "conflict", "id": "1001"}'

    async def test_a_conflict_that_ends_is_edited_without_a_reply(
        self, store: Store, producer: Producer
    ) -> None:
        holding = settled(paid("x", exclusive()))
        await write(store, producer, holding, paid("late", at=NOON + timedelta(days=1)))
        await write(store, producer, refunded(holding))
        assert await sale_column(store, producer, "conflict") == [False, False]
        assert "edit:payment:2" in await told(store, producer)
        assert not [key for key in await told(store, producer) if "conflict" in key]


class TestRights:
    async def test_the_earliest_exclusive_sale_holds_the_track(
        self, store: Store, producer: Producer
    ) -> None:
        late = paid("late", exclusive(), at=NOON + timedelta(hours=2))
        early = paid("early", exclusive(), at=NOON)
        between = paid("lease", at=NOON + timedelta(hours=1), buyer=BEN)
        await write(store, producer, late, between, early)
        assert await sale_column(store, producer, "conflict") == [True, True, False]
        assert await _holder(store) == 1003

    async def test_when_the_holder_is_refunded_the_next_exclusive_holds_the_track(
        self, store: Store, producer: Producer
    ) -> None:
        first = settled(paid("a", exclusive()))
        second = paid("b", exclusive(), at=NOON + timedelta(hours=1))
        lease_between = paid("c", at=NOON + timedelta(minutes=30))
        await write(store, producer, first, second, lease_between, refunded(first))
        assert await _holder(store) == 1002
        assert await sale_column(store, producer, "conflict") == [False, False, False]

    async def test_a_lost_dispute_ends_the_right_and_a_partial_refund_does_not(
        self, store: Store, producer: Producer
    ) -> None:
        payment = settled(paid("a", exclusive()))
        await write(store, producer, refunded(payment, 1))
        assert await _holder(store) == 1001
        await write(store, producer, disputed(payment, DisputeState.LOST))
        assert await _holder(store) is None

    async def test_a_lease_bought_in_one_payment_with_the_exclusive_is_no_conflict(
        self, store: Store, producer: Producer
    ) -> None:
        await write(store, producer, paid("a", exclusive(), lease()))
        assert await sale_column(store, producer, "conflict") == [False, False]

    async def test_a_line_that_turns_out_to_be_of_another_track_frees_the_first(
        self, store: Store, producer: Producer
    ) -> None:
        await write(store, producer, paid("a", exclusive("A")))
        await write(store, producer, paid("b", lease("A"), at=NOON + timedelta(hours=1)))
        await write(store, producer, paid("a", exclusive("B")))
        assert await sale_column(store, producer, "conflict") == [False, False]
        async with store.read() as connection:
            held = await connection.execute(
                select(tracks.c.name).where(tracks.c.holder_sale_id.is_not(None))
            )
            assert held.scalars().all() == ["B"]


async def _holder(store: Store) -> int | None:
    async with store.read() as connection:
        return await connection.scalar(
            select(sales.c.number).join(tracks, tracks.c.holder_sale_id == sales.c.id)
        )


async def _everything(store: Store) -> list[object]:
    watched = (payments, sales, entries, totals, list_totals, buyers, tracks, outbox)
    async with store.read() as connection:
        return [sorted(map(repr, await connection.execute(select(table)))) for table in watched]
