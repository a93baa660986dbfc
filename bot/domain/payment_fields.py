"""The fields of a payment, from Stripe's objects: amount, buyer, lines, and what was captured.

Of an authorization only a part may be captured: the sale is that part. Stripe books the whole and
books the rest back, as a refund of its own category; or it books the part alone.
https://docs.stripe.com/reports/reporting-categories
"""

from collections.abc import Sequence

from bot.domain.balance_transactions import readable_balance_transaction, together
from bot.domain.item_names import item_names
from bot.domain.json_access import (
    Json,
    NotUnderstood,
    currency,
    identifier,
    integer,
    mapping,
    mappings,
    text,
)
from bot.domain.license_terms import metadata_terms
from bot.domain.money import Money, proportion, split
from bot.domain.payment import BalanceTransaction, Buyer, Consent, Line

# Above Stripe's own limit for a line item.
_LARGEST_QUANTITY = 1_000_000


def amount_of(session: Json, intent: Json, charge: Json) -> Money:
    """What the buyer paid, in the currency of the charge: as Checkout, else the charge says.

    Raises NotUnderstood if that is no whole, positive number or has no currency.
    """
    # Each of the objects says it, first the one that speaks for the whole payment.
    captured = integer(charge.get("amount_captured")) or charge.get("amount")
    received = integer(intent.get("amount_received")) or intent.get("amount")
    said = ((session, session.get("amount_total")), (charge, captured), (intent, received))
    for place, value in said:
        if value is not None:
            amount, code = integer(value), currency(place.get("currency"))
            if amount is None or amount < 0 or code is None:
                raise NotUnderstood("a payment's amount or currency cannot be read")
            return Money(amount, code)
    raise NotUnderstood("a payment lacks its amount")


def presented_of(amount: Money, *objects: Json) -> Money | None:
    """What the buyer saw, if Stripe converted the price; None if that is `amount`.

    https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing
    """
    for place in objects:
        details = mapping(place.get("presentment_details"))
        presented = integer(details.get("presentment_amount"))
        code = currency(details.get("presentment_currency"))
        if presented is not None and presented >= 0 and code is not None:
            money = Money(presented, code)
            return None if money == amount else money
    return None


def buyer_of(session: Json, intent: Json, charge: Json) -> Buyer:
    """Who bought: as Checkout asked them, else as they gave it with the charge."""
    asked = mapping(session.get("customer_details"))
    billed = mapping(charge.get("billing_details"))
    emails = (
        asked.get("email"),
        billed.get("email"),
        charge.get("receipt_email"),
        intent.get("receipt_email"),
        session.get("customer_email"),
    )
    names = (
        asked.get("name"),
        asked.get("individual_name"),
        asked.get("business_name"),
        billed.get("name"),
    )
    countries = (mapping(details.get("address")).get("country") for details in (asked, billed))
    answer = mapping(session.get("consent")).get("promotions")
    return Buyer(
        email=next(filter(None, map(text, emails)), None),
        name=next(filter(None, map(text, names)), None),
        country=next(filter(None, map(_country, countries)), None),
        promotions=next((one for one in Consent if one == answer), None),
    )


def _country(value: object) -> str | None:
    code = text(value)
    return code.upper() if code and len(code) == 2 and code.isascii() and code.isalpha() else None


def tax_of(session: Json, intent: Json, items: Sequence[Json], amount: Money) -> int:
    """What of `amount` is tax that the buyer paid and the seller owes to the state.

    Inclusive or on top: Stripe counts both. Where Stripe is the merchant of record it is not the
    seller who owes it. https://docs.stripe.com/payments/managed-payments
    """
    if mapping(session.get("managed_payments")).get("enabled") is True:
        return 0
    tax = integer(mapping(session.get("total_details")).get("amount_tax"))
    if tax is None and items:
        tax = sum(integer(item.get("amount_tax")) or 0 for item in items)
    if tax is None:
        details = mapping(mapping(intent.get("amount_details")).get("tax"))
        tax = integer(details.get("total_tax_amount")) or 0
    whole = integer(session.get("amount_total"))
    if whole and whole != amount.amount:
        tax = proportion(tax, amount.amount, whole)
    return min(max(tax, 0), amount.amount)


