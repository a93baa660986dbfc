"""What the simulated producer sells: products, prices and payment links."""

from collections.abc import Mapping, Sequence

from bot.demo.stripe.books import Books
from bot.demo.stripe.objects import catalogue as build
from bot.demo.stripe.objects.checkout import line_item
from bot.demo.stripe.objects.shape import Json


class Catalogue:
    """Products and prices, as a producer sets them up in the Dashboard."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def product(self, name: str, *, metadata: Mapping[str, str] | None = None) -> str:
        """A new product; gives its id."""
        books = self._books
        made = build.product(
            books.ids.new("prod"), books.now(), name, metadata, livemode=books.livemode
        )
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
    ) -> str:
        """A new one-time price of a product, `amount` in minor units; gives its id."""
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
        books.emit("price.created", books.add(made))
        return str(made["id"])

    def link(self, prices: Sequence[str], *, metadata: Mapping[str, str] | None = None) -> str:
        """A new payment link that sells these prices; gives its id."""
        books = self._books
        sold = [books.get("price", price) for price in prices]
        made = build.payment_link(
            books.ids.new("plink"), sold[0]["currency"], metadata, livemode=books.livemode
        )
        items = [self._item(price) for price in sold]
        books.group("item", "payment_link", made["id"], items)
        books.emit("payment_link.created", books.add(made))
        return str(made["id"])

    def rename(self, product: str, name: str) -> Json:
        """Give a product another name; line items already bought keep their description."""
        return self._books.update("product.updated", product, name=name)

    def _item(self, price: Json) -> str:
        books = self._books
        name = books.get("product", price["product"])["name"]
        return str(books.add(line_item(books.ids.new("li"), price, name, 1))["id"])
