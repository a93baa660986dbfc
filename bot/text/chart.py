"""Charts as PNGs: the same bytes for the same figures, on every machine."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.answers import Statistics
from bot.text.chart_data import alt_text, chart_data
from bot.text.message import Attachment

if TYPE_CHECKING:
    from typst import Compiler

log = structlog.get_logger()

FILE = "stats.png"
_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "chart.typ"
_FONTS = _HERE / "fonts"
_PIXELS_AN_INCH = 144.0
"""Two pixels a point, for screens that have as many."""
PATIENCE = 5.0
"""Seconds after which the figures are told without a chart."""


class ChartPainter:
    """Makes pictures, one at a time, in a thread of its own."""

    def __init__(self) -> None:
        self._compiler: Compiler | None = None
        # Of one thread: who waits for a picture must not keep others from the threads of all.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")

    async def statistics(self, statistics: Statistics, *, by_count: bool) -> Attachment | None:
        """The chart of a period, with its description; None where there is nothing to draw."""
        data = chart_data(statistics, by_count=by_count)
        if data is None:
            return None
        loop = asyncio.get_running_loop()
        picture = await loop.run_in_executor(self._thread, self.paint, data)
        return Attachment(FILE, picture, alt_text(statistics, by_count=by_count))

    async def if_possible(self, statistics: Statistics, *, by_count: bool) -> Attachment | None:
        """As `statistics`; None also where it fails or takes too long: the log then says why."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.statistics(statistics, by_count=by_count)
        except Exception as error:  # noqa: BLE001 - the figures are told whatever becomes of it
            log.error("chart not made", error=type(error).__name__)
            return None

    def paint(self, data: dict[str, Any]) -> bytes:
        """The picture, made here and now."""
        if self._compiler is None:
            self._compiler = _compiler()
        made = self._compiler.compile(
            format="png",
            ppi=_PIXELS_AN_INCH,
            sys_inputs={"chart": json.dumps(data)},
            timestamp=0,
        )
        assert isinstance(made, bytes)
        return made


@cache
def shared_painter() -> ChartPainter:
    """The one for all of this process: a second one would take as much memory again."""
    return ChartPainter()


def _compiler() -> "Compiler":
    # Only once a chart is asked for: a bot that draws none does without its memory.
    import typst

    shipped = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS]
    )
    return typst.Compiler(_TEMPLATE, root=_HERE, font_paths=shipped, ignore_system_fonts=True)
