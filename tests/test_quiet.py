"""Messages that wait together: what needs no answer is passed over together, and everything else keeps its turn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from bot.model import MessageId
from bot.store.connection import Client, connect
from bot.store.schema import CURRENT
from bot.store.streams import append_to_inbox, create_groups
from tests.bench.store import server
from tests.several import KEYS, Zalo, settled, signed, start_bot, zalo

CHATTER = "chiều nay họp lúc 14h nha mọi người nhớ mang theo giấy mời"
LAN, KHOI = "7000000000000000001", "7000000000000000002"


class Backlog:
    """What came in while no worker ran."""

    def __init__(self, store: Client) -> None:
        self._store = store
        self._count = 0

    async def say(self, person: str, text: str, id_: str = "") -> None:
        self._count += 1
        body, _ = signed(id_ or f"m{self._count}", person, text)
        now_ms = time.time_ns() // 1_000_000
        await append_to_inbox(self._store, KEYS, person=person, body=body.decode(), at_ms=now_ms)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def _opened(stack: AsyncExitStack, url: str) -> tuple[Client, Backlog]:
    store = connect(url)
    stack.push_async_callback(store.aclose)
    await create_groups(store, KEYS)
    await store.set(KEYS.schema(), CURRENT)
    return store, Backlog(store)


async def _worked_off(stack: AsyncExitStack, url: str, folder: Path) -> Zalo:
    address, taker = await stack.enter_async_context(zalo())
    bot = await start_bot(stack, folder, {"REDIS_URL": url, "ZALO_OPENAPI_URL": address, "LOG_LEVEL": "error"})
    async with httpx.AsyncClient() as http:
        await settled(http, bot.address)
    return taker


async def _round_trips(store: Client) -> int:
    return int((await store.info("stats"))["total_reads_processed"])


async def test_a_backlog_of_talk_is_worked_off_with_less_than_a_round_trip_a_message(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    with server() as url:
        store, backlog = await _opened(stack, url)
        for number in range(1000):
            await backlog.say(f"71{number % 100:017}", CHATTER)
        before = await _round_trips(store)
        taker = await _worked_off(stack, url, tmp_path)
        assert await _round_trips(store) - before < 1000
        assert await store.exists(*(KEYS.done(MessageId(f"m{number}")) for number in range(1, 1001))) == 1000
        assert taker.said == []


async def test_what_is_said_between_two_complaints_of_a_person_changes_neither(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    with server() as url:
        store, backlog = await _opened(stack, url)
        await backlog.say(LAN, CHATTER)
        await backlog.say(LAN, "em chuyển nhầm hs H20.29.15-250120-0056, trả lại giúp")
        await backlog.say(KHOI, CHATTER)
        await backlog.say(LAN, "dạ họp xong em xem lại ạ")
        await backlog.say(LAN, CHATTER, id_="m1")
        await backlog.say(KHOI, "hs H20.27.21-250120-0099 không thanh toán được")
        taker = await _worked_off(stack, url, tmp_path)
        said = [each["message"]["text"] for each in taker.said]
        assert sum("phiếu #1" in text for text in said) == 1
        assert sum("Đồng bộ lại" in text for text in said) == 1
        assert await store.get(KEYS.last_ticket()) == "1"


async def test_a_message_that_came_twice_among_others_has_one_effect_and_holds_up_nobody(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    with server() as url:
        store, backlog = await _opened(stack, url)
        for _ in range(3):
            await backlog.say(LAN, CHATTER, id_="same")
            await backlog.say(KHOI, CHATTER)
        await _worked_off(stack, url, tmp_path)
        assert await store.exists(*(KEYS.done(MessageId(each)) for each in ("same", "m2", "m4", "m6"))) == 4
