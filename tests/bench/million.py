"""The desk with 1,000,000 tickets in the store, 500 of them open: what a ticket and a day of figures take in Redis, and
how long commands and pages take then."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from bot.model import IntentId, MessageId, PersonId, Reporter, Ticket, TicketEvent
from bot.store.codec import TICKET, TICKET_EVENT, to_json
from bot.store.connection import Client, connect
from bot.store.streams import lengths
from tests.bench.floor import Beside
from tests.bench.pages import SECRET, page, supervisor
from tests.bench.store import server
from tests.bench.taker import taker
from tests.bench.throughput import OPEN_DOORS
from tests.several import GROUP, KEYS, signed, start_bot

TICKETS: Final = 1_000_000
OPEN: Final = 500
BATCH: Final = 2_000
TECHNICIAN: Final = PersonId("7000000000000000009")
DAY_MS: Final = 24 * 3600 * 1000
PAGES: Final = {
    "ticket board": "tickets",
    "closed tickets": "tickets?state=closed",
    "one ticket": f"tickets/{TICKETS // 2}",
    "tickets with words that none has": "tickets?state=all&q=khongcotunaynhuvay",
}
COMMANDS: Final = ("/ds", "/ds tre", f"/xem {TICKETS // 2}", f"/nhan {TICKETS - 3}")


def ticket(number: int, now_ms: int) -> Ticket:
    opened_ms = now_ms - (TICKETS - number) * 60_000
    reporter = Reporter(PersonId(f"73{number % 500:017}"), GROUP, MessageId(f"m{number}"))
    told = Ticket(
        number, IntentId("payment"), "new", "hs không thanh toán được, nhờ xem giúp em", opened_ms, (reporter,),
        (f"H20.27.21-250120-{number % 10_000:04}",), history=(TicketEvent(opened_ms, reporter.person, "opened"),),
    )  # fmt: skip
    if number > TICKETS - OPEN:
        return told
    done = TicketEvent(opened_ms + 900_000, TECHNICIAN, "resolved", "đã đồng bộ lại")
    return replace(
        told, state="closed", owner=TECHNICIAN, resolved_ms=done.at_ms, stopped_ms=done.at_ms,
        resolution="đã đồng bộ lại", history=(*told.history, done),
    )  # fmt: skip


async def fill(store: Client, now_ms: int) -> float:
    """Bytes a ticket, with its indexes."""
    before = await _used(store)
    for first in range(1, TICKETS + 1, BATCH):
        pipe: Any = store.pipeline(transaction=False)
        made = [ticket(number, now_ms) for number in range(first, min(first + BATCH, TICKETS + 1))]
        by_time = {each.number: each.opened_ms for each in made}
        pipe.mset({KEYS.ticket(each.number): to_json(TICKET, each, exclude={"history"}) for each in made})
        for each in made:
            pipe.rpush(KEYS.ticket_history(each.number), *(to_json(TICKET_EVENT, event) for event in each.history))
            pipe.zadd(KEYS.tickets_by(each.reporters[0].person), {each.number: each.opened_ms})
        pipe.zadd(KEYS.all_tickets(), by_time)
        pipe.zadd(KEYS.named_tickets(), by_time)
        still = {each.number: each.opened_ms for each in made if each.state == "new"}
        if still:
            pipe.zadd(KEYS.open_tickets(), still)
        await pipe.execute()
    await store.set(KEYS.last_ticket(), TICKETS)
    return (await _used(store) - before) / TICKETS


async def _used(store: Client) -> int:
    return int((await store.info("memory"))["used_memory"])


def measured() -> dict[str, float]:
    return asyncio.run(_measured())


async def _measured() -> dict[str, float]:
    async with AsyncExitStack() as stack:
        url, zalo = stack.enter_context(server()), stack.enter_context(taker())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = connect(url)
        stack.push_async_callback(store.aclose)
        now_ms = time.time_ns() // 1_000_000
        ticket_bytes = await fill(store, now_ms)
        environ = {"REDIS_URL": url, "ZALO_OPENAPI_URL": zalo.address, "ZALO_OAUTH_URL": zalo.address, **OPEN_DOORS}
        environ["TECHNICIAN_IDS"] = TECHNICIAN
        bot = await start_bot(stack, folder, environ)
        await asyncio.sleep(3)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=bot.address, cookies={"to-ho-tro": SECRET}, timeout=60)
        )
        await supervisor(store, KEYS)
        beside = Beside(http, zalo)
        for name, path in PAGES.items():
            await beside.time(f"a million tickets: {name}", partial(page, http, path))
        for command in COMMANDS:
            await beside.time(f"a million tickets: {command}", partial(_command, http, store, command))
        day_bytes = await _day_bytes(store)
        return {"bytes a ticket": ticket_bytes, "bytes of a day's figures": day_bytes, **beside.figures()}


async def _command(http: httpx.AsyncClient, store: Client, command: str) -> None:
    """From the webhook until the answer is sent."""
    raw, headers = signed(f"c-{time.time_ns()}", TECHNICIAN, command)
    (await http.post("/webhook/zalo", content=raw, headers=headers)).raise_for_status()
    while any(await lengths(store, KEYS)):
        await asyncio.sleep(0.001)


async def _day_bytes(store: Client) -> float:
    """Of a day of 60 units and 12 errors, each with three outcomes."""
    day = date(2026, 1, 5)
    kinds = ("complaint", "self", "ticket")
    names = (f"{kind}|error-{error}|H20.{unit}" for kind in kinds for error in range(12) for unit in range(60))
    await store.hset(KEYS.counters(day), mapping=dict.fromkeys(names, 3))
    return float(await store.memory_usage(KEYS.counters(day)) or 0)
