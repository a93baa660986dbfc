"""What is for sale, by what Stripe last said of products, prices and links."""

import pytest

from bot.domain.money import Money
from bot.domain.sale import Producer
from bot.domain.track import Offer, SoldTrack, TrackStanding
from bot.store.engine import Store
from tests import factories as make
from tests.store import samples
from tests.store.shelf import LATER, SOON, Drive, Shelf


async def test_a_track_is_offered_with_its_licenses_the_cheapest_first(
    shelf: Shelf, drive: Drive
) -> None:
    (track,) = await shelf.for_sale()
    assert (track.name, track.slug) == ("Midnight Drive", f"midnight-drive-{track.id}")
    assert track.description == "Dark and slow."
    assert track.images == ("https://files.example.com/drive.jpg",)
    assert track.preview_url == "https://files.example.com/drive.mp3"
    assert track.offers == (
        Offer(
            price=drive.lease,
            product=drive.product,
            track="Midnight Drive",
            license="Basic Lease",
            exclusive=False,
            amount=Money(2999, "usd"),
            terms="lease-2",
            links=(),
        ),
        Offer(
            price=drive.exclusive,
            product=drive.product,
            track="Midnight Drive",
            license="Exclusive",
            exclusive=True,
            amount=Money(49_900, "usd"),
            terms=None,
            links=(),
        ),
    )
    assert await shelf.track_page(drive.id) == track
    assert await shelf.offer(drive.lease) == track.offers[0]


async def test_products_for_each_license_come_out_as_one_track(shelf: Shelf) -> None:
    account = shelf.account
    for name, amount in (("Neon Rain – WAV Lease", 4999), ("NEON RAIN (Exclusive)", 49_900)):
        product = account.product(name)
        await shelf.keep(product, account.price(product, amount))
    (track,) = await shelf.for_sale()
    assert [(offer.license, offer.exclusive) for offer in track.offers] == [
        ("WAV Lease", False),
        ("Exclusive", True),
    ]


async def test_tracks_are_listed_by_name_however_many_there_are(shelf: Shelf) -> None:
    account = shelf.account
    for number in range(160):
        product = account.product(f"Track {number:03}")
        prices = [account.price(product, 1000 + n, nickname=f"Lease {n}") for n in range(3)]
        await shelf.keep(product, *prices)
    tracks = await shelf.for_sale()
    assert [track.name for track in tracks] == [f"Track {number:03}" for number in range(160)]
    assert {len(track.offers) for track in tracks} == {3}


@pytest.mark.parametrize("archived", ["product", "lease"])
async def test_what_is_archived_is_not_offered(shelf: Shelf, drive: Drive, archived: str) -> None:
    shelf.account.archive(getattr(drive, archived))
    await shelf.keep(getattr(drive, archived), at=SOON)
    assert await shelf.offer(drive.lease) is None
    assert bool(await shelf.offer(drive.exclusive)) is (archived == "lease")
    # And back again.
    shelf.account.change(getattr(drive, archived), active=True)
    await shelf.keep(getattr(drive, archived), at=LATER)
    assert await shelf.offer(drive.lease) is not None


async def test_what_was_never_active_is_not_kept(shelf: Shelf) -> None:
    account = shelf.account
    product = account.product("Made for one sale", active=False)
    await shelf.keep(product, account.price(product, 2999, active=False))
    assert (await shelf.page()).count == 0
    assert await shelf.version() == 0


async def test_an_older_view_changes_nothing(shelf: Shelf, drive: Drive) -> None:
    shelf.account.archive(drive.lease)
    archived = shelf.get(drive.lease)
    await shelf.keep_objects(archived | {"active": True, "nickname": "Newest"}, at=LATER)
    await shelf.keep_objects(archived, at=SOON)
    offer = await shelf.offer(drive.lease)
    assert offer is not None
    assert offer.license == "Newest"


async def test_a_track_sold_exclusively_is_gone_at_once_and_says_so(
    shelf: Shelf, drive: Drive
) -> None:
    before = await shelf.version()
    await samples.write(shelf.store, shelf.producer, make.paid("1", make.exclusive()))
    assert await shelf.version() != before
    assert await shelf.for_sale() == ()
    assert await shelf.offer(drive.lease) is None
    assert await shelf.track_page(drive.id) == SoldTrack(
        id=drive.id, name="Midnight Drive", slug=f"midnight-drive-{drive.id}", exclusively=True
    )
    track = await shelf.track("midnight drive")
    assert track.standing is TrackStanding.SOLD
    assert len(track.offers) == 2


