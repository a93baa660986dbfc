"""Buyers at Checkout: card, bank debit, free, discounted, converted, subscribed."""

from collections.abc import Mapping, Sequence
from typing import Any

from fakes.stripe import cart
from fakes.stripe.cart import Item, NotForSale
from fakes.stripe.objects import NOBODY, Customer, presentment
from fakes.stripe.payments import Payments, Purchase
from fakes.stripe.shapes import Json

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

_CONSENT: Json = {"payment_method_reuse_agreement": None, "terms_of_service": "none"}


class Checkout(Payments):
    """Checkout Sessions, those of payment links among them."""

    def buy(
        self,
        *items: Item | str,
        buyer: Customer = NOBODY,
        discount: int = 0,
        tax: int = 0,
        automatic_tax: bool = False,
        promotion: str | None = None,
        link: str | None = None,
        metadata: Mapping[str, str] | None = None,
        **paying: Any,
    ) -> Purchase:
        """A buyer completes a Checkout of these prices, all of one currency.

        `discount` and `tax` are minor units of that currency, divided over the lines.
        `automatic_tax`: it is what the account's terms say, as where the link has it. A total of 0
        is a free Checkout. A link's metadata is copied to its session unless other metadata is
        given. `paying`: as `_pay` takes it. NotForSale for what is inactive.
        """
        books = self.books
        cart.require_for_sale(books, items, link)
        found = books.get("payment_link", link) if link else {}
        settings = _settings_of(found)
        if automatic_tax:
            settings["automatic_tax"] = {"enabled": True}
        rate = self._rate(settings, buyer)
        lines = cart.line_items(books, items, discount, tax, rate=rate)
        session = self._session(
            lines,
            settings,
            allow_promotion_codes=promotion is not None,
            discounts=[{"coupon": None, "promotion_code": promotion}] if promotion else [],
            metadata=dict(found.get("metadata", {}) if metadata is None else metadata),
            payment_link=link,
        )
        return self._pay(session, buyer, **paying)

    def subscribe(self, price: str, *, buyer: Customer = NOBODY) -> Purchase:
        """A Checkout of mode subscription: paid through an invoice, no sale of a license."""
        ids = self.books.ids
        session = self._session(cart.line_items(self.books, [price]), {}, mode="subscription")
        total, currency = session["amount_total"], session["currency"]
        payment = self._payment(total, currency, buyer, description="Subscription creation")
        self._take(payment, "card")
        own = {"subscription": ids.new("sub"), "invoice": ids.new("in")}
        self._complete(session, buyer, "paid", None, **own)
        self.settle(payment.charge["id"])
        return payment.as_bought(session["id"])

    def open(
        self, *items: Item | str, link: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> str:
        """A buyer opens a Checkout of these prices, or a payment link; gives the session's id.

        NotForSale for what is inactive. It stays open whatever happens to them: until it is paid
        (`complete`), expired, or a day has passed.
        """
        if link is None:
            return str(self.open_session(items, metadata=metadata)["id"])
        books = self.books
        found = books.get("payment_link", link)
        sold = [books.get("item", id_) for id_ in books.grouped("item", "payment_link", link)]
        wanted = [Item(one["price"], one["quantity"], one["adjustable_quantity"]) for one in sold]
        opened = self.open_session(
            wanted, link=link, metadata=found["metadata"], settings=_settings_of(found)
        )
        return str(opened["id"])

    def open_session(
        self,
        items: Sequence[Item | str],
        *,
        link: str | None = None,
        metadata: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Json:
        """Open a Checkout of these prices; NotForSale for what is inactive.

        `settings`: of `SETTINGS`. Tax is reckoned once the buyer is known. `fields`: others of it,
        such as `success_url`.
        """
        cart.require_for_sale(self.books, items, link)
        lines = cart.line_items(self.books, items)
        fields |= {"metadata": dict(metadata or {}), "payment_link": link}
        return self._session(lines, settings or {}, **fields)

    def complete(
        self, session: str, *, buyer: Customer = NOBODY, quantity: int | None = None, **paying: Any
    ) -> Purchase:
        """A buyer pays an open Checkout. NotForSale if it is no longer open.

        `quantity`: how many they take of each, if they may choose; ValueError if they may not.
        `paying`: as `_pay` takes it.
        """
        found = self._require_open(session)
        changes = cart.reckon(self.books, session, self._rate(found, buyer), quantity)
        return self._pay(self.books.change(session, **changes), buyer, **paying)

    def expire(self, session: str) -> Json:
        """An open Checkout is closed. NotForSale for one that is not open."""
        self._require_open(session)
        closed = {"status": "expired", "url": None}
        return self.books.update("checkout.session.expired", session, **closed)

    def _require_open(self, session: str) -> Json:
        found = self.books.get("checkout.session", session)
        if found["status"] != "open":
            raise NotForSale(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of `{found['status']}`."
            )
        return found

    def _session(self, lines: Sequence[Json], settings: Mapping[str, Any], **fields: Any) -> Json:
        """Keep an open session with these line items."""
        books = self.books
        id_ = f"cs_{'live' if books.livemode else 'test'}_a1{books.ids.letters(56)}"
        books.group("item", "session", id_, [books.add(line)["id"] for line in lines])
        usual = {
            "cancel_url": "https://stripe.com",
            "customer_details": _details(NOBODY),
            "expires_at": books.now() + LIFE,
            "metadata": {},
            "payment_link": None,
            "success_url": "https://stripe.com",
            "url": f"{books.checkout_url}/c/pay/{id_}",
            "currency": lines[0]["currency"],
            **cart.amounts(lines),
        }
        own = usual | fields | dict(settings) | _automatic_tax(settings, NOBODY)
        return books.add(books.new("checkout.session", id_, **own))

    def _pay(
        self,
        session: Json,
        buyer: Customer,
        *,
        method: str = "card",
        settled: bool = True,
        intent_metadata: Mapping[str, str] | None = None,
        presented: tuple[int, str] | None = None,
        application_fee: int = 0,
        declined: bool = False,
        authorized: bool = False,
    ) -> Purchase:
        """Pay an open session, which is complete then.

        `method="sepa_debit"` (or us_bank_account, bacs_debit, au_becs_debit) leaves it unpaid until
        `arrive` or `bounce`. `settled=False` leaves the balance transaction out until `settle`; of
        a debit, until it arrives. `presented` is what the buyer saw in another currency (Adaptive
        Pricing). `declined`: a card is tried first, in vain. `authorized`: the money is only
        reserved until `capture` or `void`.
        """
        payment = self._payment(
            session["amount_total"],
            session["currency"],
            buyer,
            metadata=intent_metadata,
            method=method,
            application_fee=application_fee,
            presented=presented,
        )
        if declined:
            self._decline(payment)
        shown: Json = {"payment_method_types": [method]}
        if presented:
            adaptive = {"enabled": True}
            shown |= {"presentment_details": presentment(presented), "adaptive_pricing": adaptive}
        if session["amount_total"] == 0:
            self._complete(session, buyer, "no_payment_required", None, **shown)
            return Purchase(session["id"], None, None)
        if authorized:
            self._authorize(payment)
        else:
            self._take(payment, method)
        status = "paid" if method == "card" and not authorized else "unpaid"
        self._complete(session, buyer, status, payment.intent["id"], **shown)
        if settled and not authorized:
            self.settle(payment.charge["id"])
        return payment.as_bought(session["id"])

    def _complete(
        self, session: Json, buyer: Customer, status: str, intent: str | None, **fields: Any
    ) -> None:
        """`status` is paid, unpaid or no_payment_required."""
        books, id_ = self.books, session["id"]
        if buyer.promotions:
            consent = {"promotions": buyer.promotions, "terms_of_service": None}
            asked = session["consent_collection"] or _CONSENT | {"promotions": "auto"}
            fields |= {"consent": consent, "consent_collection": asked}
        paid = {"status": "complete", "url": None, "payment_status": status}
        fields |= paid | {"payment_intent": intent, "customer_details": _details(buyer)}
        done = books.change(id_, **fields | _automatic_tax(session, buyer))
        if intent:
            books.group("checkout.session", "payment_intent", intent, [id_])
        books.emit("checkout.session.completed", done)

    def _rate(self, settings: Mapping[str, Any], buyer: Customer) -> int | None:
        """The rate of tax in the buyer's country; None if the Checkout charges no tax."""
        if not settings.get("automatic_tax", {}).get("enabled"):
            return None
        return self.terms.sales_tax.get(buyer.country or "", 0)


def _settings_of(link: Json) -> Json:
    """What a payment link has set of `SETTINGS`."""
    return {name: link[name] for name in SETTINGS if link.get(name) is not None}


def _details(buyer: Customer) -> Json:
    names = {"business_name": None, "individual_name": None}
    return buyer.contact | names | {"tax_exempt": "none", "tax_ids": []}


def _automatic_tax(settings: Mapping[str, Any], buyer: Customer) -> Json:
    """Stripe reckons tax once it knows where the buyer is."""
    wanted = settings.get("automatic_tax", {})
    if not wanted.get("enabled"):
        return {}
    known = buyer.country is not None
    reckoned = {
        "enabled": True,
        "liability": wanted.get("liability") or {"type": "self"},
        "provider": "stripe",
        "status": "complete" if known else "requires_location_inputs",
    }
    return {"automatic_tax": reckoned}
