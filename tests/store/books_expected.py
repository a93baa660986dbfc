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


def expected_totals(final: Sequence[Payment]) -> dict[Any, dict[str, int]]:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    refunds: dict[Any, set[tuple[str, str]]] = defaultdict(set)
    for payment in final:
        for entry in entries(payment):
            for place in _places(entry.at):
                for track in ("*", track_key(payment.lines[entry.position].track)):
                    key = (*place, track, entry.currency)
                    row = sums[key]
                    row["net"] += entry.net
                    row["stripe_fee"] += entry.stripe_fee
                    row["fee_tax"] += entry.fee_tax
                    row["platform_fee"] += entry.platform_fee
                    row["withheld_tax"] += entry.withheld_tax
                    if entry.kind is EntryKind.SALE:
                        row["sales"] += 1
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


def _places(at: datetime) -> list[tuple[str, int]]:
    day = day_number(at, TIMEZONE)
    return [("day", day), ("month", day // 100 * 100 + 1), ("ever", 0)]


def expected_list_totals(rows: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, int]]:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows.values():
        if row["state"] == "failed":
            continue
        for track in ("*", row["track"]):
            for license_name in ("*", row["license"]):
                for span, start in _places(row["sold"]):
                    if span == "day" and track != "*":
                        continue
                    place = (track, license_name, span, start)
                    total = sums[(*place, row["state"], row["conflict"], row["settled_currency"])]
                    total["sales"] += 1
                    total["gross"] += row["gross"]
                    total["tax"] += row["tax"]
                    total["returned_tax"] += row["returned_tax"]
                    total["fees"] += row["fees"]
                    total["remaining"] += row["remaining"]
                    total["unsettled"] += row["state"] != "pending" and not row["settled"]
    return _without_zeros(sums)


def expected_purchase_totals(final: list[Payment]) -> dict[Any, dict[str, int]]:
    bought: dict[str, list[datetime]] = defaultdict(list)
    for payment in final:
        if payment.state is PaymentState.PAID and payment.paid is not None:
            bought[payment.buyer.key or payment.key].append(payment.paid)
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for times in map(sorted, bought.values()):
        for place, at in enumerate(times):
            for span in _places(at):
                sums[span]["purchases"] += 1
                sums[span]["new_buyers"] += place == 0
                sums[span]["repeat_buyers"] += place == 1
    return _without_zeros(sums)


def expected_buyer_totals(final: Sequence[Payment]) -> dict[Any, dict[str, int]]:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for payment in (one for one in final if one.state is PaymentState.PAID):
        buyer = payment.buyer.key or payment.key
        rows = [_expected_sale(payment, position) for position in range(len(payment.lines))]
        kept = [row for row in rows if row["state"] != "dispute_lost"]
        spent = sum(row["amount"] - row["refunded"] for row in kept)
        for currency, amount in ((payment.currency, spent), ("", 0)):
            row = sums[buyer, currency]
            row["payments"] += 1
            row["licenses"] += len(rows)
            row["spent"] += amount
    return _without_zeros(sums)


def expected_buyer_counts(rows: dict[Any, dict[str, int]]) -> dict[Any, dict[str, int]]:
    counts: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_, currency), row in rows.items():
        counts[(currency,)]["buyers"] += row["payments"] > 0
        counts[(currency,)]["repeats"] += row["payments"] > 1
    return _without_zeros(counts)


def _without_zeros(sums: dict[Any, dict[str, int]]) -> dict[Any, dict[str, int]]:
    rows = {key: {name: n for name, n in row.items() if n} for key, row in sums.items()}
    return {key: row for key, row in rows.items() if row}
