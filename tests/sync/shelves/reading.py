"""What tests of the catalogue do with a house, and what they look at."""

from bot.domain.track import CataloguePage, TrackOffers
from bot.store.queries import catalogue
from bot.sync.catalogue_sync import CatalogueRound
from tests.journey.house import House


def round_of(home: House) -> CatalogueRound:
    assert home.app.recovery is not None
    return home.app.recovery.catalogue


async def look(home: House) -> None:
    home.time.pass_(seconds=1)
    await round_of(home).look()


async def for_sale(home: House) -> tuple[TrackOffers, ...]:
    async with home.app.store.read() as connection:
        return await catalogue.for_sale(connection, await home.producer())


async def offered(home: House) -> dict[str, list[str]]:
    """The licenses of each track that can be bought."""
    return {track.name: [one.license for one in track.offers] for track in await for_sale(home)}


async def page(home: House) -> CataloguePage:
    async with home.app.store.read() as connection:
        return await catalogue.catalogue(connection, await home.producer(), 0)


ALL = {
    "Midnight Drive": ["Basic Lease", "Exclusive"],
    "Neon Rain": ["Basic Lease"],
    "Paper Moon": ["Basic Lease"],
}
