"""From the webhook to the call at Zalo's API, with what a busy day brings (mix.py).

How many messages a second by one to four worker processes and how long they work on one (which tells how they share the
work where there are fewer cores than processes; measured once more with a quarter of a processor for each worker, which
leaves enough for the others even where there are two), how long a reply takes at 200 messages a second, and what a
message costs in Redis: commands, those within scripts among them, and round trips, which are the times that the server
read from a connection, the webhook's among them and the bench's own not. Of messages that come alone they are counted
from the webhook to the reply marked as sent, without what a bot does that has nothing to do.

And what a process holds after 100,000 messages, which take a minute or two: all else here ends before what it remembers
is full.

Valkey, the load and the server in Zalo's place share the machine's cores with the bot.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from bot.store.connection import Client, connect
from bot.store.keys import PARTITIONS
from bot.store.streams import lengths
from tests.bench.load import Signed, pour
from tests.bench.mix import Line, lines, people
from tests.bench.share import can_share, shares
from tests.bench.store import server
from tests.bench.taker import Taker, taker
from tests.bench.usage import cpu_s, rss_mb
from tests.several import KEYS, Bot, signed, start_bot

MESSAGES: Final = 6_000
MANY: Final = 100_000
MOST_POURED: Final = 20_000
"""wrk's script holds no more than twice as many."""
COMPLAINTS: Final = 600
PACED: Final = 2_000
PACED_RATE: Final = 200.0
ALONE: Final = 100
ALONE_S: Final = 0.06
"""Between two messages that come alone; each is done long before the next one."""
COMMANDS: Final = "commands"
TRIPS: Final = "round trips"
LOOK_S: Final = 0.05
"""Between two looks whether all is done: more of them would take time from what is measured."""
WARM: Final = 300
MOST_WORKERS: Final = 4
IN_SHARES: Final = 1_000
WARM_IN_SHARES: Final = 3_000
ROUNDS: Final = 3
SHARE: Final = 0.25
"""Of a processor, for each worker: four of them leave half of two processors to all others."""
LEASES_S: Final = 3.0
"""Until the workers have shared out the partitions."""
OPEN_DOORS: Final = {
    "REPLIES_IN_GROUP": "100000",
    "REPLIES_TO_PERSON": "100000",
    "MESSAGES_OF_PERSON": "100000",
    "LOG_LEVEL": "error",
}


@dataclass(frozen=True)
class House:
    store: Client
    bots: Sequence[Bot]
    zalo: Taker
    own: Counter[str] = field(default_factory=Counter)
    """What the bench itself asked of the store."""

    @property
    def bot(self) -> Bot:
        return self.bots[0]

    def cpu_s(self) -> float:
        """What the bot's processes have worked so far."""
        return sum(cpu_s(bot.process.pid) for bot in self.bots)

    async def waiting(self) -> int:
        self.own.update({COMMANDS: 2 * PARTITIONS, TRIPS: 1})
        return sum(await lengths(self.store, KEYS))

    async def spent(self) -> Counter[str]:
        self.own.update({COMMANDS: 1, TRIPS: 1})
        told: dict[str, Any] = await self.store.info("stats")
        spent = Counter({COMMANDS: told["total_commands_processed"], TRIPS: told["total_reads_processed"]})
        spent.subtract(self.own)
        return spent


@asynccontextmanager
async def house(workers: int, warm: int = WARM) -> AsyncIterator[House]:
    """The whole service: `workers` processes, each of them with a webhook, as behind a balancer. `warm`: so many
    messages came before."""
    async with AsyncExitStack() as stack:
        url, zalo = stack.enter_context(server()), stack.enter_context(taker())
        folder = Path(stack.enter_context(TemporaryDirectory()))
        environ = {"REDIS_URL": url, "ZALO_OPENAPI_URL": zalo.address, "ZALO_OAUTH_URL": zalo.address, **OPEN_DOORS}
        bots = [await start_bot(stack, folder, environ) for _ in range(workers)]
        await asyncio.sleep(LEASES_S)
        store = connect(url)
        stack.push_async_callback(store.aclose)
        await store.hset(KEYS.names(), mapping=dict.fromkeys(people(), "Lan"))  # asked for in the first days
        found = House(store, bots, zalo)
        if warm:
            await _poured(found, _signed(list(lines(warm)), "warm"))
        yield found