async def test_a_track_kept_off_comes_back_when_it_is_put_on_sale_again(
    shelf: Shelf, drive: Drive
) -> None:
    sold = make.settled(make.paid("1", make.exclusive()))
    await samples.write(shelf.store, shelf.producer, sold)
    await samples.write(shelf.store, shelf.producer, make.refunded(sold))
    versions = {await shelf.version()}
    await shelf.decide(drive.id, keep_off=True)
    versions.add(await shelf.version())
    page = await shelf.track_page(drive.id)
    assert isinstance(page, SoldTrack)
    assert not page.exclusively
    assert (await shelf.track("Midnight Drive")).standing is TrackStanding.KEPT_OFF
    await shelf.decide(drive.id, keep_off=False)
    versions.add(await shelf.version())
    assert await shelf.names() == ["Midnight Drive"]
    assert len(versions) == 3


async def test_a_track_sold_without_ever_being_offered_has_no_page(shelf: Shelf) -> None:
    await samples.write(shelf.store, shelf.producer, make.paid("1", make.exclusive("Secret Song")))
    track = await shelf.track("Secret Song")
    assert await shelf.track_page(track.id) is None
    assert await shelf.track_page(99) is None


async def test_the_version_stays_while_nothing_changes(shelf: Shelf, drive: Drive) -> None:
    before = await shelf.version()
    await shelf.keep(drive.product, drive.lease, drive.exclusive, at=LATER)
    await samples.write(shelf.store, shelf.producer, make.paid("1"))
    assert await shelf.version() == before


async def test_a_price_that_comes_before_its_product_is_placed_with_it(shelf: Shelf) -> None:
    product = shelf.account.product("Neon Rain")
    price = shelf.account.price(product, 2999)
    await shelf.keep(price)
    assert await shelf.names() == []
    assert (await shelf.page()).count == 0
    await shelf.keep(product)
    assert await shelf.names() == ["Neon Rain"]


async def test_a_renamed_product_is_another_track(shelf: Shelf, drive: Drive) -> None:
    shelf.account.rename(drive.product, "Night Drive")
    await shelf.keep(drive.product, at=SOON)
    assert await shelf.names() == ["Night Drive"]
    assert (await shelf.track("Midnight Drive")).standing is TrackStanding.NOT_OFFERED


async def test_what_is_deleted_is_taken_out(shelf: Shelf, drive: Drive) -> None:
    before = await shelf.version()
    await shelf.remove("price", drive.lease)
    assert await shelf.offer(drive.lease) is None
    assert await shelf.version() != before
    await shelf.remove("product", drive.product)
    assert await shelf.for_sale() == ()
    assert (await shelf.shelves(drive.id)).prices == ()
    await shelf.remove("product", drive.product)


async def test_what_a_whole_list_does_not_show_is_retired(shelf: Shelf, drive: Drive) -> None:
    await shelf.keep(drive.product, drive.exclusive, at=LATER)
    assert await shelf.retire("price", LATER) == 1
    assert await shelf.offer(drive.lease) is None
    assert await shelf.offer(drive.exclusive) is not None
    assert await shelf.retire("price", LATER) == 0
    # It is listed again, and looks as it did.
    await shelf.keep(drive.lease, at=LATER)
    assert await shelf.offer(drive.lease) is not None


async def test_another_producers_shop_is_not_ours(shelf: Shelf, drive: Drive) -> None:
    other = Shelf(shelf.store, await _another(shelf.store), shelf.account)
    assert await other.for_sale() == ()
    assert await other.offer(drive.lease) is None
    assert await other.track_page(drive.id) is None
    assert (await other.shelves(drive.id)).prices == ()
    assert (await other.page()).count == 0


async def _another(store: Store) -> Producer:
    from bot.store.books import producers

    async with store.write() as connection:
        return await producers.ensure(connection, livemode=False, account="", timezone="UTC")
