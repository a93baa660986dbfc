"""What tests of the catalogue do with a bot, and what they look at."""

from bot.domain.track import CataloguePage, TrackOffers
from bot.store.queries import catalogue
from bot.sync.catalogue_sync import CatalogueRound
from tests.journey.live_bot import LiveBot


def round_of(bot: LiveBot) -> CatalogueRound:
    assert bot.app.recovery is not None
    return bot.app.recovery.catalogue


async def look(bot: LiveBot) -> None:
    bot.time.pass_(seconds=1)
    await round_of(bot).look()


async def for_sale(bot: LiveBot) -> tuple[TrackOffers, ...]:
    async with bot.app.store.read() as connection:
        return await catalogue.for_sale(connection, await bot.producer())


async def offered(bot: LiveBot) -> dict[str, list[str]]:
    """The licenses of each track that can be bought."""
    return {track.name: [one.license for one in track.offers] for track in await for_sale(bot)}


async def page(bot: LiveBot) -> CataloguePage:
    async with bot.app.store.read() as connection:
        return await catalogue.catalogue(connection, await bot.producer(), 0)


ALL = {
    "Midnight Drive": ["Basic Lease", "Exclusive"],
    "Neon Rain": ["Basic Lease"],
    "Paper Moon": ["Basic Lease"],
}
