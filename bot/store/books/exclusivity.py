"""Exclusive rights: which sale holds a track, and which sales conflict with it.

The earliest paid exclusive sale of a track that holds rights holds the track. Every sale of it
that holds rights, belongs to another payment and was paid later is a conflict, unless the producer
has accepted it. Judged again whenever a sale of the track changes, so the order in which payments
become known does not matter.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    TextClause,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.sale import Holder, Producer, SaleRights, SaleState
from bot.store import outbox
from bot.store.books.payment_rows import SaleRow
from bot.store.books.track_rows import bump
from bot.store.outbox import subject_of
from bot.store.tables import HOLDS_RIGHTS, buyers, payments, sales, tracks, without_index

# As the partial indexes of `sales` say it.
_EXCLUSIVE = text("sales.exclusive")
_CONFLICT = text("sales.conflict")
_HOLDS_RIGHTS = text(f"sales.{HOLDS_RIGHTS}")

_CLAIMS = (
    select(
        tracks.c.id.label("track_id"),
        tracks.c.holder_sale_id,
        sales.c.id,
        sales.c.payment_id,
        sales.c.sold,
        sales.c.position,
        payments.c.key,
    )
    .select_from(
        tracks.outerjoin(
            sales,
            and_(
                sales.c.producer_id == bindparam("owner"),
                sales.c.track_id == tracks.c.id,
                sales.c.exclusive.is_(True),
                _EXCLUSIVE,
                _HOLDS_RIGHTS,
            ),
        ).outerjoin(payments, payments.c.id == sales.c.payment_id)
    )
    .where(
        tracks.c.producer_id == bindparam("owner"),
        tracks.c.id.in_(bindparam("tracks", expanding=True)),
    )
)

Rank: TypeAlias = tuple[datetime, str, int]
"""Which sale came first: by when it was paid, then the payment's key, then its place there."""


class _Claim(NamedTuple):
    """An exclusive sale that may hold its track."""

    rank: Rank
    sale_id: int
    payment_id: int


class _Track(NamedTuple):
    id: int
    holder_sale_id: int | None
    """Who held it until now."""
    claim: _Claim | None
    """The one that holds it now."""


async def judge(
    connection: AsyncConnection,
    producer_id: int,
    payment_ids: Collection[int],
    track_ids: Iterable[int],
) -> list[SaleRow]:
    """Judge the tracks that payments, just written, have or had sales of.

    Writes holders and conflict flags. Returns the sales whose flag changed, with the new one.
    """
    asked = sorted(set(track_ids))
    found = await _tracks(connection, producer_id, asked) if asked else []
    held = [track for track in found if track.holder_sale_id is not None or track.claim is not None]
    # Held as they were before: there only the sales just written are to be judged.
    settled = [
        track
        for track in held
        if (claim := track.claim) is not None
        and claim.sale_id == track.holder_sale_id
        and claim.payment_id not in payment_ids
    ]
    written = and_(
        sales.c.payment_id.in_(payment_ids), sales.c.track_id.in_([each.id for each in settled])
    )
    changed = await _judge_sales(connection, settled, written) if settled else []
    for track in held:
        if track in settled:
            continue
        holder = track.claim.sale_id if track.claim else None
        if holder != track.holder_sale_id:
            values: dict[str, Any] = {"holder_sale_id": holder}
            if holder is not None:
                # What was decided about it is over: should it come back, that is asked again.
                values |= {"kept_off": None, "decided_by": None, "decided": None}
            await connection.execute(update(tracks).where(tracks.c.id == track.id).values(values))
            # The page leaves it out, or shows it again, from the very next request.
            await bump(connection, producer_id)
        concerned = sales.c.id.in_(_concerned(producer_id, track))
        changed += await _judge_sales(connection, [track], concerned)
    for conflict in (True, False):
        ids = [row.id for row in changed if row.conflict is conflict]
        if ids:
            flagged = update(sales).where(sales.c.id.in_(ids))
            await connection.execute(flagged.values(conflict=conflict))
    return changed


