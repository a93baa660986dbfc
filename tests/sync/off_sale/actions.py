"""What tests of the catalogue and of taking tracks off sale do, and what they look at."""

from bot.domain.off_sale import Obstacle, OffSale, StepKind, StepState
from bot.domain.track import CataloguePage, TrackOffers
from bot.store.books import off_sale_tracks, offers
from bot.store.queries import exclusive, tracks
from bot.sync.catalogue_sync import CatalogueRound
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop

DONE, BY_HAND, OPEN = StepState.DONE, StepState.BY_HAND, StepState.OPEN
ALL_KINDS = {"payment_link", "product", "price", "checkout.session"}


async def happen(bot: LiveBot) -> None:
    """What has happened at Stripe is heard of, and followed by what the bot does there."""
    await bot.happen()
    await bot.app.off_sale.settle()


async def heard(bot: LiveBot, shop: Shop) -> Purchase:
    """The catalogue is read, the exclusive is bought, and the bot hears of it."""
    await look(bot)
    bought = bot.account.buy(shop.exclusive)
    await bot.happen()
    return bought


async def sold(bot: LiveBot, shop: Shop) -> Purchase:
    """As `heard`, and the track is taken off sale."""
    bought = await heard(bot, shop)
    await bot.app.off_sale.settle()
    return bought


async def later(bot: LiveBot, **time: float) -> None:
    """After that time, by default an hour, all is read again and what is due is done."""
    bot.time.pass_(**(time or {"hours": 1}))
    await look(bot)
    await bot.app.off_sale.settle()


def active(bot: LiveBot, *ids: str) -> list[bool]:
    found = [bot.account.books.find(id_) for id_ in ids]
    return [one["active"] for one in found if one is not None]


async def state(bot: LiveBot) -> OffSale:
    """How far Midnight Drive is off sale."""
    async with bot.app.store.read() as connection:
        found = await off_sale_tracks.of_track(connection, await bot.producer(), 1)
    assert found is not None
    return found


async def steps(bot: LiveBot) -> dict[tuple[StepKind, str], tuple[StepState, Obstacle | None]]:
    return {(one.kind, one.object): (one.state, one.obstacle) for one in (await state(bot)).steps}


async def states(bot: LiveBot) -> set[StepState]:
    return {step for step, _ in (await steps(bot)).values()}


def written(bot: LiveBot) -> dict[str, int]:
    return {path: n for path, n in bot.stripe.calls.paths.items() if path.startswith("POST")}


async def edits(bot: LiveBot) -> int:
    """How often the dispatcher would edit an alert now."""
    return sum(kind == "edit" for kind, _ in await bot.hear())


def subscription(bot: LiveBot, product: str) -> str:
    """A price that is no license of its product's track."""
    return bot.account.price(product, 900, type="recurring", recurring={"interval": "month"})


async def give_back(bot: LiveBot, bought: Purchase, *, keep_off: bool) -> None:
    bot.account.refund(bought)
    await bot.happen()
    async with bot.app.store.write() as connection:
        producer = await bot.producer()
        await exclusive.decide(connection, producer, 1, keep_off=keep_off, by=7, now=bot.time())
    await bot.app.off_sale.settle()


async def go_ahead(bot: LiveBot) -> None:
    """The producer asks for it."""
    async with bot.app.store.write() as connection:
        await off_sale_tracks.go_ahead(connection, await bot.producer(), [1], bot.time())
    await bot.app.off_sale.settle()


def round_of(bot: LiveBot) -> CatalogueRound:
    return bot.app.recovery.catalogue


async def look(bot: LiveBot) -> None:
    bot.time.pass_(seconds=1)
    await round_of(bot).look()


async def for_sale(bot: LiveBot) -> tuple[TrackOffers, ...]:
    async with bot.app.store.read() as connection:
        return await offers.for_sale(connection, await bot.producer())


async def offered(bot: LiveBot) -> dict[str, list[str]]:
    """The licenses of each track that can be bought."""
    return {track.name: [one.license for one in track.offers] for track in await for_sale(bot)}


async def page(bot: LiveBot) -> CataloguePage:
    async with bot.app.store.read() as connection:
        return await tracks.catalogue(connection, await bot.producer(), 0)


ALL = {
    "Midnight Drive": ["Basic Lease", "Exclusive"],
    "Neon Rain": ["Basic Lease"],
    "Paper Moon": ["Basic Lease"],
}
