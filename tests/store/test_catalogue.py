"""The catalogue as it is kept and read again: offers, pages, shelves, what is not placed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.demo.stripe import StripeAccount
from bot.ledger.catalogue import (
    CataloguePage,
    CatalogueTrack,
    Offer,
    SoldTrack,
    TrackOffers,
    TrackShelves,
    TrackStanding,
    UnplacedReason,
)
from bot.ledger.money import Money
from bot.ledger.records import Producer
from bot.store import catalogue, rights
from bot.store.engine import Store
from tests.store import samples

NOW = samples.NOON
SOON = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)


@dataclass
class Shelf:
    """A producer's shop at Stripe, and the store that keeps it."""

    store: Store
    producer: Producer
    account: StripeAccount

    def get(self, id_: str) -> dict[str, Any]:
        """An object as a list of Stripe's shows it: links with their line items."""
        found = self.account.books.find(id_)
        assert found is not None
        if found["object"] != "payment_link":
            return found
        books = self.account.books
        items = [books.get("item", item) for item in books.grouped("item", "payment_link", id_)]
        return found | {"line_items": {"object": "list", "data": items, "has_more": False}}

    async def keep(self, *ids: str, at: datetime = NOW) -> None:
        await self.keep_objects(*(self.get(id_) for id_ in ids), at=at)

    async def keep_objects(self, *objects: dict[str, Any], at: datetime = NOW) -> None:
        async with self.store.write() as connection:
            await catalogue.keep(connection, self.producer, objects, at)

    async def remove(self, kind: str, id_: str) -> None:
        async with self.store.write() as connection:
            await catalogue.remove(connection, self.producer, kind, id_, NOW)

    async def retire(self, kind: str, before: datetime) -> int:
        async with self.store.write() as connection:
            return await catalogue.retire(connection, self.producer, kind, before)

    async def for_sale(self) -> tuple[TrackOffers, ...]:
        async with self.store.read() as connection:
            return await catalogue.for_sale(connection, self.producer)

    async def names(self) -> list[str]:
        return [track.name for track in await self.for_sale()]

    async def track_page(self, track_id: int) -> TrackOffers | SoldTrack | None:
        async with self.store.read() as connection:
            return await catalogue.track_page(connection, self.producer, track_id)

    async def offer(self, price: str) -> Offer | None:
        async with self.store.read() as connection:
            return await catalogue.offer(connection, self.producer, price)

    async def page(self, number: int = 0) -> CataloguePage:
        async with self.store.read() as connection:
            return await catalogue.catalogue(connection, self.producer, number)

    async def track(self, name: str) -> CatalogueTrack:
        async with self.store.read() as connection:
            found = await catalogue.catalogue_track(connection, self.producer, name)
        assert found is not None
        return found

    async def shelves(self, track_id: int) -> TrackShelves:
        async with self.store.read() as connection:
            return await catalogue.shelves(connection, self.producer, track_id)

    async def version(self) -> int:
        async with self.store.read() as connection:
            return await catalogue.version(connection, self.producer)

    async def decide(self, track_id: int, *, keep_off: bool) -> None:
        async with self.store.write() as connection:
            await rights.decide(
                connection, self.producer, track_id, keep_off=keep_off, by=7, now=NOW, again=True
            )


@pytest.fixture
def shelf(store: Store, producer: Producer) -> Shelf:
    return Shelf(store, producer, StripeAccount(clock=lambda: NOW, livemode=True))


@dataclass
class Drive:
    product: str
    lease: str
    exclusive: str
    id: int


@pytest.fixture
async def drive(shelf: Shelf) -> Drive:
    """Midnight Drive, with two licenses."""
    account = shelf.account
    product = account.product(
        "Midnight Drive",
        description="Dark and slow.",
        images=["https://files.example.com/drive.jpg", "http://plain.example.com/a.jpg"],
        metadata={"preview_url": "https://files.example.com/drive.mp3"},
    )
    lease = account.price(product, 2999, nickname="Basic Lease", metadata={"terms": "lease-2"})
    exclusive = account.price(product, 49_900, nickname="Exclusive")
    await shelf.keep(product, lease, exclusive)
    return Drive(product, lease, exclusive, (await shelf.track("Midnight Drive")).id)


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
    await samples.write(shelf.store, shelf.producer, samples.paid("1", samples.exclusive()))
    assert await shelf.version() != before
    assert await shelf.for_sale() == ()
    assert await shelf.offer(drive.lease) is None
    assert await shelf.track_page(drive.id) == SoldTrack(
        id=drive.id,
        name="Midnight Drive",
        slug=f"midnight-drive-{drive.id}",
        exclusively=True,
    )
    track = await shelf.track("midnight drive")
    assert track.standing is TrackStanding.SOLD
    assert len(track.offers) == 2


async def test_a_track_kept_off_comes_back_when_it_is_put_on_sale_again(
    shelf: Shelf, drive: Drive
) -> None:
    sold = samples.settled(samples.paid("1", samples.exclusive()))
    await samples.write(shelf.store, shelf.producer, sold)
    await samples.write(shelf.store, shelf.producer, samples.refunded(sold))
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
    await samples.write(
        shelf.store, shelf.producer, samples.paid("1", samples.exclusive("Secret Song"))
    )
    track = await shelf.track("Secret Song")
    assert await shelf.track_page(track.id) is None
    assert await shelf.track_page(99) is None


async def test_the_version_stays_while_nothing_changes(shelf: Shelf, drive: Drive) -> None:
    before = await shelf.version()
    await shelf.keep(drive.product, drive.lease, drive.exclusive, at=LATER)
    await samples.write(shelf.store, shelf.producer, samples.paid("1"))
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
    from bot.store import producers

    async with store.write() as connection:
        return await producers.ensure(connection, livemode=False, account="", timezone="UTC")


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
        samples.settled(samples.paid("1")),
        samples.settled(samples.paid("2", at=LATER)),
        samples.settled(samples.paid("3", currency="eur"), currency="eur"),
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
        await catalogue.note_reading(connection, shelf.producer, NOW)
        await catalogue.note_reading(connection, shelf.producer, None, "Stripe is away")
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
