"""Talk that needs no answer is done with at the door; what a person says before and after it keeps its order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.model import MessageId
from bot.store.connection import Client, connect
from bot.store.keys import PARTITIONS
from bot.store.streams import append_to_inbox
from tests.bench.store import server
from tests.several import KEYS, Zalo, settled, signed, start_bot, zalo

CHATTER = "chiều nay họp lúc 14h nha mọi người nhớ mang theo giấy mời"
COMPLAINT = "hs H20.27.21-250120-{:05} không thanh toán được"
STEPS = "Lỗi thanh toán: tra cứu"
THANKS = "được rồi cảm ơn ad nha"
END = "vậy là xong"
FOUR = [f"71{number:017}" for number in range(4)]
"""One less than make an incident."""
ROUNDS = 10
OPEN = {"REPLIES_TO_PERSON": "1000", "REPLIES_IN_GROUP": "1000", "LOG_LEVEL": "error"}


@dataclass
class Group:
    store: Client
    http: httpx.AsyncClient
    taker: Zalo

    async def say(self, id_: str, person: str, text: str) -> None:
        raw, headers = signed(id_, person, text)
        (await self.http.post("/webhook/zalo", content=raw, headers=headers)).raise_for_status()

    async def stored(self) -> int:
        """Events that were put into the inbox so far."""
        told = [await self.store.xinfo_stream(KEYS.inbox(partition)) for partition in range(PARTITIONS)]
        return sum(int(each["entries-added"]) for each in told)

    async def is_done(self, id_: str) -> bool:
        return bool(await self.store.exists(KEYS.done(MessageId(id_))))

    @property
    def said(self) -> list[str]:
        return [each["message"]["text"] for each in self.taker.said]


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[Group]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(server())
        address, taker = await stack.enter_async_context(zalo())
        bot = await start_bot(stack, tmp_path, {"REDIS_URL": url, "ZALO_OPENAPI_URL": address, **OPEN})
        store = connect(url)
        stack.push_async_callback(store.aclose)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=bot.address, timeout=20))
        found = Group(store, http, taker)
        async with asyncio.timeout(20):
            while not await _is_open(found):
                await asyncio.sleep(0.05)
        yield found


async def _is_open(group: Group) -> bool:
    """Once the process works on all partitions, talk passes."""
    before = await group.stored()
    for number in range(30):
        await group.say(f"try-{time.monotonic()}-{number}", f"72{number:017}", CHATTER)
    return await group.stored() == before


async def test_talk_is_done_when_it_is_accepted_and_never_waits(group: Group) -> None:
    before = await group.stored()
    for number in range(40):
        await group.say(f"m{number}", f"71{number:017}", CHATTER)
        assert await group.is_done(f"m{number}")
    assert (await group.stored(), group.said) == (before, [])


async def test_what_is_said_right_behind_a_complaint_is_heard_as_its_answer(group: Group) -> None:
    async def converse(person: str) -> None:
        for number in range(ROUNDS):
            await group.say(f"c{person}-{number}", person, COMPLAINT.format(number))
            await group.say(f"t{person}-{number}", person, THANKS)

    await asyncio.gather(*map(converse, FOUR))
    await settled(group.http)
    assert sum(END in text for text in group.said) == len(FOUR) * ROUNDS
    assert len(group.said) == 2 * len(FOUR) * ROUNDS


async def test_what_another_process_stored_a_moment_ago_comes_first(group: Group) -> None:
    async def converse(person: str) -> None:
        for number in range(ROUNDS):
            body = signed(f"c{person}-{number}", person, COMPLAINT.format(number))[0].decode()
            now_ms = time.time_ns() // 1_000_000
            await append_to_inbox(group.store, KEYS, person=person, body=body, at_ms=now_ms)
            await group.say(f"t{person}-{number}", person, THANKS)

    await asyncio.gather(*map(converse, FOUR))
    await settled(group.http)
    assert sum(END in text for text in group.said) == len(FOUR) * ROUNDS
    assert len(group.said) == 2 * len(FOUR) * ROUNDS


async def test_where_another_worker_has_taken_over_talk_goes_into_the_inbox(group: Group) -> None:
    before = await group.stored()
    for partition in range(PARTITIONS):
        await group.store.set(KEYS.lease(partition), "another", px=60_000)
    await group.say("m", "7100000000000000001", CHATTER)
    assert await group.stored() == before + 1
    assert not await group.is_done("m")
    await group.store.delete(*map(KEYS.lease, range(PARTITIONS)))
    async with asyncio.timeout(20):
        while not await group.is_done("m"):
            await asyncio.sleep(0.05)


async def test_talk_that_comes_again_has_no_second_effect_and_holds_up_nobody(group: Group) -> None:
    for _ in range(3):
        await asyncio.gather(*(group.say("same", "7100000000000000001", CHATTER) for _ in range(10)))
    await group.say("c", "7100000000000000001", COMPLAINT.format(1))
    await settled(group.http)
    assert sum(STEPS in text for text in group.said) == 1
    assert await group.is_done("same")
