"""The outbox: nothing is told twice, nothing is forgotten, the newest state is what is told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.outbox import OutboxRow, Part
from tests.factories import NOON
from tests.store.samples import Books

LATER = NOON + timedelta(minutes=5)


async def put(
    connection: AsyncConnection, producer: Producer, kind: str, number: int = 1, **extra: Any
) -> None:
    subject = f"payment:{number}"
    given: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "key": f"{kind}:{subject}",
        "now": NOON,
    }
    await outbox.put(connection, producer.id, **(given | extra))


async def rows(connection: AsyncConnection, producer: Producer) -> list[OutboxRow]:
    return await outbox.open_rows(connection, producer.id, 100)


async def test_rows_put_are_open_in_order_with_their_payload(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce", 1)
        await put(connection, books.producer, "reply", 1, payload={"what": "refund", "id": "re_1"})
        await put(connection, books.producer, "announce", 2)
        announce, reply, _ = await rows(connection, books.producer)
        assert [row.id for row in await outbox.open_rows(connection, books.id, 2)] == [
            announce.id,
            reply.id,
        ]
    assert (announce.kind, announce.subject, announce.key) == (
        "announce",
        "payment:1",
        "announce:payment:1",
    )
    assert (announce.state, announce.created, announce.begun) == ("pending", NOON, None)
    assert (announce.attempts, announce.payload) == (0, None)
    assert reply.payload == {"what": "refund", "id": "re_1"}


@pytest.mark.parametrize("kind", ["announce", "reply"])
async def test_row_sent_is_not_opened_again(books: Books, kind: str) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, kind)
        [row] = await rows(connection, books.producer)
        await outbox.begin(connection, [row.id], NOON)
        await outbox.sent(connection, [row.id])
        await put(connection, books.producer, kind, now=LATER)
        assert await rows(connection, books.producer) == []


async def test_edit_put_after_it_was_sent_is_open_again(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "edit")
        await put(connection, books.producer, "edit")
        [row] = await rows(connection, books.producer)
        await outbox.begin(connection, [row.id], NOON)
        await outbox.sent(connection, [row.id])
        await put(connection, books.producer, "edit", now=LATER)
        [again] = await rows(connection, books.producer)
    assert (again.id, again.state, again.created, again.begun) == (row.id, "pending", LATER, None)


@pytest.mark.parametrize("end", ["sent", "retry"])
async def test_edit_put_while_an_older_one_is_sent_stays_open(books: Books, end: str) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "edit")
        [row] = await rows(connection, books.producer)
        await outbox.begin(connection, [row.id], NOON)
        await put(connection, books.producer, "edit", now=LATER)
        if end == "sent":
            await outbox.sent(connection, [row.id])
        else:
            await outbox.retry(connection, [row.id], "Discord is away")
        [again] = await rows(connection, books.producer)
    assert (again.state, again.attempts, again.error) == ("pending", 0, None)


async def test_row_begun_stays_open_until_its_outcome_is_known(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce")
        [row] = await rows(connection, books.producer)
        await outbox.begin(connection, [row.id], LATER)
    [row] = await books.read(rows)
    assert (row.state, row.begun) == ("sending", LATER)


async def test_retry_of_begun_row_reopens_it(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce")
        [row] = await rows(connection, books.producer)
        await outbox.begin(connection, [row.id], NOON)
        await outbox.retry(connection, [row.id], "Discord is away")
        [again] = await rows(connection, books.producer)
    assert (again.state, again.attempts, again.error) == ("pending", 0, "Discord is away")


@pytest.mark.parametrize(("made", "state"), [(True, "sending"), (False, "pending")])
async def test_reopen_of_message_that_may_exist_looks_for_it_first(
    books: Books, made: bool, state: str
) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce")
        [row] = await rows(connection, books.producer)
        await outbox.begin(connection, [row.id], NOON, 1000)
        await outbox.fail(connection, [row.id], "no answer", made=made)
        await outbox.reopen(connection, books.id)
        [again] = await rows(connection, books.producer)
    assert (again.state, again.attempts) == (state, 1)
    assert (again.begun, again.channel_id) == ((NOON, 1000) if made else (None, None))


async def test_parts_edit_of_untold_alert_belongs_to_posts(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "edit", 1)
        await put(connection, books.producer, "announce", 2)
        await put(connection, books.producer, "edit", 2)
        subject = "reply:reply:track_free:3:1"
        await put(connection, books.producer, "edit", subject=subject, key=f"edit:{subject}")
        await put(connection, books.producer, "reply", 3, key="reply:track_free:3:1")
        parts = {
            part: [row.key for row in await outbox.open_rows(connection, books.id, 9, part=part)]
            for part in (Part.POSTS, Part.EDITS)
        }
    assert parts == {
        Part.POSTS: [
            "announce:payment:2",
            "edit:payment:2",
            "edit:reply:reply:track_free:3:1",
            "reply:track_free:3:1",
        ],
        Part.EDITS: ["edit:payment:1"],
    }


async def test_reopen_of_one_part_leaves_the_other_aside(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce", 1)
        await put(connection, books.producer, "edit", 2)
        await outbox.fail(
            connection, [row.id for row in await rows(connection, books.producer)], "no"
        )
        assert await outbox.reopen(connection, books.id, Part.EDITS) == 1
        assert [row.kind for row in await rows(connection, books.producer)] == ["edit"]


async def test_row_failed_is_kept_with_its_reason_until_reopened(books: Books) -> None:
    async with books.store.write() as connection:
        for number in (1, 2, 3):
            await put(connection, books.producer, "announce", number)
        first, second, _ = await rows(connection, books.producer)
        await outbox.fail(connection, [first.id, second.id], "the channel is gone")
        assert len(await rows(connection, books.producer)) == 1
        failed = await outbox.failures(connection, books.id, 10)
        assert [row.id for row in failed] == [second.id, first.id]
        assert {row.error for row in failed} == {"the channel is gone"}
        assert await outbox.reopen(connection, books.id) == 2
        assert await outbox.failures(connection, books.id, 10) == []
        assert [row.id for row in await rows(connection, books.producer)][:2] == [
            first.id,
            second.id,
        ]


async def test_row_in_a_summary_is_closed_even_when_begun(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce", 1)
        await put(connection, books.producer, "announce", 2)
        ids = [row.id for row in await rows(connection, books.producer)]
        await outbox.begin(connection, ids[:1], NOON)
        await outbox.summarize(connection, ids)
        await outbox.sent(connection, ids)
        assert await rows(connection, books.producer) == []


async def test_counts_of_one_producer_or_all_are_by_state(books: Books) -> None:
    async with books.store.write() as connection:
        for number in range(4):
            await put(connection, books.producer, "announce", number)
        first, second, third, _ = [row.id for row in await rows(connection, books.producer)]
        await outbox.begin(connection, [first, second], NOON)
        await outbox.sent(connection, [first])
        await outbox.fail(connection, [third], "no permission")
        expected = {"sending": 1, "failed": 1, "pending": 1}
        assert await outbox.counts(connection, books.id) == expected
        assert await outbox.counts(connection) == expected
        assert await outbox.counts(connection, books.id + 1) == {}


async def test_outbox_of_another_producer_is_separate(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce")
        assert await outbox.open_rows(connection, books.id + 1, 10) == []
        assert await outbox.failures(connection, books.id + 1, 10) == []
        assert await outbox.reopen(connection, books.id + 1) == 0


async def test_row_pending_can_be_withdrawn(books: Books) -> None:
    keys = [f"reply:dispute_reminder_72:dp_{number}" for number in (1, 2, 3)]
    async with books.store.write() as connection:
        for key in (*keys, "reply:refund:re_1"):
            await put(connection, books.producer, "reply", key=key)
        *_, tried, refund = await rows(connection, books.producer)
        await outbox.begin(connection, [tried.id], NOON)
        waiting = await outbox.waiting(connection, books.id, "reply:dispute_reminder_")
        assert waiting == {*keys[:2]}
        await outbox.withdraw(connection, books.id, [keys[0], keys[2]])
        left = [row.key for row in await rows(connection, books.producer)]
        assert left == [keys[1], keys[2], refund.key]
        await outbox.withdraw(connection, books.id, [])
        assert len(await rows(connection, books.producer)) == 3


async def test_announcement_put_says_since_when(books: Books) -> None:
    async with books.store.write() as connection:
        await put(connection, books.producer, "announce", 1)
        await put(connection, books.producer, "announce", 2, now=LATER)
        subjects = ["payment:1", "payment:2", "payment:3"]
        assert await outbox.announced(connection, books.id, subjects) == {
            "payment:1": NOON,
            "payment:2": LATER,
        }
        assert await outbox.announced(connection, books.id + 1, subjects) == {}
