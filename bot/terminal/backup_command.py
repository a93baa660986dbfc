"""`producer-bot backup`: a copy of the store, while the bot runs."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.settings import Settings
from bot.store.backup import NoBackup, back_up

DONE, NOT_DONE = 0, 2


async def back_up_to(settings: Settings, file: Path) -> int:
    """Write the copy and say so; the exit status."""
    try:
        size = await back_up(settings.database_url, file)
    except NoBackup as why:
        Console(stderr=True).print(Text(str(why)), soft_wrap=True)
        return NOT_DONE
    Console().print(Text(f"Written: {file} ({size / 1e6:.1f} MB)"), soft_wrap=True)
    return DONE
