"""`python -m tests.bench.picture_speed`: how long a picture takes, and what the others notice while ten are read.

One process of the service, with Valkey, the server in Zalo's place and this generator on the same cores; the pictures
are served by a process of their own, as they come from another machine. Blocks of texts at a steady rate into which
ten pictures come within a second take turns with blocks of the same texts and ten more in the place of the pictures.
The p99 of each block is held against that of the block beside it, and the median of these shares is the figure: what
else the machine does meanwhile weighs on both. How much that is, `load of others` tells: where it is near the number of
processors, pictures wait for the others. The figures stand in picture_speed.json; what misses its goal is marked.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
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
from tests.ports import free_port
from tests.several import Zalo, settled, signed, start_bot, zalo

KEPT: Final = Path(__file__).with_suffix(".json")
ALONE: Final = 40
"""Pictures that are read one after the other."""
AT_ONCE: Final = 10
WITHIN_S: Final = 1.0
COMPLAINT: Final = "hs H20.27.21-250120-{n:04} không thanh toán được"
ROUNDS: Final = 12
EVERY_S: Final = 0.04
"""One text after the other; a busy hour of 200 officials brings one in some seconds."""
ANSWERED_S: Final = 30.0
GOALS: Final = {
    "picture to reply, p95, seconds": 2.0,
    "ten pictures at once, last reply, seconds": 2.0,
    "text p99 while pictures are read, against without": 1.3,
}


@dataclass
class Load:
    """Sends messages as Zalo does and knows when each was answered."""

    http: httpx.AsyncClient
    address: str
    pictures: str
    taker: Zalo
    sent_at: dict[str, float] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    """Of every answered message the seconds from its event to its reply."""
    _heard: int = 0
    _numbers: count[int] = field(default_factory=count)

    async def say(self, text: str, picture: int | None = None) -> str:
        number = next(self._numbers)
        id_ = f"m{number}"
        address = "" if picture is None else f"{self.pictures}/{picture}"
        raw, headers = signed(id_, f"74{number:017}", text.format(n=number), address)
        self.sent_at[id_] = time.monotonic()
        (await self.http.post(f"{self.address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()
        return id_

    def hear(self) -> None:
        """Takes up what was said since the last time: looking at everything again would slow the texts under test."""
        new = slice(self._heard, None)
        for body, at in zip(self.taker.said[new], self.taker.said_at[new], strict=True):
            id_ = str(body["message"].get("quote_message_id"))
            if id_ in self.sent_at:
                self.waits.setdefault(id_, at - self.sent_at[id_])
            self._heard += 1

    async def answered(self, ids: Sequence[str]) -> list[float]:
        async with asyncio.timeout(ANSWERED_S):
            while not all(id_ in self.waits for id_ in ids):
                await asyncio.sleep(0.02)
                self.hear()
        return [self.waits[id_] for id_ in ids]


async def one_by_one(load: Load, count: int) -> list[float]:
    return [(await load.answered([await load.say(ASKED, number)]))[0] for number in range(count)]


async def texts(load: Load, done: asyncio.Event) -> list[str]:
    """One after the other until `done`."""
    ids: list[str] = []
    begun = time.monotonic()
    while not done.is_set():
        await asyncio.sleep(max(0.0, begun + len(ids) * EVERY_S - time.monotonic()))
        ids.append(await load.say(COMPLAINT))
    return ids


async def ten_pictures(load: Load, turn: int) -> list[float]:
    ids = []
    for number in range(AT_ONCE):
        ids.append(await load.say(ASKED, (turn * AT_ONCE + number) % ALONE))
        await asyncio.sleep(WITHIN_S / AT_ONCE)
    return await load.answered(ids)


async def ten_texts(load: Load, seconds: float) -> None:
    """In the place of ten pictures: as many messages, and as long."""
    until = time.monotonic() + seconds
    for _ in range(AT_ONCE):
        await load.say(COMPLAINT)
        await asyncio.sleep(WITHIN_S / AT_ONCE)
    await asyncio.sleep(until - time.monotonic())


@dataclass
class Round:
    pictures: list[float]
    beside: list[float]
    """Waits of the texts that came while the pictures were read."""
    without: list[float]

    def share(self) -> float:
        return _p(99, self.beside) / _p(99, self.without)


async def one_round(load: Load, turn: int) -> Round:
    pictures: list[float] = []

    async def read() -> None:
        pictures.extend(await ten_pictures(load, turn))

    async def talk() -> None:
        await ten_texts(load, WITHIN_S + pictures[-1])

    return Round(beside=await block(load, read), without=await block(load, talk), pictures=pictures)


async def block(load: Load, job: Callable[[], Awaitable[None]]) -> list[float]:
    """Waits of the texts that came while the job was done."""
    done = asyncio.Event()
    talk = asyncio.create_task(texts(load, done))
    await job()
    done.set()
    waits = await load.answered(await talk)
    await settled(load.http, load.address)
    return waits


@contextmanager
def served(files: Mapping[str, bytes]) -> Iterator[str]:
    """By a process of its own. Yields the origin."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        port = free_port()
        command = [sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d", folder, str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


async def measured() -> dict[str, float]:
    load_of_others = os.getloadavg()[0]
    with server() as url, tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            address, taker = await stack.enter_async_context(zalo())
            files = {str(number): sample.draw() for number, sample in enumerate(islice(samples(), ALONE))}
            origin = stack.enter_context(served(files))
            environ = {"REDIS_URL": url, "ZALO_OPENAPI_URL": address, "PICTURE_HOSTS": origin, **OPEN_DOORS}
            bot = await start_bot(stack, Path(folder), environ)
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
            load = Load(http, bot.address, origin, taker)
            await one_by_one(load, AT_ONCE)
            alone = await one_by_one(load, ALONE)
            rounds = [await one_round(load, turn) for turn in range(ROUNDS)]

    def median(of: Callable[[Round], float]) -> float:
        return statistics.median(of(each) for each in rounds)

    return {
        "load of others": load_of_others,
        "picture to reply, median, seconds": statistics.median(alone),
        "picture to reply, p95, seconds": _p(95, alone),
        "ten pictures at once, median reply, seconds": median(lambda each: statistics.median(each.pictures)),
        "ten pictures at once, last reply, seconds": median(lambda each: max(each.pictures)),
        "texts a round": median(lambda each: len(each.beside)),
        "text p50 without pictures, ms": 1000 * median(lambda each: _p(50, each.without)),
        "text p50 while pictures are read, ms": 1000 * median(lambda each: _p(50, each.beside)),
        "text p99 without pictures, ms": 1000 * median(lambda each: _p(99, each.without)),
        "text p99 while pictures are read, ms": 1000 * median(lambda each: _p(99, each.beside)),
        "text p99 while pictures are read, against without": median(Round.share),
        "least share of a round": min(each.share() for each in rounds),
        "greatest share of a round": max(each.share() for each in rounds),
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
