"""One payment listed anew: what it is now, with the refunds and disputes that a list left out."""

from dataclasses import replace
from datetime import datetime

from bot.domain.disputes import merge_disputes
from bot.domain.forgetting import still_forgotten
from bot.domain.fraud_warnings import merge_warnings
from bot.domain.payment import Payment
from bot.domain.payment_success import counts, earliest
from bot.domain.platform_fees import merge_fee_returns
from bot.domain.refunds import given_back, merge_refunds, stand_in, stood_in


def refreshed(known: Payment, seen: Payment) -> Payment:
    """The payment as `seen`, of which Stripe itself was asked; lists show parts of it apart.

    So refunds, disputes and warnings that are known stay; of each the view counts that has come
    furthest.
    """
    real = [
        [refund for refund in view.refunds if refund is not stand_in(view)]
        for view in (known, seen)
    ]
    total = given_back(seen) if stand_in(seen) else 0
    disputes = merge_disputes(known.disputes, seen.disputes)
    succeeded = earliest(known.succeeded, seen.succeeded)
    told = seen.paid is not None and counts(seen.created, succeeded)
    merged = replace(
        seen,
        paid=succeeded if told else seen.paid,
        succeeded=succeeded if told else None,
        refunds=merge_refunds(*real),
        disputes=disputes,
        warnings=merge_warnings(known.warnings, seen.warnings),
        fee_returns=merge_fee_returns(known.fee_returns, seen.fee_returns),
    )
    return stood_in(still_forgotten(known, merged), total)


def latest_change(payment: Payment) -> datetime:
    """When money last moved or was asked for, as far as that has a time of its own."""
    moments = [payment.paid or payment.created]
    for refund in payment.refunds:
        if refund.id == payment.charge:
            continue  # it stands in for others, and bears the time of the payment
        moments.append(refund.created)
        moments += [move.at for move in (refund.movement, refund.reversal) if move is not None]
    moments += [move.at for move in payment.fee_returns]
    for dispute in payment.disputes:
        moments.append(dispute.created)
        moments += [move.at for move in dispute.movements]
    return max(moments)
