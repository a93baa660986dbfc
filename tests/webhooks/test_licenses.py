"""A buyer's link, and the page that says whether a license is valid."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.license_terms import Templates
from bot.domain.payment import Buyer, DisputeState, Payment
from bot.domain.sale import Producer
from bot.domain.sold_license import download_token, license_code, license_url
from bot.store.books import producers
from bot.store.books.record import record
from bot.store.engine import Store, StoreUnavailable
from bot.store.tables import sales
from bot.templates import read_templates
from bot.text.license_document import LicensePrinter
from tests import factories as make
from tests.store import samples
from tests.text.pdf import text_of
from tests.webhooks.conftest import Shop
from tests.webhooks.deliveries import served
from webhooks.licenses import LicensePages

KEY = bytes(range(32))
DAY = timedelta(days=1)
UNKNOWN = (404, "No license has this code")


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

    async def record(
        self, connection: AsyncConnection, sold: Payment, templates: Templates | None = None
    ) -> None:
        """With the terms that its licenses are sold under."""
        await record(
            *(connection, self.producer, sold),
            complete=True,
            read=None,
            due=None,
            now=make.NOON,
            templates=templates or read_templates(),
        )

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
        """Its status, and its title or, of a license that is known, what it is worth."""
        status, _, body = await self.get(url)
        found = re.search(r'role="status"><strong>(.*)</strong>', body.decode())
        heading = found or re.search(r"<h1[^>]*>(.*)</h1>", body.decode())
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
        assert await office.page(office.check(name)) == UNKNOWN
    for code in ("1001-AAAA-AAAA", "x", "%00", "a" * 4000, "1001", "<script>"):
        assert await office.page(f"{office.address}/verify/{code}") == UNKNOWN


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


async def test_whoever_checks_a_license_sees_what_it_is_and_never_whose(office: Office) -> None:
    async with office.store.write() as connection:
        await producers.set_business_name(connection, office.producer.id, "Low Tide Beats")
        await office.record(connection, make.paid("1", make.lease("Midnight <b>Drive")))
    _, _, body = await office.get(office.check())
    text = body.decode()
    for said in (
        *("Midnight &lt;b&gt;Drive", "Basic Lease", "sold March 10, 2026", "Low Tide Beats"),
        *("<dt>Files</dt><dd>MP3</dd>", "<dt>Streams</dt><dd>Up to 50,000</dd>"),
        "<dt>Lasts</dt><dd>5 years, until March 10, 2031</dd>",
    ):
        assert said in text, said


async def test_license_whose_terms_have_no_numbers_shows_what_they_allow(office: Office) -> None:
    own = Templates({"lease": "A lease.\n\n## What you can do\n\n- Sing over it, {buyer}\n"})
    async with office.store.write() as connection:
        await office.record(connection, make.paid("1"), own)
    _, _, body = await office.get(office.check())
    assert '<li dir="auto">Sing over it, you</li>' in body.decode()
    assert "<dl>" not in body.decode()


async def test_license_that_has_run_its_time_says_so(office: Office) -> None:
    async with office.store.write() as connection:
        await office.record(connection, make.paid("1"))
    office.shop.now = datetime(2031, 3, 10, 23, tzinfo=UTC)
    assert await office.page(office.check()) == (200, "Valid")
    office.shop.now += timedelta(hours=2)
    assert await office.page(office.check()) == (200, "Expired")


async def test_lease_whose_buyer_then_bought_the_exclusive_is_replaced(office: Office) -> None:
    await office.sell(make.paid("1"), make.paid("2", buyer=Buyer(email="sam@example.org")))
    assert await office.page(office.check("1")) == (200, "Valid")
    exclusive = make.settled(make.paid("3", make.exclusive(), at=make.NOON + DAY))
    await office.sell(exclusive)
    assert await office.page(office.check("1")) == (200, "Replaced")
    assert await office.page(office.check("2")) == (200, "Valid")
    assert await office.page(office.check("3")) == (200, "Valid")
    assert (await office.get(office.link("1")))[0] == 200
    await office.sell(make.refunded(exclusive))
    assert await office.page(office.check("1")) == (200, "Valid")


async def test_code_can_be_typed_into_a_field(office: Office) -> None:
    await office.sell(make.paid("1"))
    field = f"{office.address}/verify"
    assert await office.page(field) == (200, "Check a license")
    spaced = office.code().replace("-", "%20").lower()
    assert await office.page(f"{field}?code={spaced}") == (200, "Valid")
    assert await office.page(f"{field}?code=7XK3-M9QA-52HD") == UNKNOWN
    for wrong in ("x", "%00", "%22%3E%3Cscript%3E", "%F0%9F%94%A5", "a" * 4000):
        status, _, body = await office.get(f"{field}?code={wrong}")
        assert status == 404
        assert b"three groups of four letters" in body
        assert b"<script" not in body
        assert len(body) < 20_000


async def test_the_pages_say_nothing_of_the_buyer(office: Office) -> None:
    await office.sell(make.paid("1"))
    for url in (office.check(), office.check("unheard of"), office.link(key=bytes(32))):
        _, headers, body = await office.get(url)
        text = body.decode()
        assert not re.search(r"Ana|Lima|example\.com|30\.00|1001", text)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in text
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
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
