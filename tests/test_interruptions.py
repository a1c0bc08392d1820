"""Workers that lose their connection or their lease for a moment go on, and leave no message behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.store.keys import PARTITIONS
from bot.store.leases import hold_all, release_all
from tests.scenarios.runner import Service, service
from tests.several import signed
from tests.test_one_effect import settled


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
        await settled(running)
        assert await tickets(running) == 4 * PARTITIONS


async def test_a_lease_lost_for_a_moment_leaves_no_message_behind(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await report(running, 0)
        await settled(running)
        await hold_all(running.store, running.keys, "somebody else")
        for number in range(1, 4 * PARTITIONS):
            await report(running, number)
        await asyncio.sleep(0.3)
        await release_all(running.store, running.keys, "somebody else")
        await settled(running)
        assert await tickets(running) == 4 * PARTITIONS
        assert await running.store.xlen(running.keys.dead_letters()) == 0
