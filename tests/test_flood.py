"""One person who writes without end: the others are answered as ever, and little of it is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.store.keys import partition_of
from tests.scenarios.runner import service
from tests.several import KEYS, settled, signed, zalo

FLOODER = "71" + "0" * 17
NEIGHBOUR = next(id_ for n in range(1, 999) if partition_of(id_ := f"71{n:017}") == partition_of(FLOODER))
"""Whose messages wait in the same stream."""


async def test_a_flood_of_one_person_keeps_nobody_waiting_and_fills_no_store(tmp_path: Path) -> None:
    async with zalo() as (address, taker):
        environ = {"ZALO_OPENAPI_URL": address, "MESSAGES_OF_PERSON": "20", "REPLIES_TO_PERSON": "5"}
        async with service(tmp_path, environ) as running:
            for number in range(300):
                text = f"em chuyển nhầm hs H20.21.01-250110-{number:04}, trả lại bước trước giúp em"
                raw, headers = signed(f"f{number}", FLOODER, text, private=True)
                assert (await running.http.post("/webhook/zalo", content=raw, headers=headers)).status_code == 200
            raw, headers = signed("n", NEIGHBOUR, "/toi", private=True)
            await running.http.post("/webhook/zalo", content=raw, headers=headers)
            async with asyncio.timeout(10):
                while not any(body["recipient"].get("user_id") == NEIGHBOUR for body in taker.said):
                    await asyncio.sleep(0.01)
            await settled(running.http)
            tickets = await running.store.zcard(KEYS.all_tickets())
        to_flooder = [body for body in taker.said if body["recipient"].get("user_id") == FLOODER]
        # a minute may end in between
        assert 20 <= tickets <= 40
        assert len(to_flooder) <= 2 * (5 + 1)
