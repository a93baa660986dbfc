"""All that the books say in the end, with names for ids, so that two bots can be compared."""

from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy import delete

from bot.domain.payment import BalanceTransaction, Payment
from bot.store import tables
from bot.store.books import payment_rows
from tests.journey.live_bot import LiveBot

Books = dict[str, Any]

_SALE = ("exclusive", "quantity", "sold", "state", "conflict", "currency", "amount", "refunded")
_SHARES = ("gross", "tax", "stripe_fee", "fee_tax", "platform_fee", "withheld_tax")
_SETTLED = ("settled", "settled_currency", *_SHARES, "returned_tax")
_ENTRY = ("kind", "source", "at", "currency", *_SHARES)


async def books(bot: LiveBot) -> Books:
    """Payments, sales, entries, sums, rights, payouts, and who was announced how often."""
    names = await _Names.of(bot)
    return {
        "payments": await _payments(bot),
        "sales": {
            (names.payments[payment], position): (names.tracks[track], names.licenses[lease], *rest)
            for payment, position, track, lease, *rest in await bot.rows(
                tables.sales,
                *("payment_id", "position", "track_id", "license_id"),
                *(*_SALE, *_SETTLED, "remaining"),
            )
        },
        "buyers": await bot.rows(tables.buyers, "key", "email", "name", "country", "promotions"),
        "entries": Counter(
            (names.sales[sale], names.tracks[track], *rest)
            for sale, track, *rest in await bot.rows(
                tables.entries, "sale_id", "track_id", *_ENTRY, "net", "booked"
            )
        ),
        "days": await _days(bot),
        "holders": {
            names.tracks[track]: names.sales[holder]
            for track, holder in await bot.rows(tables.tracks, "id", "holder_sale_id")
            if holder
        },
        "payouts": await bot.rows(
            tables.payouts, "payout", "amount", "status", "arrival", "failure", "refunds"
        ),
        "announced": Counter(names.told(key) for key in await bot.told("announce")),
    }


async def clear(bot: LiveBot) -> None:
    """Empty its store, the producer apart."""
    async with bot.app.store.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            await connection.execute(delete(table))
    await bot.app.account.open()


class _Names:
    """What rows are called apart from their ids, which come in the order of arrival."""

    def __init__(self) -> None:
        self.payments: dict[int, str] = {}
        self.sales: dict[int, tuple[str, int]] = {}
        self.tracks: dict[int, str] = {0: "all"}
        self.licenses: dict[int, str] = {0: "all"}

    @classmethod
    async def of(cls, bot: LiveBot) -> "_Names":
        names = cls()
        names.payments = dict(await bot.rows(tables.payments, "id", "key"))
        names.tracks |= dict(await bot.rows(tables.tracks, "id", "key"))
        names.licenses |= dict(await bot.rows(tables.licenses, "id", "key"))
        names.sales = {
            id_: (names.payments[payment], position)
            for id_, payment, position in await bot.rows(
                tables.sales, "id", "payment_id", "position"
            )
        }
        return names

    def told(self, key: str) -> str:
        """Of what an announcement tells."""
        kind, id_ = key.split(":")[1:]
        return self.payments[int(id_)] if kind == "payment" else id_


async def _payments(bot: LiveBot) -> dict[str, Any]:
    rows = await bot.rows(tables.payments, "document", "state", "complete", "payout")
    found = [(payment_rows.payment_from_json(document), *rest) for document, *rest in rows]
    return {payment.key: (_as_if_available(payment), *rest) for payment, *rest in found}


def _as_if_available(payment: Payment) -> Payment:
    """Money becomes available by the passing of time: when that was seen depends on the reading."""

    def seen(movement: BalanceTransaction | None) -> BalanceTransaction | None:
        return movement and replace(movement, available=True)

    return replace(
        payment,
        movement=seen(payment.movement),
        refunds=tuple(
            replace(refund, movement=seen(refund.movement), reversal=seen(refund.reversal))
            for refund in payment.refunds
        ),
        disputes=tuple(
            replace(
                dispute,
                movements=tuple(replace(each, available=True) for each in dispute.movements),
            )
            for dispute in payment.disputes
        ),
    )


async def _days(bot: LiveBot) -> list[Any]:
    """Days in which all came to nothing say the same as none."""
    amounts = [column.name for column in tables.day_totals.c if not column.primary_key]
    rows = await bot.rows(tables.day_totals, "day", "currency", *amounts)
    return sorted(row for row in rows if any(row[2:]))
