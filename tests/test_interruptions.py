"""Workers that lose their connection or their lease for a moment go on, and leave no message behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.model import Chat, Ref
from bot.store.codec import REF, to_json
from bot.store.keys import CONSUMER_GROUP, PARTITIONS, partition_of
from bot.store.leases import hold_all, release_all
from bot.store.streams import CONSUMER
from tests.scenarios.runner import Service, service
from tests.several import KEYS, settled, signed, zalo

REFUSES_WRITES = {"read-only": ("min-replicas-to-write", "1"), "full": ("maxmemory", "1mb")}
"""What makes the server refuse them while it runs; 0 ends it."""


async def report(running: Service, number: int) -> None:
    """Each by another person, so that every partition has some."""
    text = f"em chuyển nhầm hs H20.21.{number:02}-250110-{number:04}, trả lại bước trước giúp em"
    raw, headers = signed(f"m{number}", f"71{number:017}", text)
    answer = await running.http.post("/webhook/zalo", content=raw, headers=headers)
    assert answer.status_code == 200


async def tickets(running: Service) -> int:
    return int(await running.store.get(running.keys.last_ticket()) or 0)


async def test_a_connection_that_breaks_stops_no_partition_for_good(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        for _ in range(2):
            await running.store.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await asyncio.sleep(0.2)
        for number in range(4 * PARTITIONS):
            await report(running, number)
        await settled(running.http)
        assert await tickets(running) == 4 * PARTITIONS


async def test_a_lease_lost_for_a_moment_leaves_no_message_behind(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await report(running, 0)
        await settled(running.http)
        await hold_all(running.store, running.keys, "somebody else")
        for number in range(1, 4 * PARTITIONS):
            await report(running, number)
        await asyncio.sleep(0.3)
        await release_all(running.store, running.keys, "somebody else")
        await settled(running.http)
        assert await tickets(running) == 4 * PARTITIONS
        assert await running.store.xlen(running.keys.dead_letters()) == 0


async def test_a_reply_that_was_read_and_got_lost_is_sent_and_holds_up_no_other(tmp_path: Path) -> None:
    person = "7200000000000000001"
    outbox = KEYS.outbox(partition_of(person))
    lost = {"id": "r1", "chat": f"private:{person}", "text": "phiếu #1", "quote": "", "chart": ""}
    lost["ref"] = to_json(REF, Ref(Chat("private", person)))
    async with zalo() as (address, taker), service(tmp_path, {"ZALO_OPENAPI_URL": address}) as running:
        pipe = running.store.pipeline(transaction=True)
        pipe.xadd(outbox, lost)  # type: ignore[arg-type]
        pipe.xreadgroup(CONSUMER_GROUP, CONSUMER, {outbox: ">"})
        await pipe.execute()
        raw, headers = signed("m1", person, "/toi", private=True)
        await running.http.post("/webhook/zalo", content=raw, headers=headers)
        await settled(running.http)
        said = [body["message"] for body in taker.said]
        assert said[0]["text"] == "phiếu #1"
        assert [message.get("quote_message_id") for message in said] == [None, "m1"]


@pytest.mark.parametrize("trouble", REFUSES_WRITES)
async def test_a_store_that_refuses_writes_makes_no_reply_go_out_twice_and_the_service_not_ready(
    tmp_path: Path, trouble: str
) -> None:
    setting, value = REFUSES_WRITES[trouble]
    async with zalo() as (address, taker), service(tmp_path, {"ZALO_OPENAPI_URL": address}) as running:
        taker.answer_s = 0.5
        for number in range(PARTITIONS):
            await report(running, number)
        async with asyncio.timeout(10):
            while len(taker.said) < PARTITIONS:
                await asyncio.sleep(0.01)
        await running.store.config_set(setting, value)
        await asyncio.sleep(2)
        ready = await running.http.get("/ready")
        raw, headers = signed("late", "7200000000000000001", "em chào cả nhà")
        refused = await running.http.post("/webhook/zalo", content=raw, headers=headers)
        await running.store.config_set(setting, "0")
        taker.answer_s = 0.0
        await settled(running.http)
        said = [message["message"]["text"] for message in taker.said]
        assert (ready.status_code, refused.status_code) == (503, 503)
        assert sorted(said) == sorted(set(said))
        assert await tickets(running) == PARTITIONS
