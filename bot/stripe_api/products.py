"""What was sold, remembered: line items in lists name their products by id alone."""

from collections.abc import Iterable

from bot.domain.json_access import identifier, mapping
from bot.stripe_api.answers import Json
from bot.stripe_api.errors import StripeGone
from bot.stripe_api.lists import Lists
from bot.stripe_api.transport import PAGE, path_part

MOST = 20_000
"""Shops that make a product for each sale have as many products as sales: these are kept."""
_KEPT = ("id", "object", "name", "metadata", "deleted")


class Products:
    """The products of one account, each read once."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._known: dict[str, Json] = {}

    async def fill_in(self, items: Iterable[Json]) -> None:
        """Put its product into the price of each line item, as if it had been expanded."""
        prices = [item["price"] for item in items if mapping(item.get("price"))]
        wanted = {product for price in prices if isinstance(product := price.get("product"), str)}
        if len(self._known) > MOST:
            self._known.clear()
        await self._learn(sorted(wanted - self._known.keys()))
        for price in prices:
            price["product"] = self._known.get(str(price.get("product")), price.get("product"))

    async def _learn(self, ids: list[str]) -> None:
        for start in range(0, len(ids), PAGE):
            asked = ids[start : start + PAGE]
            # https://docs.stripe.com/api/products/list#list_products-ids
            page = await self._lists.get("/v1/products", limit=PAGE, ids=asked)
            for product in page["data"]:
                self._keep(product)
            for id_ in asked:
                if id_ not in self._known:
                    await self._retrieve(id_)

    async def _retrieve(self, id_: str) -> None:
        try:
            self._keep(await self._lists.get(f"/v1/products/{path_part(id_)}"))
        except StripeGone:
            self._known[id_] = {"id": id_, "object": "product", "deleted": True}

    def _keep(self, product: Json) -> None:
        id_ = identifier(product)
        if id_ is not None:
            self._known[id_] = {name: product[name] for name in _KEPT if name in product}
