"""What the simulated producer sells: products, prices and payment links; put up, taken off."""

from collections.abc import Mapping, Sequence
from typing import Any

from fakes.stripe import checkout_objects as build
from fakes.stripe.checkout_objects import line_item
from fakes.stripe.objects import Books, Json, NoSuchObject


class CannotArchive(ValueError):
    """Stripe refuses it: the message is Stripe's."""


class Catalogue:
    """Products and prices, as a producer sets them up in the Dashboard."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def product(self, name: str, *, metadata: Mapping[str, str] | None = None, **shown: Any) -> str:
        """A new product; gives its id. `shown`: other fields, such as description and images."""
        books = self._books
        made = build.product(
            books.ids.new("prod"), books.now(), name, metadata, livemode=books.livemode
        )
        made |= shown
        books.emit("product.created", books.add(made))
        return str(made["id"])

    def price(
        self,
        product: str,
        amount: int,
        currency: str = "usd",
        *,
        nickname: str | None = None,
        metadata: Mapping[str, str] | None = None,
        lookup_key: str | None = None,
        **shown: Any,
    ) -> str:
        """A new one-time price of a product, `amount` in minor units; gives its id.

        `shown`: other fields than such a price has.
        """
        books = self._books
        made = build.price(
            books.ids.new("price"),
            books.now(),
            books.get("product", product)["id"],
            amount,
            currency,
            nickname=nickname,
            given=metadata,
            lookup_key=lookup_key,
            livemode=books.livemode,
        )
        made |= shown
        books.emit("price.created", books.add(made))
        return str(made["id"])

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
        books = self._books
        sold = [books.get("price", price) for price in prices]
        made = build.payment_link(
            books.ids.new("plink"), sold[0]["currency"], metadata, livemode=books.livemode
        )
        made |= shown
        items = [self._item(price, adjustable) for price in sold]
        books.group("item", "payment_link", made["id"], items)
        books.emit("payment_link.created", books.add(made))
        return str(made["id"])

    def rename(self, product: str, name: str) -> Json:
        """Give a product another name; line items already bought keep their description."""
        return self._books.update("product.updated", product, name=name)

    def change(self, id_: str, **values: Any) -> Json:
        """Give a product, price or payment link other values, as the API does.

        Raises CannotArchive for a default price. Payment links that sell an archived product are
        switched off with it. https://docs.stripe.com/products-prices/manage-prices
        """
        books = self._books
        kind = self._require(id_)["object"]
        if kind == "price" and values.get("active") is False:
            self._require_not_default(id_)
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
        self._books.delete(f"{self._require(id_)['object']}.deleted", id_)

    def _require(self, id_: str) -> Json:
        found = self._books.find(id_)
        if found is None:
            raise NoSuchObject("object", id_)
        return found

    def _require_not_default(self, price: str) -> None:
        product = self._books.find(self._books.get("price", price)["product"])
        if product is not None and product["default_price"] == price:
            raise CannotArchive(
                "This price cannot be archived because it is the default price of its product."
            )

    def _switch_off_links(self, product: str) -> None:
        books = self._books
        own = set(books.grouped("price", "product", product))
        for link in list(books.all("payment_link")):
            items = [books.get("item", id_) for id_ in books.grouped("item", "payment_link", link)]
            if books.get("payment_link", link)["active"] and any(i["price"] in own for i in items):
                books.update("payment_link.updated", link, active=False)

    def _item(self, price: Json, adjustable: Mapping[str, Any] | None) -> str:
        books = self._books
        name = books.get("product", price["product"])["name"]
        made = line_item(books.ids.new("li"), price, name, 1, adjustable=adjustable)
        return str(books.add(made)["id"])
