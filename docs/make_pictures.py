"""Makes the pictures of the documents anew: `.venv/bin/python docs/make_pictures.py`.

They show the demo: the real bot's messages on the simulated Discord, and its public page. Needs
Chromium: the system's, or Playwright's own (`.venv/bin/playwright install chromium`).
"""

import asyncio
import io
import re
import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import discord
from PIL import Image, ImageOps
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from bot.app import system_clock
from bot.domain.preferences import Cadence
from bot.store import outbox
from bot.store.books import producers
from demo.run import open_world
from demo.simulated_discord import SimulatedDiscord
from demo.story import CHAPTERS, TRACK, Pace, Stage, exclusive_sale
from demo.terminal import Markup, Narrator

PICTURES = Path(__file__).parent / "pictures"
WINDOW = ViewportSize(width=1000, height=2600)
SHOP_WINDOW = ViewportSize(width=1180, height=1060)
WIDTH = 528
"""Of the pictures, from a message's left edge."""
TALLEST = {"stats": 820}
"""More of these messages is not shown."""
LOADED = "() => Promise.all([...document.images].map(one => one.decode().catch(() => null)))"
CHANNEL_NAMES = """(message, [id, name]) => {
    const texts = document.createTreeWalker(message, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
        texts.currentNode.data = texts.currentNode.data.replaceAll(`<#${id}>`, `#${name}`);
}"""
"""The simulated page shows a channel's id where Discord shows its name."""
MARGIN = 24
COLORS = 192
"""Few enough for a small file, enough for smooth messages."""


SALE = "that of the exclusive"
ANSWERS: dict[str, tuple[str, dict[str, str]]] = {
    "sales": ("sales", {}),
    "sale": ("sale", {"sale": SALE}),
    "buyers": ("buyers", {}),
    "buyer": ("buyer", {"sale": SALE}),
    "forget": ("forget", {"email": "kit@example.com"}),
    "stats": ("stats", {}),
    "tracks": ("tracks", {"sort": "income"}),
    "track": ("tracks", {"track": "Neon Rain"}),
    "exclusive": ("exclusive", {"track": TRACK}),
    "payouts": ("payouts", {}),
    "license": ("license", {"sale": SALE}),
    "export": ("export", {}),
    "settings": ("settings show", {}),
    "help": ("help", {}),
}
"""By the name of its picture, what is asked; `SALE` stands for the number of the exclusive."""


async def main() -> None:
    """Play the demo's story; take a picture of its alert, its digest, and of each answer."""
    narrator = Narrator(Markup("UTC", system_clock))
    pace = Pace(0, 1)
    with TemporaryDirectory() as folder:
        async with open_world(Path(folder), "UTC", narrator, pace) as (stage, side):
            await _take_pictures(stage, side)


async def _take_pictures(stage: Stage, side: SimulatedDiscord) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        await _save_shop(browser, stage, PICTURES / "page.png")
        page = await browser.new_page(viewport=WINDOW, device_scale_factor=2)
        for chapter in CHAPTERS:
            await chapter.play(stage)
            if chapter.play is exclusive_sale:
                alert = await _told(page, side, "alert")
        await _sum_up(stage)
        await _told(page, side, "digest")
        number = re.search(r"#([0-9]+)", alert.embeds[0].author.name or "")
        assert number is not None
        for name, (command, options) in ANSWERS.items():
            typed = {key: number[0] if value == SALE else value for key, value in options.items()}
            answer = await side.ask(command, **typed)
            message = answer.response or answer.followups[0]
            await _save(page, side, message.id, PICTURES / f"{name}.png")
        await browser.close()


async def _told(page: Page, side: SimulatedDiscord, name: str) -> discord.Message:
    """A picture of what was told last in the channel."""
    message = next(
        one for one in reversed(side.channel.history()) if one.embeds and not one.reference
    )
    await _save(page, side, message.id, PICTURES / f"{name}.png")
    return message


async def _sum_up(stage: Stage) -> None:
    """Have the last month told as a digest."""
    now = system_clock()
    month = f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
    told = {"what": "digest", "cadence": Cadence.MONTHLY.value, "period": month}
    async with stage.app.store.write() as connection:
        producer = await producers.current(connection)
        assert producer is not None
        key = f"digest:{month}"
        put = partial(outbox.put, connection, producer.id, kind="notice", subject=key)
        await put(key=key, now=now, payload=told)
    await stage.tell()


async def _save_shop(browser: Browser, stage: Stage, path: Path) -> None:
    """The top of the public page, as soon as the bot has read what is for sale."""
    page = await browser.new_page(viewport=SHOP_WINDOW)
    while not await page.locator(".card").count():
        await page.goto(f"{stage.app.settings.public_url}/")
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    picture.quantize(COLORS).save(path, optimize=True)
    await page.close()


async def _save(page: Page, side: SimulatedDiscord, message_id: int, path: Path) -> None:
    """Cut one message out of the page."""
    await side.refresh()
    await page.goto(side.page.url)
    await page.reload()
    message = page.locator(f'article[data-message-id="{message_id}"]')
    await message.evaluate(CHANNEL_NAMES, [str(side.channel.id), side.channel.name])
    await page.evaluate("document.fonts.ready")
    # A picture that comes later moves all that stands below it; then the page goes to its end.
    await page.evaluate(LOADED)
    await page.wait_for_timeout(500)
    await message.evaluate("message => message.scrollIntoView({block: 'center'})")
    box = await message.bounding_box()
    assert box is not None
    # Without the line in which the next message may begin.
    height = min(int(box["height"]) - 1, TALLEST.get(path.stem, box["height"]))
    cut = await page.screenshot(clip={**box, "width": WIDTH, "height": height})
    picture = Image.open(io.BytesIO(cut)).convert("RGB")
    background = picture.getpixel((picture.width - 1, 0))
    assert isinstance(background, tuple)
    path.parent.mkdir(exist_ok=True)
    ImageOps.expand(picture, MARGIN, background).quantize(COLORS).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
