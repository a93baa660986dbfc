"""What a Checkout of a payment link sold, by the stored catalogue."""

from bot.domain.item_names import item_names
from bot.domain.json_access import Json
from bot.store.books.stripe_listings import items_of
from tests.store.shelf import Shelf


async def _items(shelf: Shelf, session: Json) -> list[Json]:
    async with shelf.store.read() as connection:
        return await items_of(connection, shelf.producer.id, session)


async def test_a_link_that_is_kept_names_what_it_sold(shelf: Shelf) -> None:
    product = shelf.account.product("Midnight Drive")
    price = shelf.account.price(product, 49_900, nickname="Exclusive")
    link = shelf.account.link([price])
    session: Json = {"payment_link": link, "amount_subtotal": 49_900, "currency": "usd"}
    assert await _items(shelf, session) == []

    await shelf.keep(link)
    assert await _items(shelf, session) == []

    await shelf.keep(price, product)
    (item,) = await _items(shelf, session)
    assert item_names(item, {}) == ("Midnight Drive", "Exclusive", True)
    assert await _items(shelf, {"payment_link": None}) == []
