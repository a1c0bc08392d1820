"""The example alerts and the Grafana board ask for figures that /metrics really tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bot.metrics import REGISTRY

OPS = Path(__file__).parents[1] / "bot" / "ops"


def _told() -> set[str]:
    """Names of samples; those of a histogram or counter without a label value yet by their family."""
    text = generate_latest(REGISTRY).decode()
    families = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    histograms = {f"{name}_bucket" for name, kind in families.items() if kind == "histogram"}
    return families.keys() | histograms


def _alerts() -> list[str]:
    return re.findall(r"expr: (.+)", (OPS / "alerts.yml").read_text("utf-8"))


def _board() -> list[str]:
    board = json.loads((OPS / "grafana.json").read_text("utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("expression", [*_alerts(), *_board()])
def test_what_is_asked_for_is_told(expression: str) -> None:
    asked = set(re.findall(r"\b(?:bot|process)_\w+", expression))
    assert asked <= _told()
    assert asked or expression.startswith("up{")


def test_every_alert_says_what_to_do() -> None:
    text = (OPS / "alerts.yml").read_text("utf-8")
    assert text.count("- alert:") == text.count("summary:") == len(_alerts())
