"""What tests of taking a track off sale do with a house, and what they look at."""

from bot.domain.off_sale import Obstacle, OffSale, StepKind, StepState
from bot.store.books import off_sale_tracks
from bot.store.queries import exclusive
from fakes.stripe import Purchase
from tests.journey.house import House
from tests.journey.shop import Shop

DONE, BY_HAND, OPEN = StepState.DONE, StepState.BY_HAND, StepState.OPEN
ALL_KINDS = {"payment_link", "product", "price", "checkout.session"}


async def look(home: House) -> None:
    """The hourly reading of the catalogue."""
    assert home.app.recovery is not None
    home.time.pass_(seconds=1)
    await home.app.recovery.catalogue.look()


async def happen(home: House) -> None:
    """What has happened at Stripe is heard of, and followed by what the bot does there."""
    await home.happen()
    await home.app.off_sale.settle()


async def sold(home: House, shop: Shop) -> Purchase:
    """The exclusive is bought, and the bot hears of it."""
    bought = home.account.buy(shop.exclusive)
    await happen(home)
    return bought


def active(home: House, *ids: str) -> list[bool]:
    found = [home.account.books.find(id_) for id_ in ids]
    return [one["active"] for one in found if one is not None]


async def state(home: House) -> OffSale:
    """How far Midnight Drive is off sale."""
    async with home.app.store.read() as connection:
        found = await off_sale_tracks.of_track(connection, await home.producer(), 1)
    assert found is not None
    return found


async def steps(home: House) -> dict[tuple[StepKind, str], tuple[StepState, Obstacle | None]]:
    return {(one.kind, one.object): (one.state, one.obstacle) for one in (await state(home)).steps}


async def states(home: House) -> set[StepState]:
    return {step for step, _ in (await steps(home)).values()}


def written(home: House) -> dict[str, int]:
    return {path: n for path, n in home.stripe.calls.paths.items() if path.startswith("POST")}


async def edits(home: House) -> int:
    """How often the dispatcher would edit an alert now."""
    return sum(kind == "edit" for kind, _ in await home.hear())


def subscription(home: House, product: str) -> str:
    """A price that is no license of its product's track."""
    return home.account.price(product, 900, type="recurring", recurring={"interval": "month"})


async def give_back(home: House, bought: Purchase, *, keep_off: bool) -> None:
    home.account.refund(bought)
    await home.happen()
    async with home.app.store.write() as connection:
        producer = await home.producer()
        await exclusive.decide(connection, producer, 1, keep_off=keep_off, by=7, now=home.time())
    await home.app.off_sale.settle()


async def go_ahead(home: House) -> None:
    """The producer asks for it."""
    async with home.app.store.write() as connection:
        await off_sale_tracks.go_ahead(connection, await home.producer(), [1], home.time())
    await home.app.off_sale.settle()
