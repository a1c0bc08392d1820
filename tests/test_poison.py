"""What always fails is set aside with its traceback, and everybody else is answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.model import PersonId
from bot.store.dead_letters import dead_letters
from bot.store.keys import partition_of
from tests.scenarios.runner import Service, service
from tests.several import KEYS, settled, signed, zalo

LAN = PersonId("7000000000000000001")
INBOX, OUTBOX = KEYS.inbox(partition_of(LAN)), KEYS.outbox(partition_of(LAN))
REPLY = {"id": "r1", "chat": f"private:{LAN}", "text": "biểu đồ", "quote": "", "ref": "{}", "chart": "", "buttons": ""}
NO_JSON = {"kind": "zalo", "body": "{", "at": "1"}
NO_CHART = REPLY | {"chart": '{"title": 1}'}
NO_CHAT = {"id": "r2", "text": "thiếu"}


async def _ask(running: Service, number: int) -> None:
    raw, headers = signed(f"m{number}", LAN, "/toi", private=True)
    await running.http.post("/webhook/zalo", content=raw, headers=headers)


async def test_what_always_fails_is_set_aside_with_its_traceback_and_the_rest_goes_on(tmp_path: Path) -> None:
    async with zalo() as (address, taker):
        environ = {"ZALO_OPENAPI_URL": address, "RETRY_DELAYS_S": "0.05,0.05,0.05,0.05"}
        async with service(tmp_path, environ) as running:
            for number, (stream, entry) in enumerate([(INBOX, NO_JSON), (OUTBOX, NO_CHART), (OUTBOX, NO_CHAT)]):
                await running.store.xadd(stream, entry)  # type: ignore[arg-type]
                await _ask(running, number)
            async with asyncio.timeout(15):
                while len(letters := await dead_letters(running.store, KEYS, 10)) < 3:
                    await asyncio.sleep(0.02)
            await settled(running.http)
            figures = (await running.http.get("/metrics")).text
        assert sorted(letter.stream for letter in letters) == sorted([INBOX, OUTBOX, OUTBOX])
        assert all("Traceback" in letter.reason for letter in letters)
        assert "bot_message_failures_total" in figures
        answered = [body["message"].get("quote_message_id") for body in taker.said]
        assert answered == ["m0", "m1", "m2"]


async def test_a_message_that_the_store_always_refuses_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    async with service(tmp_path, {}) as running:
        await running.store.lpush(KEYS.tickets_asked(LAN), "no set")
        await _ask(running, 0)
        async with asyncio.timeout(20):
            while not await dead_letters(running.store, KEYS, 10):
                await asyncio.sleep(0.05)
        await running.store.delete(KEYS.tickets_asked(LAN))
        await _ask(running, 1)
        await settled(running.http)
        said = (await running.http.get("/sandbox/api/state")).json()["messages"]
    assert len([each for each in said if each["sender"] != LAN]) == 1
