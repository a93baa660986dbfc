"""A payment's own row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.store import payment_json
from bot.store.tables import payments, payout_items

# The payout that holds its money, as far as Stripe has told.
_HELD_BY = (
    select(payout_items.c.payout)
    .where(
        payout_items.c.producer_id == bindparam("owner"),
        payout_items.c.movement == bindparam("moved"),
    )
    .scalar_subquery()
)
# Made once: making such a statement takes longer than running it.
_NEW = insert(payments).values(payout=_HELD_BY).returning(payments.c.id)
_CHANGED = update(payments).where(payments.c.id == bindparam("of")).values(payout=_HELD_BY)


async def write_payment(
    connection: AsyncConnection,
    producer_id: int,
    known_id: int | None,
    payment: Payment,
    buyer_id: int,
    asked: Mapping[str, object],
) -> int:
    """Write what a payment says, and what was `asked` of Stripe about it; its id.

    `known_id`: of the row it has; None makes one. `asked`: by column (complete, read, due, checks);
    a `read` that is None keeps when it last was.
    """
    columns = payment_columns(payment)
    placed = {"buyer_id": buyer_id, "owner": producer_id, "moved": columns["movement"]}
    values = {**columns, **asked, **placed}
    if known_id is None:
        new_id: int = (
            await connection.execute(_NEW, values | {"producer_id": producer_id})
        ).scalar_one()
        return new_id
    if values["read"] is None:
        del values["read"]
    await connection.execute(_CHANGED, values | {"of": known_id})
    return known_id


def payment_columns(payment: Payment) -> dict[str, Any]:
    """What a payment itself says, by the columns of its row."""
    movement = payment.movement
    return {
        "key": payment.key,
        "session": payment.session,
        "intent": payment.intent,
        "charge": payment.charge,
        "application_fee": payment.application_fee,
        "movement": movement.id if movement else None,
        "available_on": movement.available_on if movement else None,
        "answer_by": payment.answer_by,
        "state": payment.state.value,
        "created": payment.created,
        "promotions": answer.value if (answer := payment.buyer.promotions) else None,
        "document": payment_json.dump(payment),
    }
