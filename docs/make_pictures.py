"""Makes the pictures of the README anew: `.venv/bin/python docs/make_pictures.py`.

They show the demo: the real bot's messages on the simulated Discord, and its public page. Needs
Chromium: the system's, or Playwright's own (`.venv/bin/playwright install chromium`).
"""

import asyncio
import io
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from bot.app import system_clock
from bot.demo.discord_side import DiscordSide
from bot.demo.markup import Markup
from bot.demo.narrator import Narrator
from bot.demo.pace import Pace
from bot.demo.stage import Stage
from bot.demo.story import exclusive_sale
from bot.demo.world import open_world

PICTURES = Path(__file__).parent / "pictures"
WINDOW = ViewportSize(width=1000, height=2200)
SHOP_WINDOW = ViewportSize(width=1180, height=1060)
WIDTH = 528
"""Of the pictures, from a message's left edge."""
TALLEST = 820
"""More of a message is not shown."""
MARGIN = 24
COLORS = 192
"""Few enough for a small file, enough for smooth letters."""


async def main() -> None:
    """Let the bot tell of an exclusive sale and answer /stats; take a picture of either."""
    narrator = Narrator(Markup("UTC", system_clock))
    pace = Pace(0, 1)
    with TemporaryDirectory() as folder:
        async with open_world(Path(folder), "UTC", narrator, pace) as (stage, side):
            await _take_pictures(stage, side)


async def _take_pictures(stage: Stage, side: DiscordSide) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        await _save_shop(browser, stage, PICTURES / "page.png")
        await exclusive_sale(stage)
        alert = next(one for one in reversed(side.channel.history()) if one.embeds)
        answer = await side.ask("stats")
        assert answer.response is not None
        await side.refresh()
        page = await browser.new_page(viewport=WINDOW, device_scale_factor=2)
        await page.goto(side.page.url)
        await _save(page, alert.id, PICTURES / "alert.png")
        await _save(page, answer.response.id, PICTURES / "stats.png")
        await browser.close()


async def _save_shop(browser: Browser, stage: Stage, path: Path) -> None:
    """The top of the public page, as soon as the bot has read what is for sale."""
    page = await browser.new_page(viewport=SHOP_WINDOW)
    while not await page.locator(".card").count():
        await page.goto(f"{stage.app.settings.public_url}/")
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    picture.quantize(COLORS).save(path, optimize=True)
    await page.close()


async def _save(page: Page, message_id: int, path: Path) -> None:
    """Cut one message out of the page."""
    message = page.locator(f'article[data-message-id="{message_id}"]')
    await message.scroll_into_view_if_needed()
    await page.evaluate("document.fonts.ready")
    await page.wait_for_timeout(500)
    box = await message.bounding_box()
    assert box is not None
    cut = await page.screenshot(clip={**box, "width": WIDTH, "height": min(box["height"], TALLEST)})
    picture = Image.open(io.BytesIO(cut)).convert("RGB")
    background = picture.getpixel((picture.width - 1, 0))
    assert isinstance(background, tuple)
    path.parent.mkdir(exist_ok=True)
    ImageOps.expand(picture, MARGIN, background).quantize(COLORS).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
