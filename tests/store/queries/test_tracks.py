"""The catalogue as the producer reads it: every track, and what could not be placed.

What payment links sell, and all that sells a track.
"""

from typing import Any

from bot.domain.money import Money
from bot.domain.track import TrackStanding, UnplacedReason
from bot.store.books import stripe_listings
from fakes.stripe import StripeAccount
from tests import factories as make
from tests.store import samples
from tests.store.shelf import LATER, NOW, SOON, Drive, Shelf


async def test_what_the_rules_cannot_place_is_listed_with_its_reason(shelf: Shelf) -> None:
    account = shelf.account
    club = account.product("Beat Club")
    bare = account.product("Sample Pack")
    unnamed = account.product("WAV Lease")
    gift = account.product("Thank You")
    await shelf.keep(
        *(club, bare, unnamed, gift),
        account.price(club, 900, type="recurring", recurring={"interval": "month"}),
        account.price(unnamed, 900),
        account.price(gift, 0, unit_amount=None, custom_unit_amount={"preset": 500}),
    )
    page = await shelf.page()
    assert page.unplaced_count == 4
    assert {one.product_name: one.reason for one in page.unplaced} == {
        "Beat Club": UnplacedReason.RECURRING,
        "Sample Pack": UnplacedReason.NO_PRICE,
        "WAV Lease": UnplacedReason.NO_TRACK,
        "Thank You": UnplacedReason.NO_AMOUNT,
    }
    assert await shelf.for_sale() == ()
    account.archive(bare)
    await shelf.keep(bare, at=SOON)
    assert (await shelf.page()).unplaced_count == 3


async def test_no_more_than_a_page_of_the_unplaced_is_read(shelf: Shelf) -> None:
    for number in range(12):
        await shelf.keep(shelf.account.product(f"Pack {number:02}"))
    page = await shelf.page()
    assert (len(page.unplaced), page.unplaced_count) == (10, 12)
    assert [one.product_name for one in page.unplaced] == [f"Pack {n:02}" for n in range(10)]


async def test_a_page_of_the_catalogue_has_sales_and_income(shelf: Shelf, drive: Drive) -> None:
    await samples.write(
        shelf.store,
        shelf.producer,
        make.settled(make.paid("1")),
        make.settled(make.paid("2", at=LATER)),
        make.settled(make.paid("3", currency="eur"), currency="eur"),
    )
    page = await shelf.page()
    (track,) = page.tracks
    assert (page.count, page.on_sale) == (1, 1)
    assert (track.standing, track.sales) == (TrackStanding.ON_SALE, 3)
    assert track.income == (Money(2 * (3000 - 120), "usd"), Money(3000 - 120, "eur"))


async def test_the_catalogue_has_pages_of_ten_and_the_last_one_stands_for_all_after(
    shelf: Shelf,
) -> None:
    for number in range(12):
        product = shelf.account.product(f"Track {number:02}")
        await shelf.keep(product, shelf.account.price(product, 100))
    first, last = await shelf.page(), await shelf.page(99)
    assert (first.page, first.count, len(first.tracks)) == (0, 12, 10)
    assert (last.page, [track.name for track in last.tracks]) == (1, ["Track 10", "Track 11"])


async def test_how_the_last_reading_went_is_remembered(shelf: Shelf) -> None:
    assert (await shelf.page()).read is None
    async with shelf.store.write() as connection:
        await stripe_listings.note_reading(connection, shelf.producer, NOW)
        await stripe_listings.note_reading(connection, shelf.producer, None, "Stripe is away")
    page = await shelf.page()
    assert (page.read, page.trouble) == (NOW, "Stripe is away")


HOSTILE: list[dict[str, Any]] = [
    {},
    {"object": "product"},
    {"object": "product", "id": "prod 1", "active": True},
    {"object": ["product"], "id": "prod_1"},
    {"object": "product", "id": "prod_1", "active": True},
    {"object": "product", "id": "prod_2", "active": True, "name": "\u202e\x00" * 9000, "images": 5},
    {"object": "product", "id": "prod_3", "active": True, "name": "\ud800", "metadata": "no"},
    {"object": "price", "id": "price_1", "active": True},
    {"object": "price", "id": "price_2", "active": True, "type": "one_time", "product": {"id": 5}},
    {
        "object": "price",
        "id": "price_3",
        "active": True,
        "type": "one_time",
        "product": "prod_2",
        "unit_amount": -(10**40),
        "currency": "🪙",
        "metadata": {"track": "x" * 100_000, "terms": ["a"], "exclusive": "maybe"},
    },
    {"object": "payment_link", "id": "plink_1", "active": True, "line_items": {"data": 5}},
    {
        "object": "payment_link",
        "id": "plink_2",
        "active": True,
        "url": "javascript:alert(1)",
        "line_items": {"data": [{"price": "price_3"}, {"price": None}, 7], "has_more": False},
        "optional_items": [{"price": {"id": "price_1"}}],
    },
    {"object": "customer", "id": "cus_1"},
]


async def test_broken_objects_spoil_nothing(shelf: Shelf, drive: Drive) -> None:
    await shelf.keep_objects(*HOSTILE, at=SOON)
    await shelf.keep_objects(*HOSTILE, at=LATER)
    assert await shelf.names() == ["Midnight Drive"]
    page = await shelf.page()
    assert page.unplaced_count >= 2
    assert await shelf.offer("price_3") is None


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
