"""What the store has to keep of payments, worked out from them alone."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.entries import EntryKind, entries, sale_states
from bot.domain.item_names import license_key, track_key
from bot.domain.payment import Payment, PaymentState
from bot.domain.period import day_number
from tests.store.histories import TIMEZONE


def expected_sales(final: Sequence[Payment]) -> dict[Any, dict[str, Any]]:
    """Each sale judged by the rules as they are written, one by one."""
    rows = {
        (payment.key, position): _expected_sale(payment, position)
        for payment in final
        for position in range(len(payment.lines))
    }
    for row in rows.values():
        claims = [
            (one["sold"], one["payment"], one["position"])
            for one in rows.values()
            if one["track"] == row["track"] and one["exclusive"] and holds_rights(one)
        ]
        rank = (row["sold"], row["payment"], row["position"])
        first = min(claims, default=None)
        row["holds"] = rank == first
        row["conflict"] = bool(
            first and holds_rights(row) and rank > first and row["payment"] != first[1]
        )
    return rows


def holds_rights(row: dict[str, Any]) -> bool:
    return row["state"] in ("paid", "partly_refunded", "disputed")


def _expected_sale(payment: Payment, position: int) -> dict[str, Any]:
    own = [entry for entry in entries(payment) if entry.position == position]
    sale = next((entry for entry in own if entry.kind is EntryKind.SALE), None)
    one = payment.lines[position]
    return {
        "payment": payment.key,
        "position": position,
        "track": track_key(one.track),
        "license": license_key(one.license),
        "exclusive": one.exclusive,
        "sold": payment.paid or payment.created,
        "state": sale_states(payment)[position],
        "amount": one.amount,
        "refunded": _given_back(payment, position),
        "settled": sale.booked if sale else False,
        "settled_currency": sale.currency if sale else payment.currency,
        "gross": sale.gross if sale else 0,
        "tax": sale.tax if sale else 0,
        "returned_tax": -sum(
            entry.tax for entry in own if sale and entry.currency == sale.currency and entry != sale
        ),
        "fees": sale.fees if sale else 0,
        "remaining": sum(entry.net for entry in own if sale and entry.currency == sale.currency),
    }


def _given_back(payment: Payment, position: int) -> int:
    from bot.domain.entries import refund_shares

    return sum(share[position] for share in refund_shares(payment))


def expected_days(final: Sequence[Payment]) -> dict[Any, dict[str, int]]:
    """What each day comes to in each currency."""
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    refunds: dict[Any, set[tuple[str, str]]] = defaultdict(set)
    for payment in final:
        for entry in entries(payment):
            key = (day_number(entry.at, TIMEZONE), entry.currency)
            row = sums[key]
            for name in ("net", "stripe_fee", "fee_tax", "platform_fee", "withheld_tax"):
                row[name] += getattr(entry, name)
            if entry.kind is EntryKind.SALE:
                row["sales"] += 1
                row["purchases"] += entry.position == 0
                row["gross"] += entry.gross
                row["tax"] += entry.tax
                row["unsettled"] += not entry.booked
            elif entry.kind is EntryKind.DISPUTE:
                row["disputed"] -= entry.gross
                row["returned_tax"] -= entry.tax
            else:
                row["returned_tax"] -= entry.tax
                row["refunded"] -= entry.gross
                if entry.gross:
                    refunds[key].add((entry.kind.value, entry.source))
    for key, kinds in refunds.items():
        counts = Counter(kind for kind, _ in kinds)
        sums[key]["refunds"] = counts["refund"] - counts["refund_reversal"]
    return _without_zeros(sums)


def expected_purchases(final: Sequence[Payment]) -> dict[str, list[datetime | None]]:
    """When each buyer first paid for something, the second time, and last."""
    bought: dict[str, list[datetime]] = defaultdict(list)
    for payment in final:
        times = bought[payment.buyer.key or payment.key]
        if payment.state is PaymentState.PAID and payment.paid is not None:
            times.append(payment.paid)
    return {
        key: [*sorted(times)[:2], *[None] * (2 - len(times)), max(times, default=None)]
        for key, times in bought.items()
    }


def _without_zeros(sums: dict[Any, dict[str, int]]) -> dict[Any, dict[str, int]]:
    rows = {key: {name: n for name, n in row.items() if n} for key, row in sums.items()}
    return {key: row for key, row in rows.items() if row}
