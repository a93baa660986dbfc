"""What the producer has set up for their payment links, for Checkouts that the page opens."""

import json

from sqlalchemy import and_, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment_link import NO_SETTINGS, CheckoutSettings, checkout_settings
from bot.domain.sale import Producer
from bot.store.tables import payment_link_prices, payment_links


async def settings_of(
    connection: AsyncConnection, producer: Producer, price: str
) -> CheckoutSettings:
    """What a Checkout of a price takes over.

    From the active link that sells just this price, the oldest where there are several; else from
    one that sells it with others. A price that no link sells is sold as the newest of all is.
    """
    sold = payment_link_prices.c
    sells_it = and_(
        sold.producer_id == payment_links.c.producer_id,
        sold.link == payment_links.c.link,
        sold.price == price,
    )
    own = case((sold.alone.is_(True), 0), (sold.alone.is_(False), 1), else_=2)
    age = case((sold.price.is_(None), -payment_links.c.id), else_=payment_links.c.id)
    query = (
        select(payment_links.c.document)
        .select_from(payment_links.outerjoin(payment_link_prices, sells_it))
        .where(payment_links.c.producer_id == producer.id, payment_links.c.active.is_(True))
        .order_by(own, age)
        .limit(1)
    )
    document: str | None = await connection.scalar(query)
    return NO_SETTINGS if document is None else checkout_settings(json.loads(document), price)
