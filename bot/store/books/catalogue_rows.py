"""Keeps the catalogue as Stripe tells it: products, prices, payment links, each as it stood last.

Where two views of an object meet, the later one stays, whatever the order in which they come.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json, identifier
from bot.domain.payment_link import link_prices
from bot.domain.sale import Producer
from bot.domain.track import https_url, product_facts
from bot.store.books import off_sale_steps
from bot.store.books.stripe_listings import place_links, place_prices, prices_of
from bot.store.books.track_rows import bump
from bot.store.tables import payment_link_prices, payment_links, prices, products


class Kind(NamedTuple):
    """How one kind of object is kept."""

    table: Table
    id: Column[str]
    columns: Callable[[Json], dict[str, Any]]
    """What is kept besides the object itself."""


def _product_columns(product: Json) -> dict[str, Any]:
    facts = product_facts(product)._asdict()
    default = identifier(product.get("default_price"))
    tags = json.dumps(asdict(facts["tags"]))
    return facts | {"images": json.dumps(facts["images"]), "tags": tags, "default_price": default}


def _price_columns(price: Json) -> dict[str, Any]:
    # The rest comes as it is placed, in the same transaction.
    product = identifier(price.get("product")) or ""
    return {"product": product, "license": "", "exclusive": False}


KINDS: Mapping[str, Kind] = {
    "product": Kind(products, products.c.product, _product_columns),
    "price": Kind(prices, prices.c.price, _price_columns),
    "payment_link": Kind(
        payment_links, payment_links.c.link, lambda link: {"url": https_url(link.get("url"))}
    ),
}
"""By Stripe's `object`, in the order in which one needs the other."""


async def keep(
    connection: AsyncConnection,
    producer: Producer,
    objects: Iterable[Json],
    as_of: datetime,
    *,
    tell: bool = True,
) -> None:
    """Keep products, prices and payment links as they were at a moment, and place them on tracks.

    A moment of Stripe's (an event's `created`), or of ours when they were read. Older views than
    those kept change nothing; inactive objects that were never seen active are left out. A payment
    link without its line items goes on selling what it did. Anything else is ignored.

    `tell`: have alerts edited that show how far a track is off sale, if this changes it.
    """
    changed: dict[str, list[str]] = {}
    listed = list(objects)
    for name, kind in KINDS.items():
        shown = {
            id_: one for one in listed if one.get("object") == name and (id_ := identifier(one))
        }
        changed[name] = await _write(connection, producer.id, kind, shown, as_of)
        if name == "payment_link":
            told = {id_: shown[id_] for id_ in changed[name]}
            await _write_link_prices(connection, producer.id, told)
    touched = {*changed["price"], *await prices_of(connection, producer.id, changed["product"])}
    await place_prices(connection, producer.id, touched)
    await place_links(connection, producer.id, changed["payment_link"], touched)
    if any(changed.values()):
        await bump(connection, producer.id)
        tracks = await off_sale_steps.touched(
            connection,
            producer.id,
            price_ids=touched,
            link_ids=changed["payment_link"],
            object_ids=[id_ for ids in changed.values() for id_ in ids],
        )
        await off_sale_steps.settle(connection, producer.id, tracks, as_of, tell=tell)


async def remove(
    connection: AsyncConnection, producer: Producer, kind: str, id_: str, now: datetime
) -> None:
    """Take out what Stripe says is deleted. `kind` is of `KINDS`."""
    of = KINDS[kind]
    gone = await connection.execute(
        delete(of.table).where(of.table.c.producer_id == producer.id, of.id == id_)
    )
    if not gone.rowcount:
        return
    if kind == "payment_link":
        sold = payment_link_prices.c
        await connection.execute(
            delete(payment_link_prices).where(sold.producer_id == producer.id, sold.link == id_)
        )
    touched = [id_] if kind == "price" else []
    if kind == "product":
        touched = await prices_of(connection, producer.id, [id_])
        await place_prices(connection, producer.id, touched)
    await place_links(connection, producer.id, [], touched)
    await bump(connection, producer.id)
    tracks = await off_sale_steps.touched(
        connection, producer.id, price_ids=touched, object_ids=[id_]
    )
    await off_sale_steps.settle(connection, producer.id, tracks, now)


async def retire(
    connection: AsyncConnection, producer: Producer, kind: str, before: datetime
) -> int:
    """Make inactive what was active before a moment and has not been seen since; how many.

    For after a list of all that is active was read whole. `kind` is of `KINDS`.
    """
    table = KINDS[kind].table
    retired = await connection.execute(
        update(table)
        .where(table.c.producer_id == producer.id, table.c.active.is_(True), table.c.as_of < before)
        .values(active=False)
    )
    if retired.rowcount:
        await bump(connection, producer.id)
    return retired.rowcount


async def seen(
    connection: AsyncConnection, producer: Producer, kind: str, id_: str
) -> datetime | None:
    """As of when an object is kept; None if it is not. `kind` is of `KINDS`."""
    of = KINDS[kind]
    query = select(of.table.c.as_of).where(of.table.c.producer_id == producer.id, of.id == id_)
    as_of: datetime | None = await connection.scalar(query)
    return as_of


async def _write(
    connection: AsyncConnection,
    producer_id: int,
    kind: Kind,
    shown: Mapping[str, Json],
    as_of: datetime,
) -> list[str]:
    """Write what is new or differs; its ids. What is the same is as of now, too."""
    if not shown:
        return []
    table = kind.table
    known = {
        row[0]: row
        for row in await connection.execute(
            select(kind.id, table.c.as_of, table.c.active, table.c.document).where(
                table.c.producer_id == producer_id, kind.id.in_(sorted(shown))
            )
        )
    }
    same, new, other = [], [], []
    for id_, one in shown.items():
        active, document = one.get("active") is True, json.dumps(one, sort_keys=True)
        old = known.get(id_)
        values = {kind.id.name: id_, "active": active, "as_of": as_of, "document": document}
        if old is None:
            if active:
                new.append({"producer_id": producer_id, **values, **kind.columns(one)})
        elif old.as_of > as_of:
            continue
        elif (old.active, old.document) == (active, document):
            same.append(id_)
        else:
            other.append({**values, **kind.columns(one)})
    if new:
        await connection.execute(insert(table), new)
    for row in other:
        await connection.execute(
            update(table)
            .where(table.c.producer_id == producer_id, kind.id == row[kind.id.name])
            .values(row)
        )
    if same:
        owned = [table.c.producer_id == producer_id, kind.id.in_(same)]
        await connection.execute(update(table).where(*owned).values(as_of=as_of))
    return [values[kind.id.name] for values in (*new, *other)]


async def _write_link_prices(
    connection: AsyncConnection, producer_id: int, links: Mapping[str, Json]
) -> None:
    """What these links sell, as far as they were shown with it."""
    sold = {id_: its for id_, link in links.items() if (its := link_prices(link)) is not None}
    if not sold:
        return
    table = payment_link_prices
    owned = table.c.producer_id == producer_id, table.c.link.in_(sorted(sold))
    await connection.execute(delete(table).where(*owned))
    rows = [
        {"producer_id": producer_id, "link": link, "price": price, "alone": False}
        for link, its in sold.items()
        for price in its
    ]
    if rows:
        await connection.execute(insert(table), rows)
