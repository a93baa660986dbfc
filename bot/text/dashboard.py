"""Addresses in Stripe's Dashboard. They say nothing to anyone who is not logged in there."""

from urllib.parse import quote

from bot.domain.sale import PaymentRecord, Producer

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


def catalogue_url(producer: Producer, kind: str, object_id: str) -> str | None:
    """The page of a payment `link`, a `product` or a `price`; of all links for an empty id."""
    pages = {"link": "payment-links", "product": "products", "price": "prices"}
    return _url(producer, pages[kind], object_id) if kind in pages else None


def event_url(producer: Producer, event: str) -> str | None:
    """An event's page, with the object as it was then."""
    return _url(producer, "events", event)


def object_url(producer: Producer, kind: str, object_id: str) -> str | None:
    """The page of a payment or payout; None for a Checkout without a payment, which has none."""
    if kind == "payout":
        return payout_url(producer, object_id)
    has_page = kind == "payment" and object_id.startswith(("pi_", "ch_", "py_"))
    return _url(producer, "payments", object_id) if has_page else None


def _url(producer: Producer, page: str, object_id: str) -> str | None:
    # With the account in it, the link opens the right account of several.
    account = f"/{quote(producer.stripe_account, safe='')}" if producer.stripe_account else ""
    mode = "" if producer.livemode else "/test"
    url = f"{DASHBOARD}{account}{mode}/{page}/{quote(object_id, safe='')}".rstrip("/")
    return url if len(url) <= _URL_LIMIT else None
