"""What a Checkout of a payment link sells by the stored catalogue, while Stripe does not say it."""

from collections.abc import Iterable, Mapping, Sequence

from bot.domain.json_access import Json, currency, identifier, integer, mapping, mappings


def items_sold(
    session: Json, link: Json, price_ids: Sequence[str], prices: Mapping[str, Json]
) -> list[Json]:
    """The line items of a Checkout Session of `link`, as far as naming them needs.

    `price_ids`: what the link was last seen to sell; `prices`: those that are known, each with its
    product in it. Empty where something of it is not known, and where the buyer had a choice of
    items and the session's amount does not tell which they took.
    """
    shown = mapping(link.get("line_items"))
    whole = bool(shown) and not shown.get("has_more")
    sold = mappings(shown) if whole else [{"price": id_} for id_ in price_ids]
    items = [_item(one, price) for one in sold if (price := prices.get(_price_id(one)))]
    if not items or len(items) < len(sold):
        return []
    optional = bool(mappings(link.get("optional_items")))
    if len(items) == 1 and not optional:
        return [_as_often_as_paid(items[0], session)]
    choice = optional or not whole or any(map(_adjustable, sold))
    return items if not choice or _is_total(items, session) else []


def _price_id(item: Json) -> str:
    return identifier(item.get("price")) or ""


def _adjustable(item: Json) -> bool:
    return mapping(item.get("adjustable_quantity")).get("enabled") is True


def _item(shown: Json, price: Json) -> Json:
    """As the session's own would be, but without an id: it is not that one."""
    quantity = integer(shown.get("quantity")) or 1
    unit = integer(price.get("unit_amount"))
    return {
        # https://docs.stripe.com/api/checkout/sessions/line_items: the product's name by default.
        "description": mapping(price.get("product")).get("name"),
        "quantity": quantity,
        "amount_total": integer(shown.get("amount_total")) if unit is None else unit * quantity,
        "price": price,
    }


def _as_often_as_paid(item: Json, session: Json) -> Json:
    """The only item of a link: a buyer may have been let choose how many they take."""
    unit = integer(mapping(item["price"]).get("unit_amount"))
    paid = integer(session.get("amount_subtotal"))
    if not unit or not paid or paid % unit or not _same_currency([item], session):
        return item
    return {**item, "quantity": paid // unit, "amount_total": paid}


def _is_total(items: Sequence[Json], session: Json) -> bool:
    """Whether a session's amount, before discounts and taxes, is that of these items."""
    together = sum(item["amount_total"] or 0 for item in items)
    return _same_currency(items, session) and together == integer(session.get("amount_subtotal"))


def _same_currency(items: Iterable[Json], session: Json) -> bool:
    codes = {currency(mapping(item["price"]).get("currency")) for item in items}
    return codes == {currency(session.get("currency"))}
