"""Webhooks that one process verifies and stores, beside a bare route that does the same and nothing else."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.settings import SANDBOX_APP_ID
from bot.store.connection import Client, connect
from bot.zalo.signature import verify
from tests.bench.figures import BARE
from tests.bench.load import Told, hammer
from tests.bench.store import server
from tests.bench.throughput import OPEN_DOORS
from tests.ports import free_port
from tests.several import signed, start_bot

READY_S: Final = 20.0
ROUNDS: Final = 3
MESSAGE: Final = signed("m1", "7000000000000000001", "chiều nay họp lúc 14h nha mọi người")


def _serve(url: str, port: int) -> None:
    """Read the body, check the same digest, one XADD."""
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
def bare(url: str) -> Iterator[str]:
    """Its address."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, port), daemon=True)
    process.start()
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.join()


def _wait(port: int) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def measured() -> dict[str, float]:
    return asyncio.run(_measured())


async def _measured() -> dict[str, float]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(server())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        client = connect(url)
        stack.push_async_callback(client.aclose)
        web = await start_bot(stack, folder, {"REDIS_URL": url, **OPEN_DOORS}, role="web")
        addresses = {"bare": stack.enter_context(bare(url)), "bot": web.address}
        full = await _hammered(client, addresses)
        rate = min(max(told.rate for told in each) for each in full.values()) / 2
        half = await _hammered(client, addresses, rate)
    most = {name: max(told.rate for told in each) for name, each in full.items()}
    p99 = {name: statistics.median(told.p99_ms for told in each) for name, each in half.items()}
    return {
        BARE: most["bare"],
        "webhook, requests a second": most["bot"],
        "webhook, p99 at half load, ms": p99["bot"],
        "webhook, p99 at half load against a bare route": p99["bot"] / p99["bare"],
    }


async def _hammered(client: Client, addresses: dict[str, str], rate: float | None = None) -> dict[str, list[Told]]:
    """In turns, so that what else the machine does meets all of them."""
    told: dict[str, list[Told]] = {name: [] for name in addresses}
    for _ in range(ROUNDS):
        for name, address in addresses.items():
            told[name].append(await asyncio.to_thread(hammer, address, MESSAGE, rate))
            await client.flushall()
    return told