async def _tracks(
    connection: AsyncConnection, producer_id: int, track_ids: list[int]
) -> list[_Track]:
    found = await connection.execute(_CLAIMS, {"owner": producer_id, "tracks": track_ids})
    judged: dict[int, _Track] = {}
    for row in found:
        track = judged.setdefault(row.track_id, _Track(row.track_id, row.holder_sale_id, None))
        if row.id is not None:
            claim = _Claim((row.sold, row.key, row.position), row.id, row.payment_id)
            first = claim if track.claim is None else min(track.claim, claim)
            judged[row.track_id] = track._replace(claim=first)
    return list(judged.values())


async def _judge_sales(
    connection: AsyncConnection, among: Iterable[_Track], which: ColumnElement[bool]
) -> list[SaleRow]:
    """Judge some sales of some tracks; those whose flag has to change, with the new one."""
    claims = {track.id: track.claim for track in among}
    found = await connection.execute(
        select(
            *(sales.c[name] for name in SaleRow._fields),
            payments.c.key.label("payment_key"),
            sales.c.accepted,
        )
        .join_from(sales, payments, payments.c.id == sales.c.payment_id)
        .where(which)
    )
    changed = []
    for *columns, payment_key, accepted in found:
        row = SaleRow(*columns)
        claim = claims[row.track_id]
        rank = (row.sold, payment_key, row.position)
        conflict = (
            claim is not None
            and row.holds_rights
            and row.payment_id != claim.payment_id
            and rank > claim.rank
            and accepted is None
        )
        if conflict is not row.conflict:
            changed.append(row._replace(conflict=conflict))
    return changed


def _concerned(producer_id: int, track: _Track) -> CompoundSelect[Any] | Select[Any]:
    """The sales that were conflicts until now, and those that may be: not the track's every sale.

    Each by its own index: of an OR, SQLite would read all of them.
    """
    owned = sales.c.producer_id == producer_id
    until_now = select(sales.c.id).where(
        owned, sales.c.conflict.is_(True), _CONFLICT, without_index("track_id") == track.id
    )
    if track.claim is None:
        return until_now
    since, _, _ = track.claim.rank
    later = select(sales.c.id).where(
        owned, sales.c.track_id == track.id, sales.c.sold >= since, _HOLDS_RIGHTS
    )
    return union(until_now, later)


async def freed(
    connection: AsyncConnection, before: Iterable[SaleRow], after: Iterable[SaleRow]
) -> list[SaleRow]:
    """Of a payment's sales those that held their track until now, when no sale does any longer.

    One a track. `before` and `after`: the payment's sales as they were, and as they are judged.
    """
    held = {row.id for row in before if row.exclusive and row.holds_rights and not row.conflict}
    lost = {row.track_id: row for row in after if row.id in held and not row.holds_rights}
    if not lost:
        return []
    found = await connection.execute(
        select(tracks.c.id).where(tracks.c.id.in_(sorted(lost)), tracks.c.holder_sale_id.is_(None))
    )
    return [lost[track_id] for track_id in found.scalars()]


holding = sales.alias("holding")
"""The sale that holds a track."""
holders = buyers.alias("holders")
leases = sales.alias("leases")

HOLDER_COLUMNS = (
    holding.c.number.label("holder_number"),
    holding.c.sold.label("holder_sold"),
    holding.c.amount.label("holder_amount"),
    holding.c.currency.label("holder_currency"),
    holding.c.state.label("holder_state"),
    holders.c.email.label("holder_email"),
    holders.c.name.label("holder_name"),
    holders.c.country.label("holder_country"),
    holders.c.forgotten.label("holder_forgotten"),
)
"""For `holder_of`."""


def with_holder(tables: FromClause) -> FromClause:
    """Join `tables`, `tracks` among them, with the sale that holds each track, if any."""
    return tables.outerjoin(holding, holding.c.id == tracks.c.holder_sale_id).outerjoin(
        holders, holders.c.id == holding.c.buyer_id
    )


def holder_of(row: Row[Any]) -> Holder | None:
    """The holder of the track, of a row with `HOLDER_COLUMNS`."""
    if row.holder_number is None:
        return None
    return Holder(
        number=row.holder_number,
        at=row.holder_sold,
        price=Money(row.holder_amount, row.holder_currency),
        buyer=Buyer(
            email=row.holder_email,
            name=row.holder_name,
            country=row.holder_country,
            forgotten=row.holder_forgotten is not None,
        ),
        state=SaleState(row.holder_state),
    )


