"""What a Checkout of a payment link has sold, by what is kept of the catalogue."""

import json

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json, identifier
from bot.domain.payment_link import items_sold
from bot.store.on_sale.placement import link_rows


async def items_of(connection: AsyncConnection, producer_id: int, session: Json) -> list[Json]:
    """The line items of a session; empty where that is not known for certain."""
    link = identifier(session.get("payment_link"))
    if link is None:
        return []
    rows = (await connection.execute(link_rows(producer_id, [link]))).all()
    if not rows:
        return []
    prices = {
        row.price: json.loads(row.document) | {"product": json.loads(row.product)}
        for row in rows
        if row.document is not None and row.product is not None
    }
    return items_sold(
        session, json.loads(rows[0].link_document), [row.price for row in rows], prices
    )
