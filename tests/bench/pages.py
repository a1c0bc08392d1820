"""How long the pages take on a simulated year of 500,000 messages and 30,000 tickets: the median of some requests of
each, from the request to the last byte, and the slowest of all."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from bot.settings import SANDBOX_OA_ID
from bot.store.connection import Client, connect
from bot.store.keys import Keys
from bot.store.page_sessions import digest
from tests.bench.floor import Beside
from tests.bench.store import server
from tests.bench.taker import taker
from tests.several import start_bot

SECRET: Final = "bench"
DAYS: Final = 365


def addresses() -> dict[str, str]:
    today = date.today()
    month, year = (f"from={today - timedelta(days=days - 1)}&to={today}" for days in (30, DAYS))
    return {
        "day": "day",
        "day of four weeks ago": f"day?from={today - timedelta(days=28)}",
        "month": f"day?{month}",
        "month of one unit": f"day?{month}&unit=H20.27",
        "year": f"day?{year}",
        "chart of the month": f"charts/errors.svg?{month}",
        "complaints of a day": f"cases?from={today - timedelta(days=28)}",
        "complaints of a month, filtered": f"cases?{month}&intent=payment&outcome=self",
        "complaints of a year, rare": f"cases?{year}&unit=H20.99",
        "open tickets": "tickets",
        "resolved tickets": "tickets?state=closed",
        "tickets of one unit": "tickets?state=all&unit=H20.27",
        "tickets with words that none has": "tickets?state=all&q=khongcotunaynhuvay",
        "tickets that were solved in a month": f"tickets?done=resolve&{month}",
        "one ticket": "tickets/15000",
        "questions": "questions",
    }


async def supervisor(client: Client, keys: Keys) -> None:
    """A session in the store, as the link of /bang would begin it."""
    roles = await client.hgetall(keys.roles())
    person = next(str(person) for person, role in roles.items() if role == "supervisor")
    await client.set(keys.page_session(digest(SECRET)), f"0|{person}", ex=3600)


async def page(http: httpx.AsyncClient, path: str) -> None:
    (await http.get(f"/dashboard/{path}")).raise_for_status()


def measured() -> dict[str, float]:
    with server() as url, tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "REDIS_URL": url, "DATA_DIR": folder}
        subprocess.run([sys.executable, "-m", "bot", "simulate", "--days", str(DAYS)], env=environ, check=True)
        return asyncio.run(_measured(Path(folder), url))


async def _measured(folder: Path, url: str) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        nothing = stack.enter_context(taker())
        client = connect(url)
        stack.push_async_callback(client.aclose)
        bot = await start_bot(stack, folder, {"REDIS_URL": url, "LOG_LEVEL": "error"})
        await supervisor(client, Keys(SANDBOX_OA_ID))
        cookies = {"to-ho-tro": SECRET}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=bot.address, cookies=cookies, timeout=60))
        beside = Beside(http, nothing)
        for name, path in addresses().items():
            await beside.time(f"page: {name}", partial(page, http, path))
        return {**beside.figures(), "page: the slowest request of all, ms": beside.slowest_ms}
