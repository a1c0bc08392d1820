"""`python -m tests.bench.picture_speed`: how long a picture takes, and what the others notice while ten are read.

One process of the service, with Valkey, the server in Zalo's place and this generator on the same cores. Texts come
at a steady rate, ten pictures within a second into them, in turns with the same stream without pictures; the figures
are medians of the rounds. They stand in picture_speed.json beside this file; what misses its goal is marked.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from tests.bench.pictures import ASKED, samples
from tests.bench.store import server
from tests.bench.throughput import OPEN_DOORS
from tests.reading.serving import pictures
from tests.several import Zalo, settled, signed, start_bot, zalo

KEPT: Final = Path(__file__).with_suffix(".json")
ALONE: Final = 40
"""Pictures that are read one after the other."""
AT_ONCE: Final = 10
WITHIN_S: Final = 1.0
ROUNDS: Final = 9
EVERY_S: Final = 0.04
"""One text after the other; a busy hour of 200 officials brings one in some seconds."""
ANSWERED_S: Final = 30.0
GOALS: Final = {"picture to reply, p95, seconds": 2.0, "text p99 while pictures are read, against without": 1.3}


@dataclass
class Load:
    """Sends messages as Zalo does and knows when each was answered."""

    http: httpx.AsyncClient
    address: str
    pictures: str
    taker: Zalo
    sent_at: dict[str, float] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    async def say(self, text: str, picture: int | None = None) -> str:
        number = next(self._numbers)
        id_ = f"m{number}"
        address = "" if picture is None else f"{self.pictures}/{picture}"
        raw, headers = signed(id_, f"74{number:017}", text.format(n=number), address)
        self.sent_at[id_] = time.monotonic()
        (await self.http.post(f"{self.address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()
        return id_

    def waits(self) -> dict[str, float]:
        """Of every answered message the seconds from its event to its reply."""
        found: dict[str, float] = {}
        for body, at in zip(self.taker.said, self.taker.said_at, strict=True):
            id_ = str(body["message"].get("quote_message_id"))
            if id_ in self.sent_at:
                found.setdefault(id_, at - self.sent_at[id_])
        return found

    async def answered(self, ids: Sequence[str]) -> list[float]:
        async with asyncio.timeout(ANSWERED_S):
            while not set(ids) <= self.waits().keys():
                await asyncio.sleep(0.02)
        waits = self.waits()
        return [waits[id_] for id_ in ids]


async def one_by_one(load: Load) -> list[float]:
    return [(await load.answered([await load.say(ASKED, number)]))[0] for number in range(ALONE)]


async def texts(load: Load, done: asyncio.Event, least: int = 0) -> list[str]:
    """Until `done`, and at least so many."""
    ids: list[str] = []
    begun = time.monotonic()
    while not done.is_set() or len(ids) < least:
        await asyncio.sleep(max(0.0, begun + len(ids) * EVERY_S - time.monotonic()))
        ids.append(await load.say("hs H20.27.21-250120-{n:04} không thanh toán được"))
    return ids


async def ten_pictures(load: Load, turn: int) -> list[float]:
    ids = []
    for number in range(AT_ONCE):
        ids.append(await load.say(ASKED, (turn * AT_ONCE + number) % ALONE))
        await asyncio.sleep(WITHIN_S / AT_ONCE)
    return await load.answered(ids)


@dataclass
class Round:
    pictures: list[float]
    beside: list[float]
    """Waits of the texts that came while the pictures were read."""
    without: list[float]


async def one_round(load: Load, turn: int) -> Round:
    done = asyncio.Event()
    talk = asyncio.create_task(texts(load, done))
    pictures = await ten_pictures(load, turn)
    done.set()
    beside = await load.answered(await talk)
    await settled(load.http, load.address)
    without = await load.answered(await texts(load, done, len(beside)))
    await settled(load.http, load.address)
    return Round(pictures, beside, without)


async def measured() -> dict[str, float]:
    with server() as url, tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            address, taker = await stack.enter_async_context(zalo())
            files = {str(number): sample.draw() for number, sample in enumerate(islice(samples(), ALONE))}
            origin = await stack.enter_async_context(pictures(files))
            environ = {"REDIS_URL": url, "ZALO_OPENAPI_URL": address, "PICTURE_HOSTS": origin, **OPEN_DOORS}
            bot = await start_bot(stack, Path(folder), environ)
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
            load = Load(http, bot.address, origin, taker)
            await one_by_one(load)
            alone = await one_by_one(load)
            rounds = [await one_round(load, turn) for turn in range(ROUNDS)]

    def median(of: Callable[[Round], float]) -> float:
        return statistics.median(of(each) for each in rounds)

    beside, without = median(lambda each: _p(99, each.beside)), median(lambda each: _p(99, each.without))
    return {
        "picture to reply, median, seconds": statistics.median(alone),
        "picture to reply, p95, seconds": _p(95, alone),
        "ten pictures, last reply, seconds": median(lambda each: max(each.pictures)),
        "texts a round": median(lambda each: len(each.beside)),
        "text p50 without pictures, ms": 1000 * median(lambda each: _p(50, each.without)),
        "text p50 while pictures are read, ms": 1000 * median(lambda each: _p(50, each.beside)),
        "text p99 without pictures, ms": 1000 * without,
        "text p99 while pictures are read, ms": 1000 * beside,
        "text p99 while pictures are read, against without": beside / without,
    }


def _p(percent: int, waits: Sequence[float]) -> float:
    return statistics.quantiles(waits, n=100, method="inclusive")[percent - 1]


def main() -> int:
    found = asyncio.run(measured())
    table = Table("figure", "now", "goal", "")
    for name, value in found.items():
        goal = GOALS.get(name)
        table.add_row(name, f"{value:.2f}", f"{goal}" if goal else "", "missed" if goal and value > goal else "")
    Console().print(table)
    KEPT.write_text(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1) + "\n")
    return int(any(found[name] > goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main())
