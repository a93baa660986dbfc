"""What payment links sell, and all that sells a track."""

from bot.domain.catalogue import (
    TrackStanding,
    UnplacedReason,
)
from fakes.stripe import StripeAccount
from tests.store.shelf import SOON, Drive, Shelf


async def test_links_that_sell_just_one_price_are_its_offers_links(
    shelf: Shelf, drive: Drive
) -> None:
    account = shelf.account
    alone = account.link([drive.lease])
    both = account.link([drive.lease, drive.exclusive])
    # By its metadata, what it sells is an exclusive.
    other = account.link([drive.lease], metadata={"exclusive": "true"})
    await shelf.keep(alone, both, other)
    offer = await shelf.offer(drive.lease)
    assert offer is not None
    assert offer.links == (_url(account, alone),)
    account.archive(alone)
    await shelf.keep(alone, at=SOON)
    offer = await shelf.offer(drive.lease)
    assert offer is not None
    assert offer.links == ()


def _url(account: StripeAccount, link: str) -> str:
    return str(account.get("payment_link", link)["url"])


async def test_a_link_for_which_the_buyer_chooses_how_many_is_no_offers_link(
    shelf: Shelf, drive: Drive
) -> None:
    link = shelf.account.link([drive.lease])
    shown = shelf.get(link)
    (item,) = shown["line_items"]["data"]
    several = item | {"adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 9}}
    await shelf.keep_objects(shown | {"line_items": {"data": [several], "has_more": False}})
    offer = await shelf.offer(drive.lease)
    assert offer is not None
    assert offer.links == ()
    assert len((await shelf.shelves(drive.id)).links) == 1


async def test_a_link_shown_without_its_items_goes_on_selling_them(
    shelf: Shelf, drive: Drive
) -> None:
    link = shelf.account.link([drive.lease])
    await shelf.keep(link)
    shelf.account.change(link, metadata={"campaign": "spring"})
    await shelf.keep_objects(shelf.account.get("payment_link", link), at=SOON)
    assert [one.id for one in (await shelf.shelves(drive.id)).links] == [link]


async def test_the_shelves_of_a_track_are_all_that_sells_it(shelf: Shelf, drive: Drive) -> None:
    account = shelf.account
    account.change(drive.product, default_price=drive.lease)
    bundle = account.product("Bundles")
    neon = account.price(drive.product, 999, metadata={"track": "Neon Rain"})
    other = account.price(bundle, 5000)
    mixed = account.link([drive.exclusive, other])
    plain = account.link([drive.lease])
    await shelf.keep(bundle, neon, other, mixed, plain)
    await shelf.keep(drive.product, at=SOON)
    account.archive(plain)
    await shelf.keep(plain, at=SOON)
    shelves = await shelf.shelves(drive.id)
    assert [(price.id, price.active, price.default) for price in shelves.prices] == [
        (drive.lease, True, True),
        (drive.exclusive, True, False),
        (neon, True, False),
    ]
    assert [(one.id, one.active, one.shared) for one in shelves.products] == [
        (drive.product, True, False)
    ]
    links = {one.id: (one.active, one.shared) for one in shelves.links}
    assert links == {mixed: (True, True), plain: (False, False)}


async def test_a_product_of_several_tracks_is_shared(shelf: Shelf, drive: Drive) -> None:
    club = shelf.account.price(
        drive.product, 999, type="recurring", recurring={"interval": "month"}
    )
    await shelf.keep(club)
    (product,) = (await shelf.shelves(drive.id)).products
    assert product.shared


async def test_a_link_may_name_the_track_of_a_price_that_names_none(shelf: Shelf) -> None:
    account = shelf.account
    product = account.product("Basic Lease")
    price = account.price(product, 2999)
    rain = account.link([price], metadata={"track": "Neon Rain"})
    moon = account.link([price], metadata={"track": "Paper Moon"})
    await shelf.keep(product, price, rain, moon)
    track = await shelf.track("Neon Rain")
    assert (track.standing, track.linked, track.offers) == (TrackStanding.ON_SALE, True, ())
    shelves = await shelf.shelves(track.id)
    assert [(link.id, link.shared) for link in shelves.links] == [(rain, False)]
    (unplaced,) = (await shelf.page()).unplaced
    assert (unplaced.price, unplaced.reason) == (price, UnplacedReason.NO_TRACK)
