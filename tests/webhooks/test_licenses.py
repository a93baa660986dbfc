"""A buyer's link, and the page that says whether a license is valid."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import update

from bot.domain.payment import DisputeState, Payment
from bot.domain.sale import Producer
from bot.domain.sold_license import download_token, license_code, license_url
from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable
from bot.store.tables import sales
from bot.text.license_document import LicensePrinter
from tests import factories as make
from tests.store import samples
from tests.text.pdf import text_of
from tests.webhooks.conftest import Shop
from tests.webhooks.deliveries import served
from webhooks.licenses import LicensePages

KEY = bytes(range(32))
DAY = timedelta(days=1)


@dataclass
class Office:
    """Licenses served on a real port, from the shop's store."""

    shop: Shop
    producer: Producer
    address: str = ""
    session: aiohttp.ClientSession = field(repr=False, default=None)  # type: ignore[assignment]

    @property
    def store(self) -> Store:
        return self.shop.store

    async def sell(self, *payments: Payment) -> None:
        await samples.write(self.store, self.producer, *payments)

    def code(self, name: str = "1") -> str:
        """Of the license of `samples.paid(name)`."""
        return license_code(KEY, self.producer, make.paid(name), 0)

    def link(self, name: str = "1", *, key: bytes = KEY, lasts: timedelta = DAY) -> str:
        return license_url(self.address, key, self.code(name), self.shop.now + lasts)

    def check(self, name: str = "1") -> str:
        return f"{self.address}/verify/{self.code(name)}"

    async def get(self, url: str) -> tuple[int, Any, bytes]:
        async with self.session.get(url) as response:
            return response.status, response.headers, await response.read()

    async def page(self, url: str) -> tuple[int, str]:
        status, _, body = await self.get(url)
        heading = re.search(r"<h1>(.*)</h1>", body.decode())
        assert heading
        return status, heading[1]


@asynccontextmanager
async def open_office(shop: Shop, store: Store | None = None) -> AsyncIterator[Office]:
    async with shop.store.write() as connection:
        producer = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await samples.sign_with(connection, KEY)
    app = web.Application()
    LicensePages(store or shop.store, LicensePrinter(KEY), shop.clock).add_to(app)
    async with served(app) as port, aiohttp.ClientSession() as session:
        yield Office(shop, producer, f"http://127.0.0.1:{port}", session)


@pytest.fixture
async def office(shop: Shop) -> AsyncIterator[Office]:
    async with open_office(shop) as opened:
        yield opened


async def test_a_link_gives_the_document_to_keep(office: Office) -> None:
    await office.sell(make.paid("1"))
    status, headers, body = await office.get(office.link())
    assert status == 200
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == 'attachment; filename="license-1001.pdf"'
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Midnight Drive" in text_of(body)
    assert (await office.get(office.link(lasts=2 * DAY)))[2] == body


async def test_a_link_ends(office: Office) -> None:
    await office.sell(make.paid("1"))
    link = office.link()
    office.shop.now += DAY - timedelta(seconds=1)
    assert (await office.get(link))[0] == 200
    office.shop.now += timedelta(seconds=1)
    assert await office.page(link) == (410, "This link has expired")


async def test_a_refund_or_a_lost_dispute_revokes_every_link(office: Office) -> None:
    sold = make.settled(make.paid("1"))
    await office.sell(sold)
    link = office.link()
    await office.sell(make.refunded(sold, 100))
    assert (await office.get(link))[0] == 200
    await office.sell(make.refunded(sold))
    assert await office.page(link) == (410, "This license was refunded")
    await office.sell(make.refunded(sold, status="failed"))
    assert (await office.get(link))[0] == 200
    await office.sell(make.disputed(sold, DisputeState.LOST))
    assert await office.page(link) == (410, "This license was refunded")


async def test_what_gives_no_license_has_no_document_and_is_unknown(office: Office) -> None:
    await office.sell(
        make.pending(make.paid("1", make.lease("Low Tide"))),
        make.paid("2", make.exclusive()),
        make.paid("3", at=make.NOON + DAY),
    )
    for name in ("1", "3", "unheard of"):
        none = (410, "There is no license to download")
        assert await office.page(office.link(name)) == none
        assert await office.page(office.check(name)) == (404, "Unknown")
    for code in ("1001-AAAA-AAAA", "x", "%00", "a" * 4000, "1001", "<script>"):
        assert await office.page(f"{office.address}/verify/{code}") == (404, "Unknown")


