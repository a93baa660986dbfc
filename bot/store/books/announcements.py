"""Puts into the outbox what Discord should hear of a payment that was just recorded."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.news import Announce, Edit, Reply, news
from bot.domain.payment import Payment, PaymentState
from bot.store.books.rows import SaleRow
from bot.store.queues import outbox


class _Telling(NamedTuple):
    kind: str
    subject: str
    key: str
    payload: Mapping[str, str] | None = None


async def tell(
    connection: AsyncConnection,
    producer_id: int,
    payment_id: int,
    before: Payment | None,
    after: Payment,
    judged: Sequence[SaleRow],
    freed: Sequence[SaleRow],
    exclusive: Sequence[SaleRow],
    *,
    now: datetime,
) -> None:
    """`judged`: sales, of this and other payments, whose conflict flag was just changed.

    `freed`: sales of this payment that held their track until now; nobody does any more.
    `exclusive`: sales of this payment that were not known to be exclusive until now.
    """
    told = [
        *_of_itself(payment_id, before, after),
        *_of_rights(payment_id, before, judged),
        *await _of_exclusives(connection, producer_id, payment_id, before, exclusive),
        *_of_freed(payment_id, after, freed),
    ]
    for telling in {telling.key: telling for telling in told}.values():
        await outbox.put(connection, producer_id, now=now, **telling._asdict())


def subject_of(payment_id: int) -> str:
    """What the outbox and the messages call a payment."""
    return f"payment:{payment_id}"


def _of_itself(payment_id: int, before: Payment | None, after: Payment) -> Iterator[_Telling]:
    subject = subject_of(payment_id)
    for item in news(before, after):
        match item:
            case Announce():
                yield _Telling("announce", subject, f"announce:{subject}")
            case Edit():
                yield _edit(subject)
            case Reply():
                reply = _reply(subject, item.key, item.what, item.id)
                yield reply if item.amount is None else _with_amount(reply, item.amount)


def _of_rights(
    payment_id: int, before: Payment | None, judged: Sequence[SaleRow]
) -> Iterator[_Telling]:
    """A conflict among what is announced just now is told there; one that comes later is told.

    A reply names the sale by its number: "reply:conflict:<sale id>" is told once for ever.
    """
    announced = before is not None and before.state is PaymentState.PAID
    for row in judged:
        if row.payment_id == payment_id and not announced:
            continue
        subject = subject_of(row.payment_id)
        yield _edit(subject)
        if row.conflict:
            yield _reply(subject, f"reply:conflict:{row.id}", "conflict", str(row.number))


async def _of_exclusives(
    connection: AsyncConnection,
    producer_id: int,
    payment_id: int,
    before: Payment | None,
    exclusive: Sequence[SaleRow],
) -> list[_Telling]:
    """An exclusive that was announced as something else is told once: an edit makes no sound.

    Where the announcement has not begun, it will say so itself. A conflict is told as one.
    """
    subject = subject_of(payment_id)
    if before is None or before.state is not PaymentState.PAID or not exclusive:
        return []
    announcement = f"announce:{subject}"
    if announcement in await outbox.waiting(connection, producer_id, announcement):
        return []
    return [
        _reply(subject, f"reply:exclusive:{row.id}", "exclusive", str(row.number))
        for row in exclusive
        if row.holds_rights and not row.conflict
    ]


def _of_freed(payment_id: int, after: Payment, freed: Sequence[SaleRow]) -> Iterator[_Telling]:
    """What is to become of a track is asked once for each refund or dispute that set it free."""
    turn = len(after.refunds) + len(after.disputes)
    for row in freed:
        question = _reply(
            subject_of(payment_id),
            f"reply:track_free:{row.id}:{turn}",
            "track_free",
            str(row.number),
        )
        track = {"track": str(row.track_id)}
        yield question._replace(payload={**(question.payload or {}), **track})


def _with_amount(reply: _Telling, amount: Money) -> _Telling:
    counted = {"amount": str(amount.amount), "currency": amount.currency}
    return reply._replace(payload={**(reply.payload or {}), **counted})


def _edit(subject: str) -> _Telling:
    return _Telling("edit", subject, f"edit:{subject}")


def _reply(subject: str, key: str, what: str, object_id: str) -> _Telling:
    return _Telling("reply", subject, key, {"what": what, "id": object_id})
