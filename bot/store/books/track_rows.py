"""What a sale is of, as rows: its track and its license, made when a sale first names them, and
the terms it was sold under. Each wording of terms is kept once, and a sale's never changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Table, bindparam, func, insert, literal, null, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import license_key, track_key
from bot.domain.license_terms import Templates, Terms, Wording
from bot.domain.payment import Line, Payment
from bot.domain.sale import Producer
from bot.store.tables import columns, licenses, producers, sales, terms, tracks


class Names(NamedTuple):
    """The rows that names stand for, by the names as given."""

    tracks: dict[str, int]
    licenses: dict[str, int]
    held: frozenset[int]
    """The tracks, by id, that an exclusive sale holds."""


_TRACKS = select(tracks.c.key, tracks.c.id, tracks.c.holder_sale_id).where(
    tracks.c.producer_id == bindparam("owner"), tracks.c.key.in_(bindparam("keys", expanding=True))
)
_NAMES = union_all(
    _TRACKS.add_columns(literal(1).label("is_track")),
    select(licenses.c.key, licenses.c.id, null(), literal(0)).where(
        licenses.c.producer_id == bindparam("owner"),
        licenses.c.key.in_(bindparam("license_keys", expanding=True)),
    ),
)


async def ensure_names(
    connection: AsyncConnection, producer_id: int, lines: Sequence[Line]
) -> Names:
    """The tracks and licenses of line items; each row keeps the spelling first seen."""
    track_keys = {line.track: track_key(line.track) for line in lines}
    license_keys = {line.license: license_key(line.license) for line in lines}
    asked = {
        "owner": producer_id,
        "keys": sorted(set(track_keys.values())),
        "license_keys": sorted(set(license_keys.values())),
    }
    found = (await connection.execute(_NAMES, asked)).all()
    known_tracks = {row.key: row.id for row in found if row.is_track}
    known_licenses = {row.key: row.id for row in found if not row.is_track}
    return Names(
        await _ensure(connection, tracks, producer_id, track_keys, known_tracks),
        await _ensure(connection, licenses, producer_id, license_keys, known_licenses),
        frozenset(row.id for row in found if row.holder_sale_id is not None),
    )


async def ensure_tracks(
    connection: AsyncConnection, producer_id: int, names: Iterable[str]
) -> dict[str, int]:
    """The id of each track by its name as given; a track keeps the spelling first seen."""
    keys = {name: track_key(name) for name in names}
    asked = {"owner": producer_id, "keys": sorted(set(keys.values()))}
    known = {row.key: row.id for row in await connection.execute(_TRACKS, asked)}
    return await _ensure(connection, tracks, producer_id, keys, known)


async def _ensure(
    connection: AsyncConnection,
    table: Table,
    producer_id: int,
    keys: Mapping[str, str],
    ids: dict[str, int],
) -> dict[str, int]:
    """`ids`: of the keys that are there."""
    for name, key in keys.items():
        if key not in ids:
            new = insert(table).values(producer_id=producer_id, key=key, name=name)
            ids[key] = await connection.scalar(new.returning(table.c.id))
    return {name: ids[key] for name, key in keys.items()}


async def find_track(connection: AsyncConnection, producer_id: int, name: str) -> int | None:
    """The id of the track that goes by this name, whatever its spelling."""
    return await _id_of(connection, tracks, producer_id, track_key(name))


async def find_license(connection: AsyncConnection, producer_id: int, name: str) -> int | None:
    """The id of the license that goes by this name, whatever its spelling."""
    return await _id_of(connection, licenses, producer_id, license_key(name))


async def _id_of(
    connection: AsyncConnection, table: Table, producer_id: int, key: str
) -> int | None:
    its = table.c.producer_id == producer_id, table.c.key == key
    found: int | None = await connection.scalar(select(table.c.id).where(*its))
    return found


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
    """The rows of what lines are sold under now, made if need be; None without templates."""
    wordings = [
        templates.wording(line.license, exclusive=line.exclusive, from_price=line.terms)
        for line in lines
    ]
    ids = await _ensure_terms(connection, producer_id, {one for one in wordings if one}, now)
    return [ids[one] if one else None for one in wordings]


async def of_sale(connection: AsyncConnection, producer: Producer, number: int) -> Terms | None:
    """What a sale was sold under; None if nothing was fixed, or there is no such sale."""
    its = sales.c.producer_id == producer.id, sales.c.number == number
    query = select(*columns(terms, "name version text since"))
    found = await connection.execute(query.join(sales, sales.c.terms_id == terms.c.id).where(*its))
    row = found.first()
    return None if row is None else Terms(**row._asdict())


async def _ensure_terms(
    connection: AsyncConnection, producer_id: int, wanted: set[Wording], now: datetime
) -> dict[Wording, int]:
    if not wanted:
        return {}
    by_digest = {one.digest: one for one in wanted}
    known = await connection.execute(_KNOWN, {"owner": producer_id, "digests": sorted(by_digest)})
    found = {by_digest[row.digest]: row.id for row in known}
    for one in sorted(wanted - found.keys()):
        its = terms.c.producer_id == producer_id, terms.c.name == one.name
        before = select(func.coalesce(func.max(terms.c.version), 0)).where(*its)
        new = {"producer_id": producer_id, "digest": one.digest, "name": one.name}
        new |= {"version": before.scalar_subquery() + 1, "text": one.text, "since": now}
        found[one] = await connection.scalar(insert(terms).values(new).returning(terms.c.id))
    return found


async def version(connection: AsyncConnection, producer: Producer) -> int:
    """The number as it is now. Raises NoResultFound for a producer that is not there."""
    query = select(producers.c.catalogue_version).where(producers.c.id == producer.id)
    number: int = (await connection.execute(query)).scalar_one()
    return number


async def bump(connection: AsyncConnection, producer_id: int) -> None:
    """Say that something the page shows has changed."""
    await connection.execute(
        update(producers)
        .where(producers.c.id == producer_id)
        .values(catalogue_version=producers.c.catalogue_version + 1)
    )