async def test_a_license_waits_for_what_was_bought_to_be_known(office: Office) -> None:
    sold = make.paid("1")
    await office.sell(replace(sold, detailed=False))
    assert await office.page(office.link()) == (503, "Your license is not ready yet")
    await office.sell(sold)
    assert (await office.get(office.link()))[0] == 200


async def test_a_link_we_did_not_make_opens_nothing(office: Office) -> None:
    await office.sell(make.paid("1"), make.paid("2"))
    broken = (403, "This link does not open a license")
    assert await office.page(office.link(key=bytes(32))) == broken
    assert await office.page(office.link().replace(office.code("1"), office.code("2"))) == broken
    assert await office.page(office.link()[:-1]) == broken
    for token in ("x", "%00", "%F0%9F%94%A5", "..%2F..%2Fetc", "a" * 4000, "<script>"):
        assert await office.page(f"{office.address}/license/{token}") == broken


async def test_a_link_of_another_producer_is_theirs_alone(office: Office) -> None:
    async with office.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await office.sell(make.paid("1"))
    theirs = license_code(KEY, other, make.paid("1"), 0)
    assert theirs != office.code("1")
    token = download_token(KEY, theirs, office.shop.now + DAY)
    assert (await office.page(f"{office.address}/license/{token}"))[0] == 410


async def test_link_and_code_of_a_renumbered_sale_open_the_same_license(office: Office) -> None:
    await office.sell(make.paid("1"), make.paid("2", make.lease("Low Tide")))
    links, checks = [office.link("1"), office.link("2")], [office.check("1"), office.check("2")]
    before = [text_of((await office.get(link))[2]) for link in links]
    async with office.store.write() as connection:
        for old, new in ((1001, 9), (1002, 1001), (9, 1002)):
            renumbering = update(sales).where(sales.c.number == old).values(number=new)
            await connection.execute(renumbering)
    after = [text_of((await office.get(link))[2]) for link in links]
    for one, other, track in zip(before, after, ("Midnight Drive", "Low Tide"), strict=True):
        assert track in one
        assert track in other
    assert "LICENSE #1002" in after[0]
    assert [await office.page(check) for check in checks] == [(200, "Valid")] * 2


async def test_anybody_can_see_whether_a_license_is_valid(office: Office) -> None:
    sold = make.settled(make.paid("1"))
    await office.sell(sold)
    assert await office.page(office.check()) == (200, "Valid")
    assert await office.page(office.check().lower()) == (200, "Valid")
    await office.sell(make.refunded(sold))
    assert await office.page(office.check()) == (200, "Refunded")


async def test_a_test_license_says_that_nothing_was_paid(office: Office) -> None:
    async with office.store.write() as connection:
        test = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await samples.write(office.store, test, make.paid("1"))
    code = license_code(KEY, test, make.paid("1"), 0)
    _, _, body = await office.get(f"{office.address}/verify/{code}")
    assert "test mode" in body.decode()


async def test_the_pages_say_nothing_of_anybody(office: Office) -> None:
    await office.sell(make.paid("1"))
    for url in (office.check(), office.check("unheard of"), office.link(key=bytes(32))):
        _, headers, body = await office.get(url)
        text = body.decode()
        assert not re.search(r"Ana|Lima|example\.com|Midnight|Lease|30\.00|1001", text)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in text
        assert headers["Cache-Control"] == "private, no-store"
        assert 'name="viewport"' in text
        assert "prefers-color-scheme:dark" in text


async def test_while_the_store_is_away_it_says_so(shop: Shop) -> None:
    class Away:
        def read(self) -> Any:
            raise StoreUnavailable("locked")

    async with open_office(shop, Away()) as office:  # type: ignore[arg-type]
        down = (503, "Please try again in a minute")
        assert await office.page(office.link()) == down
        assert await office.page(office.check()) == down
