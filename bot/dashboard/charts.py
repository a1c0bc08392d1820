"""Charts with Vega-Lite: one specification gives the PNG for the chat and the SVG for the page.

Drawing takes a tenth of a second and over a hundred megabytes, so it happens in a process of its own that goes away
after a while, never in the event loop.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final

from bot.children import end_with_parent
from bot.model import Chart

WIDTH: Final = 640
ROW: Final = 34
BAR_COLOUR: Final = "#0068c9"
PNG_SCALE: Final = 2.0
DRAWINGS_PER_PROCESS: Final = 50

FONT: Final = "Noto Sans, DejaVu Sans, Liberation Sans, sans-serif"
WHOLE_NUMBERS: Final = {"labelExpr": "datum.value % 1 ? '' : replace(format(datum.value, ','), /,/g, '.')"}
"""There is no half a complaint: a tick between whole numbers has no label. Thousands are written 1.234."""
LEGEND: Final = {"orient": "bottom", "title": None, "columns": 4, "labelFontSize": 12}

Spec = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Stacked:
    label: str
    parts: Mapping[str, int]


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
            "font": FONT,
            "axis": {"labelFontSize": 13, "domain": False, "ticks": False, "gridColor": "#e6e8eb"},
            "view": {"stroke": None},
        },
    }


def stacked_chart(rows: Sequence[Stacked], colours: Mapping[str, str]) -> Spec:
    """Horizontal bars in the given order, cut into parts in the order of `colours` (part → colour)."""
    parts = list(colours)
    values = [
        {"label": row.label, "part": part, "value": value, "place": parts.index(part)}
        for row in rows
        for part, value in row.parts.items()
        if value
    ]
    scale = {"domain": parts, "range": list(colours.values())}
    return _spec(
        values,
        {"type": "bar", "stroke": "white", "strokeWidth": 1},
        {
            "y": {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 240}},
            "x": {"field": "value", "type": "quantitative", "title": None, "axis": WHOLE_NUMBERS},
            "color": {"field": "part", "type": "nominal", "scale": scale, "legend": LEGEND},
            "order": {"field": "place", "type": "quantitative"},
        },
        height={"step": 26},
    )


def column_chart(values: Sequence[tuple[str, int]]) -> Spec:
    return _spec(
        [{"label": label, "value": value} for label, value in values],
        {"type": "bar", "color": BAR_COLOUR},
        {
            "x": {"field": "label", "type": "ordinal", "sort": None, "title": None, "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": WHOLE_NUMBERS},
        },
        height=180,
    )


def line_chart(lines: Mapping[str, Sequence[tuple[str, int]]], colours: Mapping[str, str]) -> Spec:
    """One line a name: (day as yyyy-mm-dd, value)."""
    values = [{"name": name, "day": day, "value": value} for name, points in lines.items() for day, value in points]
    scale = {"domain": list(colours), "range": list(colours.values())}
    return _spec(
        values,
        {"type": "line", "strokeWidth": 2},
        {
            "x": {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d/%m"}},
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": WHOLE_NUMBERS},
            "color": {"field": "name", "type": "nominal", "scale": scale, "legend": LEGEND},
            "strokeDash": {"field": "name", "type": "nominal", "scale": {"domain": list(colours)}, "legend": None},
        },
        height=200,
    )


def _spec(values: object, mark: object, encoding: object, *, height: object) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "width": WIDTH,
        "height": height,
        "background": "white",
        "padding": 8,
        "mark": mark,
        "encoding": encoding,
        "config": {
            "font": FONT,
            "axis": {"labelFontSize": 12, "gridColor": "#e6e8eb", "domain": False},
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

    async def svg(self, spec: Spec) -> str:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._running(), _draw_svg, spec)
        except BrokenProcessPool:
            self._pool = None
            return await loop.run_in_executor(self._running(), _draw_svg, spec)

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, context, end_with_parent, max_tasks_per_child=DRAWINGS_PER_PROCESS)
        return self._pool


def _draw_svg(spec: Spec) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(dict(spec)))


def _draw_png(spec: Spec) -> bytes:
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(dict(spec), scale=PNG_SCALE))