def _signed(said: Sequence[Line], name: str) -> list[Signed]:
    return [signed(f"{name}-{number}", line.person, line.text, group=line.group) for number, line in enumerate(said)]


async def _poured(found: House, messages: list[Signed]) -> float:
    """Seconds until all of it is decided and sent. Each webhook takes its part, by as many connections as one would."""
    began = time.monotonic()
    count = len(found.bots)
    with ExitStack() as stack:
        pours = [
            stack.enter_context(pour(bot.address, messages[number::count])) for number, bot in enumerate(found.bots)
        ]
        while not all(are_taken() for are_taken in pours) or await found.waiting():
            await asyncio.sleep(LOOK_S)
        return time.monotonic() - began


async def rate(workers: int) -> dict[str, float]:
    said = list(lines(WARM + MESSAGES))[WARM:]
    async with house(workers) as found:
        heard, before, worked_s = len(found.zalo.seen()), await found.spent(), found.cpu_s()
        figures = {f"mixed, {workers} workers, messages a second": MESSAGES / await _poured(found, _signed(said, "m"))}
        figures[f"mixed, {workers} workers, CPU ms a message"] = (found.cpu_s() - worked_s) * 1000 / MESSAGES
        if workers > 1:
            return figures
        figures |= _per_message("mixed", before, await found.spent(), MESSAGES)
        figures["mixed, replies a message"] = (len(found.zalo.seen()) - heard) / MESSAGES
        figures["memory after these messages, MB"] = rss_mb(found.bot.process.pid)
        return figures


async def lasting() -> dict[str, float]:
    """The memory of one process that has heard much, of thousands of people."""
    async with house(1, warm=0) as found:
        pid = found.bot.process.pid
        before_mb = rss_mb(pid)
        said = lines(MANY)
        for begin in range(0, MANY, MOST_POURED):
            await _poured(found, _signed(list(islice(said, MOST_POURED)), f"l{begin}"))
        after_mb = rss_mb(pid)
    name = f"memory after {MANY:,} messages"
    return {f"{name}, MB": after_mb, f"{name}, against after the start": after_mb / before_mb}


async def in_shares() -> dict[str, float]:
    """How workers add up that have a part of a processor each, while most people have just said something before."""
    said, rates = list(lines(WARM_IN_SHARES + ROUNDS * IN_SHARES))[WARM_IN_SHARES:], []
    for workers in range(1, MOST_WORKERS + 1):
        async with house(workers, WARM_IN_SHARES) as found:
            with shares((bot.process.pid for bot in found.bots), SHARE):
                seconds = [
                    await _poured(found, _signed(said[begin : begin + IN_SHARES], f"s{begin}"))
                    for begin in range(0, len(said), IN_SHARES)
                ]
            rates.append(IN_SHARES / median(seconds))
    name = "mixed, a quarter of a processor each"
    figures = {f"{name}, messages a second of {workers} workers": rate for workers, rate in enumerate(rates, 1)}
    more = enumerate(rates[1:], 2)
    return figures | {f"{name}, {workers} workers, share of one": rate / rates[0] for workers, rate in more}


async def alike(name: str, kinds: frozenset[str], count: int) -> dict[str, float]:
    """Messages of one kind only, one process."""
    said = [line for line in lines(100 * count) if line.kind in kinds][:count]
    async with house(1) as found:
        before = await found.spent()
        seconds = await _poured(found, _signed(said, name))
        costs = _per_message(name, before, await found.spent(), count)
        return {f"{name}, messages a second": count / seconds, **costs}


def _per_message(name: str, before: Counter[str], after: Counter[str], count: int) -> dict[str, float]:
    return {f"{name}, {what} a message": (after[what] - before[what]) / count for what in after}


