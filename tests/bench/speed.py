"""`python -m tests.bench.speed`: how fast the service is, and what it costs, on this machine.

Figures that depend on the machine are also given as ratios to a floor of the same run. They are written to speed.json
beside this file; what fell by more than a fifth against the figures kept there is marked. Needs Debian's wrk.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import uvicorn
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.settings import SANDBOX_APP_ID
from bot.store.connection import connect
from bot.zalo.signature import verify
from tests.bench import throughput
from tests.bench.load import Told, hammer
from tests.bench.store import server
from tests.bench.throughput import OPEN_DOORS, rss_mb
from tests.ports import free_port
from tests.process import bot_process
from tests.several import signed, start_bot

KEPT: Final = Path(__file__).with_suffix(".json")
ROUNDS: Final = 3
MESSAGE: Final = signed("m1", "7000000000000000001", "chiều nay họp lúc 14h nha mọi người")
WORSE: Final = 0.8
LOWER_IS_BETTER: Final = ("round trips", "commands", "MB", "seconds", "bytes")


def bare(url: str, port: int) -> None:
    """The floor: read the body, check the same digest, one XADD; nothing else."""
    client = connect(url)

    async def take(request: Request) -> Response:
        body = await request.body()
        event = json.loads(body)
        if not verify(SANDBOX_APP_ID, body, event["timestamp"], "sandbox", request.headers["x-zevent-signature"]):
            return Response(status_code=403)
        await client.xadd("bare", {"kind": "zalo", "body": body.decode(), "at": "0"})
        return Response()

    app = Starlette(routes=[Route("/webhook/zalo", take, methods=["POST"])])
    uvicorn.run(app, port=port, log_config=None, access_log=False, loop="uvloop", http="httptools")


async def webhook() -> dict[str, float]:
    with server() as url:
        port = free_port()
        floor = multiprocessing.get_context("spawn").Process(target=bare, args=(url, port), daemon=True)
        floor.start()
        client = connect(url)
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                web = await start_bot(stack, Path(folder), {"REDIS_URL": url, **OPEN_DOORS}, role="web")
                full: dict[str, list[Told]] = {"bot": [], "bare": []}
                half: dict[str, list[Told]] = {"bot": [], "bare": []}
                for _ in range(ROUNDS):
                    for name, address in (("bare", f"http://127.0.0.1:{port}"), ("bot", web.address)):
                        full[name].append(await asyncio.to_thread(hammer, address, MESSAGE))
                        await client.flushall()
                rate = min(max(full[name]).rate for name in full) / 2
                for _ in range(ROUNDS):
                    for name, address in (("bare", f"http://127.0.0.1:{port}"), ("bot", web.address)):
                        half[name].append(await asyncio.to_thread(hammer, address, MESSAGE, rate))
                        await client.flushall()
        floor.kill()
        await client.aclose()
    bot, least = (max(full[name]).rate for name in ("bot", "bare"))
    p99, least_p99 = (statistics.median(told.p99_ms for told in half[name]) for name in ("bot", "bare"))
    return {
        "webhook, requests a second": bot,
        "webhook, share of a bare route": bot / least,
        "webhook, p99 at half load, ms": p99,
        "webhook, p99 at half load against a bare route": p99 / least_p99,
    }


def start() -> dict[str, float]:
    """A second start, with what was learnt on disk, to the first /ready; and the memory then."""
    with tempfile.TemporaryDirectory() as folder:
        with bot_process(Path(folder)):
            pass
        best, rss = 99.0, 0.0
        for _ in range(ROUNDS):
            began = time.monotonic()
            with bot_process(Path(folder)) as (_, process):
                best = min(best, time.monotonic() - began)
                rss = rss_mb(process.pid)
    return {"start to ready, seconds": best, "memory after the start, MB": rss}


def compared(found: dict[str, float]) -> bool:
    """Prints the table; True when a ratio or a count got worse by more than a fifth."""
    kept: dict[str, float] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    table, worse = Table("figure", "now", "kept", ""), False
    for name, value in found.items():
        before = kept.get(name)
        steady = any(word in name for word in ("share", "against", "commands", "round trips", "replies"))
        fell = False
        if before and steady:
            lower = any(word in name for word in LOWER_IS_BETTER) or "against" in name
            fell = before / value < WORSE if lower else value / before < WORSE
        worse |= fell
        table.add_row(name, f"{value:.2f}", f"{before:.2f}" if before else "", "worse" if fell else "")
    Console().print(table)
    return worse


async def measured() -> dict[str, float]:
    return {**await webhook(), **await throughput.measured()}


def main() -> None:
    found = {**start(), **asyncio.run(measured())}
    worse = compared(found)
    KEPT.write_text(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1) + "\n")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
