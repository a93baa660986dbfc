"""Buyers at Checkout: card, bank debit, free, discounted, converted, subscribed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.demo.stripe.books import Books
from bot.demo.stripe.charging import Charging, Purchase
from bot.demo.stripe.objects import checkout as build
from bot.demo.stripe.objects.checkout import SessionFacts
from bot.demo.stripe.objects.payments import PaymentFacts
from bot.demo.stripe.objects.shape import NOBODY, Customer, Json
from bot.ledger.money import split


@dataclass(frozen=True, slots=True)
class Item:
    """So many of one price. A bare price id stands for one of it."""

    price: str
    quantity: int = 1


class Checkout:
    """Checkout Sessions, those of payment links among them."""

    def __init__(self, books: Books, charging: Charging) -> None:
        self._books = books
        self._charging = charging

    def buy(
        self,
        *items: Item | str,
        buyer: Customer = NOBODY,
        discount: int = 0,
        tax: int = 0,
        promotion: str | None = None,
        link: str | None = None,
        metadata: Mapping[str, str] | None = None,
        intent_metadata: Mapping[str, str] | None = None,
        reference: str | None = None,
        method: str = "card",
        settled: bool = True,
        presented: tuple[int, str] | None = None,
        application_fee: int = 0,
    ) -> Purchase:
        """A buyer completes a Checkout of these prices, all of one currency.

        `discount` and `tax` are minor units of that currency, divided over the lines. A total of
        0 is a free Checkout. `method="sepa_debit"` leaves it unpaid until `arrive` or `bounce`.
        `settled=False` leaves the balance transaction out until `settle`. `presented` is what the
        buyer saw in another currency (Adaptive Pricing). A link's metadata is copied to its
        session unless other metadata is given.
        """
        lines = self._lines(items, discount, tax)
        facts = self._facts(
            lines,
            discount=discount,
            tax=tax,
            buyer=buyer,
            metadata=self._metadata(link, metadata),
            payment_link=link,
            reference=reference,
            method=method,
            presented=presented,
            promotion=promotion,
        )
        if facts.total == 0:
            return self._free(facts)
        payment = self._payment(facts, intent_metadata, application_fee)
        if method != "card":
            return self._delayed(facts, payment)
        return self._paid(facts, payment, settled=settled)

    def subscribe(self, price: str, *, buyer: Customer = NOBODY) -> Purchase:
        """A Checkout of mode subscription: paid through an invoice, no sale of a license."""
        facts = self._facts(self._lines([price], 0, 0), buyer=buyer, mode="subscription")
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

    def _free(self, facts: SessionFacts) -> Purchase:
        self._complete(build.session(facts, "no_payment_required", None))
        return Purchase(facts.id, None, None)

    def _paid(self, facts: SessionFacts, payment: PaymentFacts, *, settled: bool) -> Purchase:
        self._charging.succeed(payment)
        self._complete(build.session(facts, "paid", payment.intent))
        if settled:
            self._charging.settle(payment.charge)
        return Purchase(facts.id, payment.intent, payment.charge)

    def _delayed(self, facts: SessionFacts, payment: PaymentFacts) -> Purchase:
        self._charging.begin(payment)
        self._complete(build.session(facts, "unpaid", payment.intent))
        return Purchase(facts.id, payment.intent, payment.charge)

    def _complete(self, session: Json) -> None:
        self._books.emit("checkout.session.completed", self._books.add(session))

    def _facts(
        self,
        lines: Sequence[Json],
        *,
        discount: int = 0,
        tax: int = 0,
        buyer: Customer = NOBODY,
        metadata: Mapping[str, str] | None = None,
        payment_link: str | None = None,
        reference: str | None = None,
        method: str = "card",
        mode: str = "payment",
        presented: tuple[int, str] | None = None,
        promotion: str | None = None,
    ) -> SessionFacts:
        facts = SessionFacts(
            id=self._session_id(),
            created=self._books.now(),
            livemode=self._books.livemode,
            currency=lines[0]["currency"],
            subtotal=sum(line["amount_subtotal"] for line in lines),
            discount=discount,
            tax=tax,
            buyer=buyer,
            metadata=metadata,
            payment_link=payment_link,
            reference=reference,
            method=method,
            mode=mode,
            presented=presented,
            promotion=promotion,
        )
        kept = [self._books.add(line)["id"] for line in lines]
        self._books.group("item", "session", facts.id, kept)
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

    def _lines(self, items: Sequence[Item | str], discount: int, tax: int) -> list[Json]:
        wanted = [item if isinstance(item, Item) else Item(item) for item in items]
        priced = [(self._books.get("price", item.price), item.quantity) for item in wanted]
        if len({price["currency"] for price, _ in priced}) != 1:
            raise ValueError("a Checkout has one currency")
        weights = [price["unit_amount"] * quantity for price, quantity in priced]
        if discount > sum(weights):
            raise ValueError("the discount is more than the price")
        discounts, taxes = split(discount, weights), split(tax, weights)
        return [
            build.line_item(
                self._books.ids.new("li"),
                price,
                self._books.get("product", price["product"])["name"],
                quantity,
                discount=discounts[i],
                tax=taxes[i],
            )
            for i, (price, quantity) in enumerate(priced)
        ]

    def _metadata(
        self, link: str | None, metadata: Mapping[str, str] | None
    ) -> Mapping[str, str] | None:
        if metadata is not None or link is None:
            return metadata
        copied: Mapping[str, str] = self._books.get("payment_link", link)["metadata"]
        return copied

    def _session_id(self) -> str:
        mode = "live" if self._books.livemode else "test"
        return f"cs_{mode}_a1{self._books.ids.letters(56)}"
