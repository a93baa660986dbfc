"""What lines of an export come to, added up one by one."""

from collections import defaultdict
from collections.abc import Iterable

from bot.domain.entries import EntryKind
from bot.domain.export_lines import SaleLine
from bot.domain.totals import CurrencyTotals


def summed(lines: Iterable[SaleLine]) -> tuple[CurrencyTotals, ...]:
    """By currency, most sales first; what came to nothing in every respect is left out."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    # A refund over several sales is one refund.
    refunds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in lines:
        amounts = sums[line.settled_currency]
        for name in ("stripe_fee", "fee_tax", "platform_fee", "withheld_tax", "net"):
            amounts[name] += getattr(line, name)
        if line.kind == EntryKind.SALE:
            amounts["sales"] += 1
            amounts["gross"] += line.gross
            amounts["tax"] += line.tax
            amounts["unsettled"] += not line.booked
            continue
        amounts["returned_tax"] -= line.tax
        if line.kind == EntryKind.DISPUTE:
            amounts["disputed"] -= line.gross
        elif line.kind in (EntryKind.REFUND, EntryKind.REFUND_REVERSAL):
            amounts["refunded"] -= line.gross
            if line.gross:
                refunds[line.settled_currency, line.kind].add(line.source)
    for code, amounts in sums.items():
        given, back = EntryKind.REFUND, EntryKind.REFUND_REVERSAL
        amounts["refunds"] = len(refunds[code, given]) - len(refunds[code, back])
    found = [
        CurrencyTotals(currency=code, **one) for code, one in sums.items() if any(one.values())
    ]
    return tuple(sorted(found, key=lambda one: (-one.sales, one.currency)))
