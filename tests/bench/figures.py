"""What is measured, beside what was kept: one table, and one file.

A figure's name says what it is. Those in ms, seconds or a second depend on the machine, and each of them is also given
as a ratio to a floor of the same run: a *share* of it, which should be large, or *against* it, which should be small.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

KEPT: Final = Path(__file__).with_name("figures.json")
BARE: Final = "a bare route, requests a second"
A_SECOND: Final = " a second"
CPU_MS: Final = " CPU ms a message"
WORSE: Final = 0.8
LARGER_IS_BETTER: Final = ("share",)
SMALLER_IS_BETTER: Final = ("against", "round trips", "commands", "MB", "bytes")
"""Ratios and counts, which do not depend on the machine: these are compared."""


def kept() -> dict[str, float]:
    found: dict[str, float] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return found


def is_worse(name: str, now: float, before: float) -> bool:
    """By more than a fifth."""
    if any(word in name for word in LARGER_IS_BETTER):
        return now < before * WORSE
    return any(word in name for word in SMALLER_IS_BETTER) and before < now * WORSE


def with_ratios(found: Mapping[str, float]) -> dict[str, float]:
    """And each rate and each CPU time beside a bare route's, where that was measured, too: it takes one processor."""
    if BARE not in found:
        return dict(found)
    ratios, bare = dict[str, float](), found[BARE]
    for name, value in found.items():
        if name.endswith(A_SECOND) and name != BARE:
            ratios[f"{name.removesuffix(A_SECOND)}, share of a bare route"] = value / bare
        if name.endswith(CPU_MS):
            ratios[f"{name.removesuffix(CPU_MS)} CPU against a bare route"] = value * bare / 1000
    return {**found, **ratios}


def show(found: Mapping[str, float]) -> bool:
    """Prints the table; True when something got worse."""
    table, before = Table("figure", "now", "kept", ""), kept()
    worse = {name for name, value in found.items() if name in before and is_worse(name, value, before[name])}
    for name, value in found.items():
        was = f"{before[name]:,.3g}" if name in before else ""
        table.add_row(name, f"{value:,.3g}" if value < 1000 else f"{value:,.0f}", was, "worse" if name in worse else "")
    Console().print(table)
    return bool(worse)


def keep(found: Mapping[str, float]) -> None:
    rounded = {name: float(f"{value:.4g}") for name, value in found.items()}
    KEPT.write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n", "utf-8")