def valid_leases(name: str) -> TextClause:
    """Leases of the table so named that stay valid, in the words of their index.

    They hold rights, and no exclusive sale held the track when they were bought.
    """
    return text(f"NOT {name}.exclusive AND NOT {name}.conflict AND {name}.{HOLDS_RIGHTS}")


def lease_count(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many valid leases there are of a track, for use inside another query."""
    return (
        select(func.count())
        .select_from(leases)
        .where(*where, valid_leases("leases"))
        .scalar_subquery()
    )


async def sale_rights(
    connection: AsyncConnection, producer: Producer, payment_id: int
) -> tuple[SaleRights, ...]:
    """What each sale of a payment that is exclusive or a conflict means for its track."""
    earlier = lease_count(
        leases.c.producer_id == producer.id,
        leases.c.track_id == sales.c.track_id,
        leases.c.sold <= sales.c.sold,
        leases.c.payment_id != sales.c.payment_id,
    )
    found = await connection.execute(
        select(
            sales.c.number,
            sales.c.exclusive,
            sales.c.conflict,
            earlier.label("earlier"),
            *HOLDER_COLUMNS,
        )
        .select_from(with_holder(sales.join(tracks, tracks.c.id == sales.c.track_id)))
        .where(
            sales.c.producer_id == producer.id,
            sales.c.payment_id == payment_id,
            or_(sales.c.exclusive, sales.c.conflict),
        )
        .order_by(sales.c.position)
    )
    return tuple(
        SaleRights(
            number=row.number,
            earlier_leases=row.earlier if row.exclusive else 0,
            holder=holder_of(row) if row.conflict else None,
        )
        for row in found
    )


_IS_CONFLICT = (sales.c.conflict.is_(True), text("sales.conflict"))
ACCEPTED = (sales.c.accepted.is_not(None), text(f"sales.{HOLDS_RIGHTS}"))
"""Of sales whose conflict was accepted and that were not refunded."""


async def accept(
    connection: AsyncConnection, producer: Producer, number: int, *, by: int, now: datetime
) -> bool:
    """Accept that a sale conflicts with an exclusive one (`by`: the user's Discord id).

    It is no longer a conflict, so its license is valid, unless it turns out to be of another track.
    False if it is no conflict: nothing happens then.
    """
    row = await _find(connection, producer, number, *_IS_CONFLICT)
    if row is None:
        return False
    accepted = {"conflict": False, "accepted_by": by, "accepted": now}
    never_withdrawn = {"withdrawn_by": None, "withdrawn": None}
    await _write(connection, row, accepted | never_withdrawn)
    await outbox.edit_announced(connection, producer.id, subject_of(row.payment_id), now)
    return True


async def withdraw(
    connection: AsyncConnection, producer: Producer, number: int, *, by: int, now: datetime
) -> bool:
    """Withdraw the acceptance of a sale: it is judged as if it had never been accepted.

    False if it is not accepted, or no longer holds rights: nothing happens then.
    """
    row = await _find(connection, producer, number, *ACCEPTED)
    if row is None:
        return False
    withdrawn = {"withdrawn_by": by, "withdrawn": now}
    await _write(connection, row, {"accepted_by": None, "accepted": None} | withdrawn)
    await judge(connection, producer.id, [row.payment_id], [row.track_id])
    await outbox.edit_announced(connection, producer.id, subject_of(row.payment_id), now)
    return True


async def _find(
    connection: AsyncConnection,
    producer: Producer,
    number: int,
    *which: ColumnElement[bool] | TextClause,
) -> SaleRow | None:
    found = await connection.execute(
        select(*(sales.c[name] for name in SaleRow._fields)).where(
            sales.c.producer_id == producer.id, sales.c.number == number, *which
        )
    )
    row = found.first()
    return None if row is None else SaleRow(*row)


async def _write(connection: AsyncConnection, row: SaleRow, values: dict[str, Any]) -> None:
    await connection.execute(update(sales).where(sales.c.id == row.id).values(values))
