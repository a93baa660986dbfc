"""The pages in a real browser: on a phone and a desk, light and dark, with the hardest names.

Debian's Chromium, where there is one. How accessible they are is judged by axe-core.
"""

import importlib.util
import shutil
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from bot.domain.sold_license import license_code
from tests import factories as make
from tests.webhooks.shop.conftest import KEY, ShopSite, open_site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

CHROMIUM = shutil.which("chromium")
WIDTHS = (320, 390, 1280)
NAMES = (
    "W" * 200,
    "🔥👩🏽‍🎤" * 50,
    "\u202eمطر النيون ليل طويل " * 8,
    "<script>document.title = 'x'</script>",
    "\"'><img src=x onerror=alert(1)>",
)
SOLD = make.paid("1", make.exclusive("Low Tide"), make.lease(NAMES[0]))
RETURNED = make.refunded(make.settled(make.paid("2", make.lease(NAMES[2]))))
OPEN_ALL = """for (const one of document.querySelectorAll("details")) {
    one.removeAttribute("name");
    one.open = true;
}"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="16"/>'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        warnings.warn("NO CHROMIUM: the pages were not looked at in a browser", stacklevel=1)
        pytest.skip("there is no Chromium on this machine (apt install chromium)")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ShopSite]:
    """A shop with everything that can be hard to show."""
    async with open_site(tmp_path_factory.mktemp("site")) as opened:
        licenses = ((2999, "MP3 Lease"), (2500, "MP3 Lease", {"currency": "eur"}))
        rest = ((12_900, "Unlimited Lease"), (49_900, "Exclusive Rights"), (0, "Free Download"))
        for number in range(9):
            await opened.offer(f"Midnight Drive {number}", *licenses, *rest)
        for name in NAMES:
            await opened.offer(
                name,
                (99_999_999, name),
                (99_999_999, "Exclusive", {"currency": "jpy"}),
                description=name,
                images=["https://img.example/cover.png"],
                metadata={"preview_url": "https://cdn.example/a.mp3"},
            )
        await opened.offer("Low Tide", *licenses)
        await opened.sell(SOLD, RETURNED)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def faults() -> list[str]:
    """What the browser complained of."""
    return []


async def _context(browser: Browser, faults: list[str], **chosen: Any) -> BrowserContext:
    context = await browser.new_context(**chosen)

    async def elsewhere(route: Route) -> None:
        if route.request.resource_type == "document":
            await route.fulfill(body="paid here", content_type="text/html")
        elif route.request.resource_type == "image":
            await route.fulfill(body=PICTURE, content_type="image/svg+xml")
        else:
            await route.abort()

    # Nothing leaves this machine.
    await context.route(lambda url: not url.startswith("http://127.0.0.1:"), elsewhere)
    context.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
    context.on("weberror", lambda error: faults.append(str(error.error)))
    return context


async def _pages(site: ShopSite) -> list[str]:
    return [
        "/",
        "/?q=midnight+%3Cb%3E",
        "/?q=W&currency=jpy",
        f"/player/{(await site.page_of(NAMES[0])).rpartition('/')[2]}",
        *[await site.page_of(name) for name in NAMES],
        await site.page_of("Midnight Drive 1"),
        await site.page_of("Low Tide"),
        "/tracks/nothing",
        "/terms/exclusive",
        "/bought?session_id=cs_1",
        "/bought?session_id=cs_unknown",
        "/verify",
        "/verify?code=wrong",
        *[f"/verify/{license_code(KEY, site.producer, SOLD, line)}" for line in (0, 1)],
        f"/verify/{license_code(KEY, site.producer, RETURNED, 0)}",
        "/license/broken",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_fits_and_can_be_read(
    browser: Browser, site: ShopSite, faults: list[str], scheme: Any
) -> None:
    context = await _context(browser, faults, color_scheme=scheme)
    page = await context.new_page()
    for path in await _pages(site):
        await page.goto(site.address + path, wait_until="domcontentloaded")
        await page.evaluate(OPEN_ALL)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 844})
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} wide at {width}"
        assert (await _lightness(page) > 0.5) == (scheme == "light")
        assert await page.title() != "x"
    assert faults == []
    await context.close()


async def test_every_page_is_accessible(
    browser: Browser, site: ShopSite, faults: list[str]
) -> None:
    axe = _axe()
    for scheme, width in (("light", 390), ("dark", 1280)):
        size = {"width": width, "height": 844}
        # A color that is still changing has no contrast yet.
        still = {"reduced_motion": "reduce", "viewport": size}
        context = await _context(browser, faults, color_scheme=scheme, **still)
        page = await context.new_page()
        for path in await _pages(site):
            await page.goto(site.address + path, wait_until="domcontentloaded")
            await page.evaluate(OPEN_ALL)
            await page.evaluate(axe)
            found = await page.evaluate("axe.run().then(found => found.violations)")
            told = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
            assert told == [], f"{path}, {scheme}"
        await context.close()


async def test_buying_works_without_scripts(
    browser: Browser, site: ShopSite, faults: list[str]
) -> None:
    context = await _context(browser, faults, java_script_enabled=False)
    page = await context.new_page()
    for path in ("/", await site.page_of("Midnight Drive 1")):
        await page.goto(site.address + path)
        if path == "/":
            await page.locator("summary", has_text="for Midnight Drive 1").click()
        button = "Buy MP3 Lease of Midnight Drive 1 for"
        await page.get_by_role("button", name=button).first.click()
        await page.wait_for_url("https://checkout.stripe.com/**")
    assert faults == []
    await context.close()


async def test_a_payment_page_with_a_domain_of_its_own_is_reached(
    browser: Browser, site: ShopSite, faults: list[str]
) -> None:
    price = site.prices()[2]
    site.account.change(site.account.link([price]), url="https://pay.example.com/b/1")
    await site.learn()
    site.stripe.faults.read_only = {"checkout.session"}
    context = await _context(browser, faults, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.address + await site.page_of("Midnight Drive 0"))
    await page.get_by_role("button", name="Buy Unlimited Lease of Midnight Drive 0").click()
    await page.wait_for_url("https://pay.example.com/b/1")
    site.stripe.faults.read_only = set()
    assert faults == []
    await context.close()


async def test_the_keyboard_is_enough_and_shows_where_it_is(
    browser: Browser, site: ShopSite, faults: list[str]
) -> None:
    context = await _context(browser, faults)
    page = await context.new_page()
    await page.goto(site.address + await site.page_of("Midnight Drive 1"))
    seen = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        seen.append(
            await page.evaluate(
                "[document.activeElement.textContent.trim(),"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
    assert seen[0] == ["Skip to the content", "solid"]
    assert seen[1][0].endswith("Low Tide Beats")
    assert {outline for _, outline in seen} == {"solid"}
    assert any("Buy MP3 Lease" in text for text, _ in seen)
    await context.close()


TALLEST = 2400
"""CSS pixels of the list of eight tracks on a phone."""
LARGEST = 60_000
"""Bytes of that list and its player, without covers."""
SHIFTS = """new Promise(done => {
    let moved = 0;
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) moved += shift.value;
    }).observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(moved), 0);
})"""


async def test_eight_tracks_are_short_and_light_and_nothing_moves_while_they_load(
    browser: Browser, tmp_path: Path, faults: list[str]
) -> None:
    amounts = {"Basic Lease": 2999, "Premium Lease": 4999, "Unlimited Lease": 12_900}
    prices = [
        (amount, name, {"currency": currency})
        for name, amount in (amounts | {"Exclusive": 49_900}).items()
        for currency in ("usd", "eur", "gbp")
    ]
    async with open_site(tmp_path) as site:
        for number in range(8):
            tags = {"genre": f"Synthwave {number % 3}", "mood": "Dark"}
            await site.offer(
                f"Midnight Drive {number} (Extended Version)",
                *prices,
                description=f"Slow drums. {80 + 10 * number} BPM, F sharp minor.",
                images=["https://img.example/cover.png"],
                metadata=tags | {"preview_url": "https://cdn.example/a.mp3"},
            )
        size = {"width": 390, "height": 844}
        context = await _context(browser, faults, viewport=size, locale="en-GB")
        page = await context.new_page()
        loaded: list[int] = []
        page.on("response", lambda one: loaded.append(int(one.headers["content-length"])))
        await page.goto(site.address, wait_until="networkidle")
        assert await page.evaluate("document.documentElement.scrollHeight") <= TALLEST
        assert await page.evaluate(SHIFTS) == 0
        assert await page.get_by_text("from £29.99").count() == 8
        assert len(loaded) >= 3, "the list, its icon or its player did not load"
        assert sum(loaded) <= LARGEST
        await context.close()


async def test_the_player_changes_its_track_without_scripts_and_by_the_keyboard(
    browser: Browser, site: ShopSite, faults: list[str]
) -> None:
    context = await _context(browser, faults, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.address)
    player = page.frame_locator("iframe[name=player]")
    tracks = page.get_by_role("link", name="Play ")
    first, last = player.get_by_role("link"), tracks.last
    shown = await first.text_content()
    await last.focus()
    await page.keyboard.press("Enter")
    await player.locator("audio[autoplay]").wait_for()
    assert await first.text_content() != shown
    assert page.url.rstrip("/") == site.address
    assert faults == []
    await context.close()


def _axe() -> str:
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or not package.submodule_search_locations:
        warnings.warn("NO AXE-CORE: nothing judged how accessible the pages are", stacklevel=1)
        pytest.skip("axe-playwright-python is not installed (make install)")
    return (Path(package.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


async def _lightness(page: Page) -> float:
    colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in colour.removeprefix("rgb(")[:-1].split(","))
    return (red + green + blue) / (3 * 255)
