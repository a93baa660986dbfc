"""Authorizations of which only a part was captured: the sale is of that part.

Stripe books the whole and books the rest back, as a refund of its own category; or the part alone.
https://docs.stripe.com/reports/reporting-categories
"""

from collections.abc import Sequence

from bot.domain.balance_transactions import movement_or_none, together
from bot.domain.json_access import Json, currency, identifier, integer, mapping
from bot.domain.money import Money
from bot.domain.payment import Movement

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


def settled(movement: Movement | None, reversal: Json | None) -> Movement | None:
    """What a charge moved, without what was booked back of it."""
    back = movement_or_none(mapping(reversal).get("balance_transaction"))
    return together(movement, back) if movement is not None and back is not None else movement
