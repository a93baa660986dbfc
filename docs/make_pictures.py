"""Makes the pictures of the documents: `.venv/bin/python docs/make_pictures.py`.

They show the demo: the real bot's messages on the simulated Discord, and its public page, each on a
phone 390 px wide (`pictures/`) and in a window of 1280 px (`pictures/desktop/`). For the phone, the
number of lines of text in each message is printed. Needs Chromium: the system's, or Playwright's
own (`.venv/bin/playwright install chromium`).
"""

import asyncio
import io
import re
import shutil
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

import discord
from PIL import Image, ImageOps
from playwright.async_api import Browser, ViewportSize, async_playwright

from bot.app import system_clock
from bot.domain.preferences import Cadence
from bot.store import outbox
from bot.store.books import producers
from demo.run import open_world
from demo.simulated_discord import SimulatedDiscord
from demo.story import CHAPTERS, TRACK, Pace, Stage, exclusive_sale
from demo.terminal import Markup, Narrator

PICTURES = Path(__file__).parent / "pictures"
PHONE, DESKTOP = 390, 1280
WIDTH = 528
"""Of a message's picture, at most, from its left edge."""
LINES = """message => {
    const heights = [];
    for (const part of message.querySelectorAll(".message-content, .embed-card")) {
        const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            if (!texts.currentNode.data.trim()) continue;
            const range = document.createRange();
            range.selectNodeContents(texts.currentNode);
            for (const box of range.getClientRects())
                if (box.width) heights.push((box.top + box.bottom) / 2);
        }
    }
    heights.sort((one, other) => one - other);
    return heights.filter((y, place) => !place || y - heights[place - 1] > 8).length;
}"""
"""Texts that stand side by side are one line."""
LOADED = """() => Promise.all([...document.images].map(one => {
    one.loading = "eager";
    return one.decode().catch(() => null);
}))"""
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
    "stats": ("stats", {"period": "last month"}),
    "tracks": ("tracks", {"sort": "income"}),
    "track": ("tracks", {"track": "Neon Rain"}),
    "exclusives": ("exclusive", {}),
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
    with TemporaryDirectory() as folder:
        async with open_world(Path(folder), "UTC", narrator, Pace(0, 1)) as (stage, side):
            messages, code = await _played(stage, side)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                for width in (PHONE, DESKTOP):
                    await _save_messages(browser, side, messages, width)
                    await _save_shop(browser, stage, code, width)
                await browser.close()


async def _played(stage: Stage, side: SimulatedDiscord) -> tuple[dict[str, int], str]:
    """The ids of the messages to be shown, by the names of their pictures, and a license's code."""
    messages: dict[str, int] = {}
    code: re.Match[str] | None = None
    for chapter in CHAPTERS:
        await chapter.play(stage)
        if chapter.play is exclusive_sale:
            alert = _newest(side)
            messages["alert"] = alert.id
    await _sum_up(stage)
    messages["digest"] = _newest(side).id
    number = re.search(r"#([0-9]+)", str(alert.embeds[0].to_dict()))
    assert number is not None
    for name, (command, options) in ANSWERS.items():
        typed = {key: number[0] if value == SALE else value for key, value in options.items()}
        answer = await side.ask(command, **typed)
        message = answer.response or answer.followups[0]
        messages[name] = message.id
        if name == "license":
            code = re.search(r"\b\w{4}-\w{4}-\w{4}\b", message.embeds[0].description or "")
    assert code is not None
    return messages, code[0]


def _newest(side: SimulatedDiscord) -> discord.Message:
    """What was told last in the channel."""
    return next(one for one in reversed(side.channel.history()) if one.embeds and not one.reference)


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


async def _save_messages(
    browser: Browser, side: SimulatedDiscord, messages: Mapping[str, int], width: int
) -> None:
    """Cut the messages out of the page; say how many lines each takes on a phone."""
    window = ViewportSize(width=width, height=9000)
    page = await browser.new_page(viewport=window, device_scale_factor=2)
    await side.refresh()
    await page.goto(side.page.url)
    await page.evaluate("document.fonts.ready")
    # A picture that comes later moves all that stands below it.
    await page.evaluate(LOADED)
    await page.wait_for_timeout(1000)
    for name, id_ in messages.items():
        message = page.locator(f'article[data-message-id="{id_}"]')
        if width == PHONE:
            print(f"{name:12}{await message.evaluate(LINES):4} lines")  # noqa: T201
        await message.evaluate("message => message.scrollIntoView({block: 'center'})")
        box = await message.bounding_box()
        assert box is not None
        # Without the line in which the next message may begin.
        clip = {**box, "width": min(box["width"], WIDTH), "height": int(box["height"]) - 1}
        _save(await page.screenshot(clip=clip), _path(name, width))
    await page.close()


async def _save_shop(browser: Browser, stage: Stage, code: str, width: int) -> None:
    """The public page, as soon as the bot has read what is for sale, and a license's check."""
    page = await browser.new_page(viewport=ViewportSize(width=width, height=1060))
    home = stage.app.settings.public_url
    while not await page.locator(".card").count():
        await page.goto(f"{home}/")
    shown = {"page": "/", "verify": f"/verify/{code}"}
    shown["buy"] = await page.locator(".card h3 a").first.get_attribute("href") or ""
    for name, address in shown.items():
        await page.goto(urljoin(f"{home}/", address))
        whole = width == PHONE and name != "page"
        _save(await page.screenshot(full_page=whole), _path(name, width), margin=0)
    await page.close()


def _path(name: str, width: int) -> Path:
    return PICTURES / ("" if width == PHONE else "desktop") / f"{name}.png"


def _save(cut: bytes, path: Path, margin: int = MARGIN) -> None:
    picture = Image.open(io.BytesIO(cut)).convert("RGB")
    background = picture.getpixel((picture.width - 1, 0))
    assert isinstance(background, tuple)
    path.parent.mkdir(parents=True, exist_ok=True)
    ImageOps.expand(picture, margin, background).quantize(COLORS).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
