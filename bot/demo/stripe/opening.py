"""Checkouts that are open: a page at Stripe that somebody looks at and may yet pay."""

from collections.abc import Mapping, Sequence

from bot.demo.stripe import cart
from bot.demo.stripe.books import Books
from bot.demo.stripe.cart import Item, NotForSale
from bot.demo.stripe.objects import checkout as build
from bot.demo.stripe.objects.checkout import SessionFacts
from bot.demo.stripe.objects.shape import Json

LIFE = 86_400
"""Seconds, unless it is said otherwise."""


def open_session(
    books: Books,
    items: Sequence[Item | str],
    *,
    link: str | None = None,
    metadata: Mapping[str, str] | None = None,
    success_url: str = "https://stripe.com",
    cancel_url: str = "https://stripe.com",
    expires_at: int | None = None,
) -> Json:
    """Open a Checkout of these prices; NotForSale for what is inactive."""
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
    bought = [Item(item["price"], item["quantity"]) for item in items]
    return open_session(books, bought, link=link, metadata=found["metadata"])


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
