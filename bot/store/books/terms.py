"""What sales were sold under: each wording is kept once, and a sale's never changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.license_terms import Templates, Terms, Wording
from bot.domain.payment import Line, Payment
from bot.domain.sale import Producer
from bot.store.tables import sales, terms
from bot.store.upsert import insert

_KNOWN = select(terms.c.digest, terms.c.id).where(
    terms.c.producer_id == bindparam("owner"),
    terms.c.digest.in_(bindparam("digests", expanding=True)),
)


async def fixed_terms(
    connection: AsyncConnection,
    producer_id: int,
    payment: Payment,
    known: Mapping[int, int | None],
    templates: Templates,
    now: datetime,
) -> list[int | None]:
    """What each line of a payment is sold under: as it was `known` by position, else as of now."""
    new = [line for at, line in enumerate(payment.lines) if known.get(at) is None]
    decided = iter(await terms_of(connection, producer_id, new, templates, now))
    kept = (known.get(at) for at in range(len(payment.lines)))
    return [one if one is not None else next(decided) for one in kept]


async def terms_of(
    connection: AsyncConnection,
    producer_id: int,
    lines: Sequence[Line],
    templates: Templates,
    now: datetime,
) -> list[int | None]:
    """The rows of what lines are sold under now, made where need be; None without templates."""
    wordings = [
        templates.wording(line.license, exclusive=line.exclusive, from_price=line.terms)
        for line in lines
    ]
    ids = await _ensure(connection, producer_id, {one for one in wordings if one}, now)
    return [ids[one] if one else None for one in wordings]


async def of_sale(connection: AsyncConnection, producer: Producer, number: int) -> Terms | None:
    """What a sale was sold under; None where nothing was fixed, or there is no such sale."""
    found = await connection.execute(
        select(terms)
        .join(sales, sales.c.terms_id == terms.c.id)
        .where(sales.c.producer_id == producer.id, sales.c.number == number)
    )
    row = found.first()
    if row is None:
        return None
    return Terms(name=row.name, version=row.version, text=row.text, since=row.since)


async def _ensure(
    connection: AsyncConnection, producer_id: int, wanted: set[Wording], now: datetime
) -> dict[Wording, int]:
    if not wanted:
        return {}
    by_digest = {one.digest: one for one in wanted}
    known = await connection.execute(_KNOWN, {"owner": producer_id, "digests": sorted(by_digest)})
    found = {by_digest[row.digest]: row.id for row in known}
    for one in sorted(wanted - found.keys()):
        found[one] = await _make(connection, producer_id, one, now)
    return found


async def _make(
    connection: AsyncConnection, producer_id: int, wording: Wording, now: datetime
) -> int:
    own = terms.c.producer_id == producer_id
    before = select(func.coalesce(func.max(terms.c.version), 0)).where(
        own, terms.c.name == wording.name
    )
    made: int = await connection.scalar(
        insert(connection, terms)
        .values(
            producer_id=producer_id,
            digest=wording.digest,
            name=wording.name,
            version=before.scalar_subquery() + 1,
            text=wording.text,
            since=now,
        )
        .returning(terms.c.id)
    )
    return made
