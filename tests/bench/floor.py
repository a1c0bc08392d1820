"""The least that an answer to a page can take: the same client asks a server that does nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Final

import httpx

from tests.bench.taker import Taker

TRIES: Final = 50


async def nothing_ms(http: httpx.AsyncClient, nothing: Taker) -> float:
    """Median of some requests of a client that is at work."""
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        (await http.get(f"{nothing.address}/nothing")).raise_for_status()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def beside(took_ms: Mapping[str, float], floor_ms: float) -> dict[str, float]:
    """Each figure in ms, and against an empty answer."""
    found: dict[str, float] = {}
    for name, each_ms in took_ms.items():
        found[f"{name}, ms"] = each_ms
        found[f"{name} against an empty answer"] = each_ms / floor_ms
    return found
