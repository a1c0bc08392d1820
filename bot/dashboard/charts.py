"""Charts with Vega-Lite: one specification gives the PNG for the chat and the SVG for the page.

Drawing takes a tenth of a second and over a hundred megabytes, so it happens in a process of its own that goes away
after a while, never in the event loop.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from bot.model import Chart

WIDTH: Final = 640
ROW: Final = 34
BAR_COLOUR: Final = "#0068c9"
PNG_SCALE: Final = 2.0
DRAWINGS_PER_PROCESS: Final = 50

Spec = Mapping[str, object]


def bar_chart(chart: Chart) -> Spec:
    """Horizontal bars in the given order, each with its value written at its end."""
    rows = [{"label": bar.label, "value": bar.value} for bar in chart.bars]
    y = {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}}
    x = {"field": "value", "type": "quantitative", "title": None, "axis": None}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": chart.title, "anchor": "start", "fontSize": 16, "offset": 14},
        "data": {"values": rows},
        "width": WIDTH,
        "height": {"step": ROW},
        "background": "white",
        "padding": 16,
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "color": BAR_COLOUR, "cornerRadiusEnd": 3}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 13, "fontWeight": "bold"},
                "encoding": {"text": {"field": "value", "type": "quantitative", "format": "d"}},
            },
        ],
        "config": {
            "font": "Noto Sans, DejaVu Sans, Liberation Sans, sans-serif",
            "axis": {"labelFontSize": 13, "domain": False, "ticks": False, "gridColor": "#e6e8eb"},
            "view": {"stroke": None},
        },
    }


class Painter:
    """Draws charts in a process of its own, started with the first chart. `close()` ends it."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def png(self, chart: Chart) -> bytes:
        """The chart as PNG, far below Zalo's 1 MB."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._running(), _draw_png, bar_chart(chart))
        except BrokenProcessPool:
            self._pool = None
            return await loop.run_in_executor(self._running(), _draw_png, bar_chart(chart))

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=DRAWINGS_PER_PROCESS)
        return self._pool


def _draw_png(spec: Spec) -> bytes:
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(dict(spec), scale=PNG_SCALE))
