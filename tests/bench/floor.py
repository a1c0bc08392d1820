"""The least that an answer can take: the same client asks a server that does nothing, again and again between what is
measured."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

from tests.bench.taker import Taker

TRIES: Final = 15


class Beside:
    def __init__(self, http: httpx.AsyncClient, nothing: Taker) -> None:
        self._http = http
        self._nothing = nothing
        self._floor_ms: list[float] = []
        self._took_ms: dict[str, list[float]] = defaultdict(list)

    async def time(self, name: str, act: Callable[[], Awaitable[object]]) -> None:
        for _ in range(TRIES):
            self._floor_ms.append(await _ms(self._ask_nothing))
            self._took_ms[name].append(await _ms(act))

    def figures(self) -> dict[str, float]:
        """The median of each in ms, and its shortest against the shortest empty answer: these hardly change."""
        found = {}
        for name, took_ms in self._took_ms.items():
            found[f"{name}, ms"] = statistics.median(took_ms)
            found[f"{name} against an empty answer"] = min(took_ms) / min(self._floor_ms)
        return found

    @property
    def slowest_ms(self) -> float:
        return max(max(took_ms) for took_ms in self._took_ms.values())

    async def _ask_nothing(self) -> None:
        (await self._http.get(f"{self._nothing.address}/nothing")).raise_for_status()


async def _ms(act: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await act()
    return (time.perf_counter() - began) * 1000
