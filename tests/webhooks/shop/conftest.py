"""A shop on a real port: a real store, and a simulated Stripe to pay at."""

import gzip
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.domain.license_terms import Templates
from bot.domain.payment import Payment
from bot.domain.sale import Producer
from bot.domain.track import slug
from bot.store.books import catalogue_rows, producers
from bot.store.engine import Store, open_store
from bot.store.queries import tracks
from bot.stripe_api import StripeApi
from bot.sync.checkouts import Checkouts
from bot.templates import read_templates
from bot.text.license_document import LicensePrinter
from fakes.stripe import StripeAccount, StripeServer
from tests import factories as make
from tests.store import samples
from tests.webhooks.deliveries import served
from webhooks.licenses import LicensePages
from webhooks.shop.routes import Shop

HOME = "https://beats.example.com"
KEY = bytes(range(32))
NAME = "Low Tide Beats"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        small = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if small else self.body).decode()


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = make.NOON

    def __call__(self) -> datetime:
        return self.now


class ShopSite:
    """A shop, what it sells, and a visitor."""

    def __init__(self, store: Store, producer: Producer, stripe: StripeServer, time: Time) -> None:
        self.store = store
        self.producer = producer
        self.stripe = stripe
        self.time = time
        self.account = StripeAccount(clock=time, livemode=producer.livemode)
        self.address = ""
        self.seconds = 0.0
        """By the clock that nobody sets."""
        self.off = timedelta()
        """How far this machine's clock is off."""
        self.session: aiohttp.ClientSession

    async def offer(self, name: str, *prices: Any, **product: Any) -> str:
        """Put a track on sale; each price is (minor units, license[, more of the price]).

        The address of its page.
        """
        made = self.account.product(name, **product)
        for amount, license_name, *more in prices or ((2999, "Basic Lease"),):
            self.account.price(made, amount, nickname=license_name, **(more[0] if more else {}))
        await self.learn()
        return await self.page_of(name)

    async def link(self, *prices: str, **shown: Any) -> str:
        """Sell prices by a payment link too; its address."""
        made = self.account.link(list(prices), **shown)
        await self.learn()
        address: str = self.account.get("payment_link", made)["url"]
        return address

    async def learn(self) -> None:
        """Have the store know all that is in Stripe's catalogue."""
        self.time.now += timedelta(seconds=1)
        books = self.account.books
        found = []
        for kind in ("product", "price", "payment_link"):
            for id_ in books.all(kind):
                one = books.get(kind, id_)
                if kind == "payment_link":
                    items = [books.get("item", i) for i in books.grouped("item", kind, id_)]
                    one = one | {"line_items": {"data": items, "has_more": False}}
                found.append(one)
        async with self.store.write() as connection:
            await catalogue_rows.keep(connection, self.producer, found, self.time())

    async def page_of(self, name: str) -> str:
        """The path of a track's page."""
        async with self.store.read() as connection:
            track = await tracks.catalogue_track(connection, self.producer, name)
        assert track is not None
        return f"/tracks/{slug(track.name, track.id)}"

    def prices(self) -> list[str]:
        """Ids of all prices, oldest first."""
        return list(self.account.books.all("price"))

    async def sell(self, *payments: Payment) -> None:
        await samples.write(self.store, self.producer, *payments)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, **headers)

    async def buy(self, price: str, **headers: str) -> Answer:
        return await self.ask("POST", f"/buy/{price}", **headers)

    async def ask(self, method: str, path: str, **headers: str) -> Answer:
        """Ask without following redirects; headers with underscores for dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(
            method, self.address + path, headers=sent, allow_redirects=False
        ) as answer:
            assert not answer.cookies
            return Answer(answer.status, answer.headers, await answer.read())


@asynccontextmanager
async def pages(*parts: Shop | LicensePages) -> AsyncIterator[str]:
    """Serve these; the address."""
    app = web.Application()
    for part in parts:
        part.add_to(app)
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def visitor(shop: Shop) -> AsyncIterator[ShopSite]:
    """Somebody at a shop that is put together by hand: only for asking."""
    site = ShopSite.__new__(ShopSite)
    session = aiohttp.ClientSession(auto_decompress=False)
    async with pages(shop) as site.address, session as site.session:
        yield site


@asynccontextmanager
async def open_site(
    folder: Path,
    *,
    livemode: bool = True,
    home: str | None = HOME,
    key: bool = True,
    templates: Templates | None = None,
    patience: float = 30.0,
) -> AsyncIterator[ShopSite]:
    time = Time()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        store = await enter(open_store(f"sqlite+aiosqlite:///{folder / 'store.db'}"))
        async with store.write() as connection:
            producer = await producers.ensure(
                connection, livemode=livemode, account="", timezone="UTC"
            )
            await producers.set_business_name(connection, producer.id, NAME)
            await samples.sign_with(connection, KEY)
        account = StripeAccount(clock=time, livemode=livemode)
        stripe = await enter(StripeServer(account))
        site = ShopSite(store, producer, stripe, time)
        site.account = account
        api = await enter(StripeApi(stripe.key, stripe.url, sleep=_at_once)) if key else None

        def clock() -> datetime:
            return time() + site.off

        checkouts = Checkouts(api, clock, home, patience)
        shop = Shop(
            *(store, checkouts, clock, templates or read_templates(), KEY),
            seconds=lambda: site.seconds,
        )
        licenses = LicensePages(store, LicensePrinter(KEY), clock)
        site.address = await enter(pages(shop, licenses))
        site.session = await enter(aiohttp.ClientSession(auto_decompress=False))
        yield site


async def _at_once(_: float) -> None:
    """Retries come without their pauses."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[ShopSite]:
    async with open_site(tmp_path) as opened:
        yield opened


def names(answer: Answer) -> list[str]:
    """The tracks listed on a page, in order."""
    return re.findall(r'<h3 dir="auto"><a href="[^"]+">([^<]*)</a>', answer.text)
