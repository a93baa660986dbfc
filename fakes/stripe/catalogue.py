"""What the simulated producer sells: products, prices and payment links; put up, taken off."""

from collections.abc import Mapping, Sequence
from typing import Any

from fakes.stripe.balance import Settlement
from fakes.stripe.cart import line_item
from fakes.stripe.objects import NoSuchObject
from fakes.stripe.shapes import Json


class CannotArchive(ValueError):
    """Stripe refuses it: the message is Stripe's."""


class Catalogue(Settlement):
    """Products and prices, as a producer sets them up in the Dashboard."""

    def product(self, name: str, *, metadata: Mapping[str, str] | None = None, **shown: Any) -> str:
        """A new product; gives its id. `shown`: other fields, such as description and images."""
        updated = {"updated": self.books.now()}
        return self._offer("product", metadata, name=name, **updated | shown)

    def price(
        self,
        product: str,
        amount: int,
        currency: str = "usd",
        *,
        nickname: str | None = None,
        metadata: Mapping[str, str] | None = None,
        **shown: Any,
    ) -> str:
        """A new one-time price of a product, `amount` in minor units; gives its id.

        `shown`: other fields than such a price has.
        """
        own = {
            "currency": currency,
            "nickname": nickname,
            "product": self.books.get("product", product)["id"],
            "unit_amount": amount,
            "unit_amount_decimal": str(amount),
        }
        return self._offer("price", metadata, **own | shown)

    def link(
        self,
        prices: Sequence[str],
        *,
        metadata: Mapping[str, str] | None = None,
        adjustable: Mapping[str, Any] | None = None,
        **shown: Any,
    ) -> str:
        """A new payment link that sells these prices; gives its id.

        `adjustable`: how many of each one may buy, as Stripe's `adjustable_quantity`. `shown`:
        other fields, such as `automatic_tax`.
        """
        books = self.books
        sold = [books.get("price", price) for price in prices]
        id_ = books.ids.new("plink")
        items = [line_item(books, price, adjustable_quantity=adjustable) for price in sold]
        books.group("item", "payment_link", id_, [books.add(item)["id"] for item in items])
        url = f"https://buy.stripe.com/{'' if books.livemode else 'test_'}{id_[-18:]}"
        own = {"currency": sold[0]["currency"], "url": url}
        return self._offer("payment_link", metadata, id_, **own | shown)

    def _offer(
        self,
        kind: str,
        metadata: Mapping[str, str] | None,
        id_: str | None = None,
        /,
        **fields: Any,
    ) -> str:
        made = self.books.new(kind, id_, **{"metadata": dict(metadata or {})} | fields)
        self.books.emit(f"{kind}.created", self.books.add(made))
        return str(made["id"])

    def rename(self, product: str, name: str) -> Json:
        """Give a product another name; line items already bought keep their description."""
        return self.books.update("product.updated", product, name=name)

    def change(self, id_: str, **values: Any) -> Json:
        """Give a product, price or payment link other values, as the API does.

        Raises CannotArchive for a default price. Payment links that sell an archived product are
        switched off with it. https://docs.stripe.com/products-prices/manage-prices
        """
        books = self.books
        kind = self._kind(id_)
        if kind == "price" and values.get("active") is False:
            product = books.find(books.get("price", id_)["product"])
            if product is not None and product["default_price"] == id_:
                raise CannotArchive(
                    "This price cannot be archived because it is the default price of its product."
                )
        if kind == "product":
            values |= {"updated": books.now()}
        changed = books.update(f"{kind}.updated", id_, **values)
        if kind == "product" and values.get("active") is False:
            self._switch_off_links(id_)
        return changed

    def archive(self, id_: str) -> Json:
        """Archive a product or price, or switch a payment link off."""
        return self.change(id_, active=False)

    def delete(self, id_: str) -> None:
        """Delete a product or price, as far as the Dashboard lets one."""
        self.books.delete(f"{self._kind(id_)}.deleted", id_)

    def _kind(self, id_: str) -> str:
        found = self.books.find(id_)
        if found is None:
            raise NoSuchObject("object", id_)
        return str(found["object"])

    def _switch_off_links(self, product: str) -> None:
        books = self.books
        own = set(books.grouped("price", "product", product))
        for link in list(books.all("payment_link")):
            items = [books.get("item", id_) for id_ in books.grouped("item", "payment_link", link)]
            if books.get("payment_link", link)["active"] and any(i["price"] in own for i in items):
                books.update("payment_link.updated", link, active=False)
