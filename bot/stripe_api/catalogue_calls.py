"""What is for sale at Stripe: read by lists and one by one, and taken off sale."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Self

from bot.stripe_api.transport import PAGE, Cursor, Json, Pace, Transport, path_part

_LINKS_AT_ONCE = 50
"""With their line items a hundred are half a megabyte: too much to read while others wait."""
_LINE_ITEMS = ("line_items",)
"""Not shown of a payment link unless asked for: the first ten. A link sells at most twenty.
https://docs.stripe.com/api/payment-link/object#payment_link_object-line_items
"""


class Pages:
    """A list, a page at a time: a shop may have more than fits into memory.

    If a page raises, it can be asked for again: iteration goes on from there.
    """

    def __init__(self, path: str, read: Callable[[str | None], Awaitable[Json]]) -> None:
        """`read` gives the page after an id, or the first one."""
        self._path = path
        self._read = read
        self._cursor = Cursor()
        self._more = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[Json]:
        if not self._more:
            raise StopAsyncIteration
        page = await self._read(self._cursor.after)
        found: Sequence[Json] = page["data"]
        self._more = self._cursor.move(self._path, page)
        return found


class CatalogueCalls:
    """A part of `StripeApi`, which says what is raised. Lists give what is active."""

    def __init__(self, transport: Transport, pace: Pace) -> None:
        self._transport = transport
        self._paced = pace

    def products(self, *, account: str = "") -> Pages:
        """All active products, a hundred a page. https://docs.stripe.com/api/products/list"""
        return Pages("/v1/products", partial(self._page, "/v1/products", account))

    def prices(self, *, account: str = "") -> Pages:
        """All active prices, one-time and recurring. https://docs.stripe.com/api/prices/list"""
        return Pages("/v1/prices", partial(self._page, "/v1/prices", account))

    def payment_links(self, *, account: str = "") -> Pages:
        """All active payment links with all their line items.

        The list cannot be asked for those of one price.
        https://docs.stripe.com/api/payment-link/list
        """
        return Pages("/v1/payment_links", partial(self._links, account))

    async def read_product(self, product: str, *, account: str = "") -> Json:
        """A product as it stands."""
        return await self._read("/v1/products", product, account)

    async def read_price(self, price: str, *, account: str = "") -> Json:
        """A price as it stands."""
        return await self._read("/v1/prices", price, account)

    async def prices_of(self, product: str, *, account: str = "") -> list[Json]:
        """All active prices of a product."""
        return await self._transport.pages("/v1/prices", account, product=product, active=True)

    async def read_payment_link(self, link: str, *, account: str = "") -> Json:
        """A payment link as it stands, with all its line items."""
        return await self._whole(
            await self._read("/v1/payment_links", link, account, expand=_LINE_ITEMS), account
        )

    async def deactivate_link(self, link: str, message: str, *, account: str = "") -> Json:
        """Switch a payment link off; who opens it reads the message (at most 500 characters).

        Checkouts that it has opened stay open: see `open_sessions`.
        https://docs.stripe.com/api/payment-link/update
        """
        changes = {"active": False, "inactive_message": message[:500]}
        return await self._update("/v1/payment_links", link, account, changes)

    async def archive_price(self, price: str, *, account: str = "") -> Json:
        """Archive a price: no new Checkout can be opened with it.

        Stripe refuses it (`StripeRefused`) for the default price of its product, until that is
        another one or the product itself is archived.
        https://docs.stripe.com/products-prices/manage-prices#edit-price
        """
        return await self._update("/v1/prices", price, account, {"active": False})

    async def archive_product(self, product: str, *, account: str = "") -> Json:
        """Archive a product: nothing can be bought by any of its prices, also not by links.

        https://docs.stripe.com/products-prices/manage-prices#archive-product
        """
        return await self._update("/v1/products", product, account, {"active": False})

    async def _read(self, path: str, id_: str, account: str, **params: object) -> Json:
        return await self._transport.get(f"{path}/{path_part(id_)}", account, **params)

    async def _update(self, path: str, id_: str, account: str, changes: Json) -> Json:
        return await self._transport.post(f"{path}/{path_part(id_)}", account, **changes)

    async def _page(
        self, path: str, account: str, after: str | None, limit: int = PAGE, **params: object
    ) -> Json:
        if after is not None:
            params["starting_after"] = after
        await self._paced.turn()
        return await self._transport.get(path, account, limit=limit, active=True, **params)

    async def _links(self, account: str, after: str | None) -> Json:
        expand = tuple(f"data.{path}" for path in _LINE_ITEMS)
        page = await self._page(
            "/v1/payment_links", account, after, limit=_LINKS_AT_ONCE, expand=expand
        )
        return page | {"data": [await self._whole(link, account) for link in page["data"]]}

    async def _whole(self, link: Json, account: str) -> Json:
        """The link with all its line items, of which it shows the first few."""
        items = link.get("line_items")
        if not isinstance(items, dict) or not items.get("has_more"):
            return link
        path = f"/v1/payment_links/{path_part(link['id'])}/line_items"
        every = await self._transport.pages(path, account)
        return link | {"line_items": items | {"data": every, "has_more": False}}