async def alone(kinds: dict[str, str]) -> dict[str, float]:
    """Round trips for messages that come one after the other; `kinds` by the name of the figure."""
    figures = {}
    for name, kind in kinds.items():
        said = [line for line in list(lines(WARM + 100 * ALONE))[WARM:] if line.kind == kind][:ALONE]
        async with house(1) as found, httpx.AsyncClient(timeout=30) as http:
            nothing = await _spent_on(found, http, [None] * ALONE)
            all_ = await _spent_on(found, http, _signed(said, name))
            figures[f"{name} alone, round trips"] = (all_ - nothing) / ALONE
    return figures


async def _spent_on(found: House, http: httpx.AsyncClient, messages: Sequence[Signed | None]) -> int:
    """Round trips while these messages come in, or none in their place, in the same time: the bot looks after its
    timers and leases meanwhile. Waits for entries, which no message here ends, are left out."""
    before, began_s = await found.spent() - await _waits(found), time.monotonic()
    for number, message in enumerate(messages, 1):
        if message:
            raw, headers = message
            (await http.post(f"{found.bot.address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()
        await asyncio.sleep(began_s + number * ALONE_S - time.monotonic())
    after = await found.spent() - await _waits(found)
    return after[TRIPS] - before[TRIPS]


async def _waits(found: House) -> Counter[str]:
    """How often a worker waited for the entries of a stream: a commit asks for its position before it reads one."""
    found.own.update({COMMANDS: 1, TRIPS: 1})
    told: dict[str, Any] = await found.store.info("commandstats")
    read, by_commits = (told.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("xreadgroup", "xinfo|groups"))
    return Counter({TRIPS: read - by_commits})


async def pace() -> dict[str, float]:
    """Milliseconds from a webhook's 200 to the reply at Zalo's API, at about 200 messages a second, and beside what
    the webhook itself takes until its 200."""
    said = list(lines(WARM + PACED))[WARM:]
    dice, accepted, answered_ms = random.Random(1), dict[str, float](), list[float]()
    async with house(1) as found, httpx.AsyncClient(timeout=30) as http:

        async def send(id_: str, message: Signed) -> None:
            raw, headers = message
            began_s = time.time()
            (await http.post(f"{found.bot.address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()
            accepted[id_] = time.time()
            answered_ms.append((accepted[id_] - began_s) * 1000)

        async with asyncio.TaskGroup() as sending:
            for number, message in enumerate(_signed(said, "p")):
                sending.create_task(send(f"p-{number}", message))
                await asyncio.sleep(dice.expovariate(PACED_RATE))
        while await found.waiting():
            await asyncio.sleep(0.02)
        came: dict[str, float] = {}
        for quote, at_s in found.zalo.seen():
            came.setdefault(quote, at_s)
    took = [(came[id_] - at_s) * 1000 for id_, at_s in accepted.items() if id_ in came]
    p99_ms, answered_p99_ms = (quantiles(each, n=100)[98] for each in (took, answered_ms))
    return {
        "reply at 200 a second, median ms": median(took),
        "reply at 200 a second, median against the webhook's answer": median(took) / median(answered_ms),
        "reply at 200 a second, p99 ms": p99_ms,
        "reply at 200 a second, p99 against the webhook's answer": p99_ms / answered_p99_ms,
    }


def measured() -> dict[str, float]:
    return asyncio.run(_measured())


async def _measured() -> dict[str, float]:
    figures = await pace()
    figures |= await alike("talk", frozenset({"talk"}), MESSAGES)
    figures |= await alike("complaints", frozenset({"complaint", "ticket"}), COMPLAINTS)
    figures |= await alone({"a complaint": "complaint", "a line of talk": "talk", "a new ticket": "ticket"})
    for workers in range(1, MOST_WORKERS + 1):
        figures |= await rate(workers)
    figures |= await lasting()
    if can_share():
        figures |= await in_shares()
    one, two = (figures[f"mixed, {workers} workers, messages a second"] for workers in (1, 2))
    alone_ms, shared_ms = (figures[f"mixed, {workers} workers, CPU ms a message"] for workers in (1, 2))
    figures["mixed, two workers, share of one"] = two / one
    figures["mixed, two workers, CPU a message against one"] = shared_ms / alone_ms
    return figures
