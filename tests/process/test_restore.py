"""A backup is restored, or a new database begun, after the bot has told more: as it happens."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.bot_output import Books, button
from fakes.discord.guild import text
from fakes.simulation import BotProcess, until
from fakes.stripe import Purchase
from tests.process.world import World
from tests.text.pdf import text_of


@dataclass(frozen=True)
class Seen:
    """What the producer and the buyers have before them."""

    messages: list[str]
    """Ids of the channel's messages."""
    numbers: dict[str, int]
    """The first sale's number of each payment, by its key."""
    licenses: dict[str, str]
    """What the links open that the buyers have got."""
    codes: set[str]


async def _run(world: World, command: str, *options: str) -> int:
    name = command + "-".join(Path(option).name for option in options)
    process = await BotProcess.start(world.folder, name, world.settings, (command, *options))
    return await process.ended()


async def _get(world: World, path: str) -> tuple[int, bytes]:
    async with world.http.get(f"{world.url}{path}") as answer:
        return answer.status, await answer.read()


async def _licenses(world: World, bought: list[Purchase]) -> dict[str, str]:
    """What the links open that the page after the payment has."""
    found = {}
    for purchase in bought:
        _, page = await _get(world, f"/bought?session_id={purchase.session}")
        for link in re.findall(r'href="\./(license/[^"]+)"', page.decode()):
            found[link] = await _license(world, link)
    return found


async def _license(world: World, link: str) -> str:
    status, document = await _get(world, f"/{link}")
    return text_of(document) if status == 200 else str(status)


async def _look(world: World, bought: list[Purchase]) -> Seen:
    licenses = await _licenses(world, bought)
    numbers = {key: number for number, key in Books(world.database).first_sales().items()}
    codes = {code for said in licenses.values() for code in re.findall(r"\w{4}-\w{4}-\w{4}", said)}
    ids = [message["id"] for message in world.channel.shown]
    return Seen(ids, numbers, licenses, codes)


async def _calm(world: World, payments: int) -> None:
    """Wait until all is read, and told as far as it is to be told."""
    books = Books(world.database)

    def calm() -> bool:
        known = books.ask("SELECT count(*) FROM payments") == [(payments,)]
        return known and books.all_done() and books.all_read()

    await until(calm)


def _sale_buttons(world: World) -> dict[str, Any]:
    """What the Sale button of each alert opens, by what the alert says it is."""
    shown = [message for message in world.channel.shown if message["embeds"]]
    return {
        re.search(r"#(\d+)", text(message))[1]: button(message, "Sale").rpartition(":")[2]  # type: ignore[index]
        for message in shown
        if "Sale #" in text(message)
    }


async def test_restored_backup_tells_nothing_again_and_opens_the_same_licenses(
    world: World,
) -> None:
    public = {"PUBLIC_URL": world.url}
    bot = await world.start(**public)
    bought = [world.buy() for _ in range(3)]
    await world.send_all(world.account.take_events(), at_once=1)
    await _calm(world, 3)
    copy = world.folder / "copy.db"
    assert await _run(world, "backup", str(copy)) == 0

    for _ in range(6):
        bought.append(world.buy(licenses=2))
        await world.send_all(world.account.take_events(), at_once=1)
        await _calm(world, len(bought))
    bought.append(world.buy_exclusive())
    world.account.refund(bought[0], 500)
    world.account.refund(bought[5], 700)
    world.account.refund(bought[1], 900)
    await world.send_all(world.account.take_events(), at_once=1)
    await _calm(world, len(bought))
    before = await _look(world, bought)
    assert len(before.licenses) >= len(bought)
    assert all(not said.isdecimal() for said in before.licenses.values())

    bot.kill()
    await bot.ended()
    _replace(world.database, copy)
    world.discord.guild.forget_nonces()
    restored = await world.start(**public)
    await _calm(world, len(bought))
    after = await _look(world, bought)
    assert after == before
    assert {link: await _license(world, link) for link in before.licenses} == before.licenses
    for code in before.codes:
        status, page = await _get(world, f"/verify/{code}")
        assert (status, b"<strong>Test license</strong>" in page) == (200, True)
    assert all(number == opens for number, opens in _sale_buttons(world).items())
    assert await _run(world, "audit") == 0

    # What happens from now on is told.
    bought.append(world.buy())
    world.account.refund(bought[6], 300)
    await world.send_all(world.account.take_events(), at_once=1)
    await _calm(world, len(bought))
    assert len(world.channel.shown) >= len(before.messages) + 2
    assert await restored.stop() == 0


async def test_new_database_tells_nothing_again_and_old_links_open_nothing(world: World) -> None:
    public = {"PUBLIC_URL": world.url}
    bot = await world.start(**public)
    bought = []
    for _ in range(5):
        bought.append(world.buy())
        await world.send_all(world.account.take_events(), at_once=1)
        await _calm(world, len(bought))
    world.account.refund(bought[0], 500)
    await world.send_all(world.account.take_events(), at_once=1)
    await _calm(world, len(bought))
    before = await _look(world, bought)
    assert len(before.licenses) == 5

    bot.kill()
    await bot.ended()
    _replace(world.database, None)
    world.discord.guild.forget_nonces()
    new = await world.start(**public)
    await _calm(world, len(bought))
    after = await _look(world, bought)
    assert after.messages == before.messages
    assert after.numbers == before.numbers
    assert not after.licenses.keys() & before.licenses.keys()
    assert {await _license(world, link) for link in before.licenses} == {"403"}
    assert await _run(world, "audit") == 0
    assert await new.stop() == 0


def _replace(database: Path, by: Path | None) -> None:
    """Put a copy in the place of the store, as the README says; or nothing."""
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    if by is not None:
        shutil.copyfile(by, database)


async def test_bot_that_has_moved_goes_on_where_it_stopped(world: World) -> None:
    bot = await world.start()
    await world.sell(2)
    await _calm(world, 2)
    assert await bot.stop() == 0
    world.events_of_sales(1)  # meanwhile, which no webhook reports
    old = world.database
    world.folder /= "another machine"
    world.folder.mkdir()
    for suffix in ("", "-wal", "-shm"):
        file = old.with_name(old.name + suffix)
        if file.exists():
            file.rename(world.folder / file.name)
    await world.start()
    await _calm(world, 3)
    alerts = [message for message in world.channel.shown if "Sale #" in text(message)]
    assert sorted(_sale_buttons(world)) == ["1001", "1002", "1003"]
    assert len(alerts) == 3
