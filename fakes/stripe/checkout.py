"""Buyers at Checkout: card, bank debit, free, discounted, converted, subscribed."""

from collections.abc import Mapping, Sequence

from fakes.stripe import cart
from fakes.stripe import checkout_objects as build
from fakes.stripe.balance import Terms
from fakes.stripe.cart import Item
from fakes.stripe.checkout_objects import SessionFacts
from fakes.stripe.objects import NOBODY, Books, Customer, Json
from fakes.stripe.payment_objects import PaymentFacts
from fakes.stripe.payments import Charging, Purchase


class Checkout:
    """Checkout Sessions, those of payment links among them."""

    def __init__(self, books: Books, charging: Charging, terms: Terms) -> None:
        self._books = books
        self._charging = charging
        self._terms = terms

    def buy(
        self,
        *items: Item | str,
        buyer: Customer = NOBODY,
        discount: int = 0,
        tax: int = 0,
        included: bool = False,
        automatic_tax: bool = False,
        promotion: str | None = None,
        link: str | None = None,
        metadata: Mapping[str, str] | None = None,
        intent_metadata: Mapping[str, str] | None = None,
        reference: str | None = None,
        method: str = "card",
        settled: bool = True,
        presented: tuple[int, str] | None = None,
        application_fee: int = 0,
        declined: bool = False,
        authorized: bool = False,
    ) -> Purchase:
        """A buyer completes a Checkout of these prices, all of one currency.

        `discount` and `tax` are minor units of that currency, divided over the lines; `included`:
        the tax is in the prices. `automatic_tax`: it is what the account's terms say, as where the
        link has it. A total of 0 is a free Checkout. `method="sepa_debit"` (or us_bank_account,
        bacs_debit, au_becs_debit) leaves it unpaid until `arrive` or `bounce`. `settled=False`
        leaves the balance transaction out until `settle`; of a debit, until it arrives.
        `presented` is what the buyer saw in another currency (Adaptive Pricing). A link's metadata
        is copied to its session unless other metadata is given. `declined`: a card is tried first,
        in vain. `authorized`: the money is only reserved until `capture` or `void`. NotForSale for
        what is inactive.
        """
        ids = [item.price if isinstance(item, Item) else item for item in items]
        cart.require_for_sale(self._books, ids, link)
        settings = self._settings(link, automatic_tax=automatic_tax)
        rate = self._rate(settings, buyer)
        lines = cart.line_items(self._books, items, discount, tax, included=included, rate=rate)
        facts = self._facts(
            lines,
            settings=settings,
            buyer=buyer,
            metadata=self._metadata(link, metadata),
            payment_link=link,
            reference=reference,
            method=method,
            presented=presented,
            promotion=promotion,
        )
        payment = self._payment(facts, intent_metadata, application_fee)
        if declined:
            self._charging.decline(payment)
        if authorized:
            return self._authorized(facts, payment)
        return self._pay(facts, payment, settled=settled)

    def subscribe(self, price: str, *, buyer: Customer = NOBODY) -> Purchase:
        """A Checkout of mode subscription: paid through an invoice, no sale of a license."""
        facts = self._facts(cart.line_items(self._books, [price]), buyer=buyer, mode="subscription")
        payment = self._charging.facts(
            facts.total, facts.currency, buyer, description="Subscription creation"
        )
        self._charging.succeed(payment)
        subscription = {
            "subscription": self._books.ids.new("sub"),
            "invoice": self._books.ids.new("in"),
        }
        self._complete(build.session(facts, "paid", None) | subscription)
        self._charging.settle(payment.charge)
        return Purchase(facts.id, payment.intent, payment.charge)

    def open(
        self, *items: Item | str, link: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> str:
        """A buyer opens a Checkout of these prices, or a payment link; gives the session's id.

        NotForSale for what is inactive. It stays open whatever happens to them: until it is paid
        (`complete`), expired, or a day has passed.
        """
        books = self._books
        if link is not None:
            return str(cart.open_by_link(books, link)["id"])
        return str(cart.open_session(books, items, metadata=metadata)["id"])

    def complete(
        self,
        session: str,
        *,
        buyer: Customer = NOBODY,
        method: str = "card",
        settled: bool = True,
        quantity: int | None = None,
    ) -> Purchase:
        """A buyer pays an open Checkout. NotForSale if it is no longer open.

        `quantity`: how many they take of each, if they may choose; ValueError if they may not.
        """
        found = cart.require_open(self._books, session)
        settings = cart.settings_of(found)
        sums = cart.reckon(self._books, session, self._rate(settings, buyer), quantity)
        facts = SessionFacts(
            id=session,
            created=found["created"],
            livemode=found["livemode"],
            currency=found["currency"],
            subtotal=sums.subtotal,
            discount=sums.discount,
            tax=sums.tax,
            included=sums.included,
            settings=settings,
            buyer=buyer,
            metadata=found["metadata"],
            payment_link=found["payment_link"],
            method=method,
        )
        return self._pay(facts, self._payment(facts, None, 0), settled=settled)

    def expire(self, session: str) -> Json:
        """An open Checkout is closed. NotForSale for one that is not open."""
        return cart.expire(self._books, session)

    def _pay(self, facts: SessionFacts, payment: PaymentFacts, *, settled: bool) -> Purchase:
        if facts.total == 0:
            return self._free(facts)
        if facts.method != "card":
            return self._delayed(facts, payment, settled=settled)
        return self._paid(facts, payment, settled=settled)

    def _free(self, facts: SessionFacts) -> Purchase:
        self._complete(build.session(facts, "no_payment_required", None))
        return Purchase(facts.id, None, None)

    def _paid(self, facts: SessionFacts, payment: PaymentFacts, *, settled: bool) -> Purchase:
        self._charging.succeed(payment)
        self._complete(build.session(facts, "paid", payment.intent))
        if settled:
            self._charging.settle(payment.charge)
        return Purchase(facts.id, payment.intent, payment.charge)

    def _authorized(self, facts: SessionFacts, payment: PaymentFacts) -> Purchase:
        self._charging.authorize(payment)
        self._complete(build.session(facts, "unpaid", payment.intent))
        return Purchase(facts.id, payment.intent, payment.charge)

    def _delayed(self, facts: SessionFacts, payment: PaymentFacts, *, settled: bool) -> Purchase:
        self._charging.begin(payment)
        self._complete(build.session(facts, "unpaid", payment.intent))
        if settled:
            self._charging.settle(payment.charge)
        return Purchase(facts.id, payment.intent, payment.charge)

    def _complete(self, session: Json) -> None:
        books = self._books
        if books.find(session["id"]) is None:
            books.add(session)
        else:  # it was open until now
            urls = ("success_url", "cancel_url", "expires_at")
            was = books.get("checkout.session", session["id"])
            books.change(session["id"], **(session | {name: was[name] for name in urls}))
            if session["payment_intent"]:
                group = ("checkout.session", "payment_intent", session["payment_intent"])
                books.group(*group, [session["id"]])
        books.emit("checkout.session.completed", books.get("checkout.session", session["id"]))

    def _facts(
        self,
        lines: Sequence[Json],
        *,
        settings: Json | None = None,
        buyer: Customer = NOBODY,
        metadata: Mapping[str, str] | None = None,
        payment_link: str | None = None,
        reference: str | None = None,
        method: str = "card",
        mode: str = "payment",
        presented: tuple[int, str] | None = None,
        promotion: str | None = None,
    ) -> SessionFacts:
        sums = cart.sums(lines)
        facts = SessionFacts(
            id=cart.new_session_id(self._books),
            created=self._books.now(),
            livemode=self._books.livemode,
            currency=lines[0]["currency"],
            subtotal=sums.subtotal,
            discount=sums.discount,
            tax=sums.tax,
            included=sums.included,
            settings=settings or {},
            buyer=buyer,
            metadata=metadata,
            payment_link=payment_link,
            reference=reference,
            method=method,
            mode=mode,
            presented=presented,
            promotion=promotion,
        )
        cart.keep_lines(self._books, facts.id, lines)
        return facts

    def _payment(
        self, facts: SessionFacts, metadata: Mapping[str, str] | None, application_fee: int
    ) -> PaymentFacts:
        return self._charging.facts(
            facts.total,
            facts.currency,
            facts.buyer,
            metadata=metadata,
            method=facts.method,
            application_fee=application_fee,
            presented=facts.presented,
        )

    def _settings(self, link: str | None, *, automatic_tax: bool) -> Json:
        found = cart.settings_of(self._books.get("payment_link", link)) if link else {}
        return found | ({"automatic_tax": {"enabled": True}} if automatic_tax else {})

    def _rate(self, settings: Json, buyer: Customer) -> int | None:
        """The rate of tax in the buyer's country; None if the Checkout charges no tax."""
        if not settings.get("automatic_tax", {}).get("enabled"):
            return None
        return self._terms.sales_tax.get(buyer.country or "", 0)

    def _metadata(
        self, link: str | None, metadata: Mapping[str, str] | None
    ) -> Mapping[str, str] | None:
        if metadata is not None or link is None:
            return metadata
        copied: Mapping[str, str] = self._books.get("payment_link", link)["metadata"]
        return copied
