"""Addresses in Stripe's Dashboard. They say nothing to anyone who is not logged in there."""

from urllib.parse import quote

from bot.ledger.records import PaymentRecord, Producer

DASHBOARD = "https://dashboard.stripe.com"
_URL_LIMIT = 512


def payment_url(record: PaymentRecord) -> str | None:
    """The payment's page; None for a free one, of which Stripe's Dashboard has no page."""
    payment = record.payment
    if payment.charge is None and payment.intent is None:
        return None
    return _url(record.producer, "payments", payment.intent or payment.charge or "")


def payout_url(producer: Producer, payout: str) -> str | None:
    """A payout's page."""
    return _url(producer, "payouts", payout)


def _url(producer: Producer, page: str, object_id: str) -> str | None:
    # With the account in it, the link opens the right account of several.
    account = f"/{quote(producer.stripe_account, safe='')}" if producer.stripe_account else ""
    mode = "" if producer.livemode else "/test"
    url = f"{DASHBOARD}{account}{mode}/{page}/{quote(object_id, safe='')}"
    return url if len(url) <= _URL_LIMIT else None
