"""What the charts' axes say."""

from __future__ import annotations

import re

import pytest

from bot.dashboard.charts import Painter, Spec, Stacked, column_chart, line_chart, stacked_chart


@pytest.mark.parametrize(
    ("spec", "whole"),
    [
        (stacked_chart([Stacked("lỗi", {"mở": 1})], {"mở": "#000000"}), ["0", "1"]),
        (column_chart([("07", 2), ("08", 0)]), ["0", "1", "2"]),
        (line_chart({"p": [("2026-11-01", 0), ("2026-11-02", 2)]}, {"p": "#000000"}), ["0", "1", "2"]),
        (column_chart([("07", 2000), ("08", 0)]), ["0", "500", "1.000", "1.500", "2.000"]),
    ],
)
async def test_a_count_is_never_labelled_twice(spec: Spec, whole: list[str]) -> None:
    painter = Painter()
    try:
        svg = await painter.svg(spec)
    finally:
        painter.close()
    labels = re.findall(r"<text[^>]*>([\d.]+)</text>", svg)
    assert [label for label in labels if label not in {"07", "08"}] == whole