def lines_of(
    items: Sequence[Json], metadata: Json, amount: Money, tax: int = 0
) -> tuple[Line, ...]:
    """One line for each item, its share of all that was paid in proportion to its own total.

    So the lines add up to `amount`, shipping and rounding in it, and to the `tax` in it. Without
    items it is one line, named by the metadata alone.
    """
    totals = [integer(item.get("amount_total")) or 0 for item in items] or [amount.amount]
    amounts = split(amount.amount, totals)
    taxes = _taxes(items, amounts, tax)
    return tuple(
        _line(item, metadata, *shares)
        for item, *shares in zip(items or [{}], amounts, taxes, strict=True)
    )


def _taxes(items: Sequence[Json], amounts: Sequence[int], tax: int) -> list[int]:
    """What of each line's amount is tax: as its item says, as long as that fits into it."""
    told = [integer(item.get("amount_tax")) or 0 for item in items]
    taxes = split(tax, told if any(each > 0 for each in told) else amounts)
    fit = all(0 <= part <= amount for part, amount in zip(taxes, amounts, strict=True))
    return taxes if fit else split(tax, amounts)


def _line(item: Json, metadata: Json, amount: int, tax: int) -> Line:
    named = item_names(item, metadata)
    price = mapping(item.get("price"))
    quantity = integer(item.get("quantity")) or 1
    return Line(
        item=identifier(item),
        track=named.track,
        license=named.license,
        exclusive=named.exclusive,
        amount=amount,
        tax=tax,
        quantity=min(max(quantity, 1), _LARGEST_QUANTITY),
        price=identifier(item.get("price")),
        product=identifier(price.get("product")),
        terms=metadata_terms(mapping(price.get("metadata")).get("terms")),
    )


def items_of(session: Json, items: object) -> list[Json]:
    """The line items, if all of them were shown: apart, or whole within the session."""
    if items is not None:
        return mappings(items)
    listed = mapping(session.get("line_items"))
    return [] if listed.get("has_more") else mappings(listed)


REVERSAL = "partial_capture_reversal"


def captured_of(amount: Money, intent: Json, charge: Json) -> Money:
    """What was captured of an amount: all of it, as a rule."""
    part = integer(charge.get("amount_captured")) if charge.get("captured") is not False else None
    if not part and intent.get("status") == "succeeded":
        part = integer(intent.get("amount_received"))
    code = currency(charge.get("currency") or intent.get("currency"))
    whole = integer(charge.get("amount")) or integer(intent.get("amount"))
    alike = amount == Money(whole or 0, code or "")
    return Money(part, amount.currency) if alike and part and 0 < part < amount.amount else amount


def uncaptured_of(charge: Json) -> int:
    """What was released of a charge when it was captured, in its minor units."""
    amount, part = integer(charge.get("amount")), integer(charge.get("amount_captured"))
    if charge.get("captured") is False or amount is None or not part or part < 0:
        return 0
    return max(amount - part, 0)


def is_reversal(balance_transaction: Json) -> bool:
    """Whether it books back what was not captured."""
    return balance_transaction.get("reporting_category") == REVERSAL


def reversal_of(refunds: Sequence[Json], charge: Json) -> Json | None:
    """The entry among a charge's refunds that gave no money back: what the capture released."""
    for refund in refunds:
        if is_reversal(mapping(refund.get("balance_transaction"))):
            return refund
    rest = uncaptured_of(charge)
    # Booked as the part alone: then nothing was booked back.
    silent = (one for one in refunds if not mapping(one.get("balance_transaction")))
    same = [one for one in silent if rest and integer(one.get("amount")) == rest]
    return min(same, key=lambda one: integer(one.get("created")) or 0, default=None)


def without_released(refunds: Sequence[Json], charge: Json) -> list[Json]:
    """A charge's refunds but for those that gave no money back: what was authorized, and released
    as a whole or in part."""
    if charge.get("captured") is False:
        return []
    released = identifier(reversal_of(refunds, charge))
    return [one for one in refunds if released is None or identifier(one) != released]


def settled(
    movement: BalanceTransaction | None, reversal: Json | None
) -> BalanceTransaction | None:
    """What a charge moved, without what was booked back of it."""
    back = readable_balance_transaction(mapping(reversal).get("balance_transaction"))
    return together(movement, back) if movement is not None and back is not None else movement
