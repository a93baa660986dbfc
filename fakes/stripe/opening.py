"""Checkouts that are open: a page at Stripe that somebody looks at and may yet pay."""

from collections.abc import Mapping, Sequence
from typing import Any

from fakes.stripe import cart
from fakes.stripe.books import Books
from fakes.stripe.cart import Item, NotForSale, Sums
from fakes.stripe.objects import checkout as build
from fakes.stripe.objects.checkout import SessionFacts
from fakes.stripe.objects.shape import Json

LIFE = 86_400
"""Seconds, unless it is said otherwise."""

SETTINGS = (
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "customer_creation",
    "invoice_creation",
    "name_collection",
    "phone_number_collection",
    "shipping_address_collection",
    "shipping_options",
    "tax_id_collection",
)
"""What payment links and Checkouts set alike, by field."""


def settings_of(obj: Json) -> Json:
    """What a payment link or a session has set of `SETTINGS`."""
    return {name: obj[name] for name in SETTINGS if obj.get(name) is not None}


def open_session(
    books: Books,
    items: Sequence[Item | str],
    *,
    link: str | None = None,
    metadata: Mapping[str, str] | None = None,
    success_url: str = "https://stripe.com",
    cancel_url: str = "https://stripe.com",
    expires_at: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Json:
    """Open a Checkout of these prices; NotForSale for what is inactive.

    `settings`: of `SETTINGS`. Tax is reckoned once the buyer is known (`reckon`).
    """
    cart.require_for_sale(books, _ids(items), link)
    lines = cart.lines(books, items)
    facts = SessionFacts(
        id=cart.new_session_id(books),
        created=books.now(),
        livemode=books.livemode,
        currency=lines[0]["currency"],
        subtotal=sum(line["amount_subtotal"] for line in lines),
        metadata=metadata,
        payment_link=link,
        settings=settings or {},
    )
    cart.keep_lines(books, facts.id, lines)
    return books.add(
        build.session(facts, "unpaid", None)
        | {
            "status": "open",
            "url": f"{books.checkout_url}/c/pay/{facts.id}",
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": expires_at or books.now() + LIFE,
        }
    )


def open_by_link(books: Books, link: str) -> Json:
    """What happens when somebody opens a payment link."""
    found = books.get("payment_link", link)
    items = [books.get("item", id_) for id_ in books.grouped("item", "payment_link", link)]
    bought = [Item(item["price"], item["quantity"], item["adjustable_quantity"]) for item in items]
    settings = settings_of(found)
    return open_session(books, bought, link=link, metadata=found["metadata"], settings=settings)


def reckon(books: Books, session: str, rate: int | None, quantity: int | None = None) -> Sums:
    """What the lines of an open Checkout come to for its buyer.

    `rate`: of automatic tax (`cart.lines`). `quantity`: how many the buyer takes of each, where
    they may choose; ValueError where not.
    """
    ids = list(books.grouped("item", "session", session))
    items = [_taken(books.get("item", id_), quantity) for id_ in ids]
    lines = cart.lines(books, items, rate=rate)
    for id_, line in zip(ids, lines, strict=True):
        books.change(id_, **(line | {"id": id_}))
    return cart.sums(lines)


def _taken(item: Json, quantity: int | None) -> Item:
    adjustable = item["adjustable_quantity"]
    if quantity is None:
        return Item(item["price"], item["quantity"], adjustable)
    least, most = (adjustable or {}).get("minimum", 0), (adjustable or {}).get("maximum", 99)
    if not (adjustable or {}).get("enabled") or not least <= quantity <= most:
        raise ValueError("the buyer cannot take so many")
    return Item(item["price"], quantity, adjustable)


def require_open(books: Books, session: str) -> Json:
    """The session as it is; NotForSale where it cannot be paid or expired any more."""
    found = books.get("checkout.session", session)
    if found["status"] != "open":
        raise NotForSale(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{found['status']}`."
        )
    return found


def expire(books: Books, session: str) -> Json:
    """Close an open Checkout. NotForSale for one that is not open."""
    require_open(books, session)
    return books.update("checkout.session.expired", session, status="expired", url=None)


def _ids(items: Sequence[Item | str]) -> list[str]:
    return [item.price if isinstance(item, Item) else item for item in items]
