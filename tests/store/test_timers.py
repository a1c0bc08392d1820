"""Timers that follow from each other fire once, whatever the number of processes and restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.dialogue.desk import first_timers
from bot.dialogue.rules import USUAL
from bot.model import THE_BOT, Chat, Timer
from bot.store.connection import Client
from bot.store.keys import Keys, partition_of
from bot.store.timers import move_due, seed_timers, set_timers
from bot.store.transaction import Transaction
from bot.worker.clock import now_ms
from tests.scenarios.runner import ALWAYS_OPEN, Player, service
from tests.several import settled

KEYS = Keys("1")
MONDAY_0400_MS = 1_795_381_200_000
HOUR_MS = 3_600_000


async def test_of_many_processes_that_start_at_once_one_sets_and_one_moves_the_timers(
    redis_client: Client,
) -> None:
    timers = first_timers(USUAL, MONDAY_0400_MS)
    await asyncio.gather(*(seed_timers(redis_client, KEYS, timers) for _ in range(8)))
    moved = await asyncio.gather(*(move_due(redis_client, KEYS, MONDAY_0400_MS + 24 * HOUR_MS) for _ in range(8)))
    assert sum(moved) == await redis_client.xlen(KEYS.inbox(partition_of(THE_BOT))) == len(timers)


async def test_a_timer_that_is_due_is_not_moved_by_a_restart(redis_client: Client) -> None:
    await seed_timers(redis_client, KEYS, first_timers(USUAL, MONDAY_0400_MS))
    before = await redis_client.zrange(KEYS.timers(), 0, -1, withscores=True)
    await seed_timers(redis_client, KEYS, first_timers(USUAL, MONDAY_0400_MS + 30 * HOUR_MS))
    assert await redis_client.zrange(KEYS.timers(), 0, -1, withscores=True) == before


async def test_the_morning_list_is_sent_once_by_two_processes_and_not_again_after_a_restart(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    environ = ALWAYS_OPEN | {"MORNING_LIST": "07:00"}
    socket = f"unix://{first.resolve() / 'valkey.sock'}"
    lists = 0
    async with service(first, environ) as one:
        await Player(one).play("> Lan: /kythuat máy em hư rồi\n< phiếu #1\n< Phiếu #1")
        async with service(second, environ | {"REDIS_URL": socket}) as two:
            transaction = Transaction()
            due = Timer("desk|morning", now_ms(), "morning", Chat("private", THE_BOT), THE_BOT)
            set_timers(transaction, one.keys, [due])
            await transaction.commit(one.store)
            async with asyncio.timeout(20):
                while (await one.store.zscore(one.keys.timers(), due.id) or 0) <= due.due_ms:
                    await asyncio.sleep(0.02)
            await settled(one.http)
            await asyncio.sleep(1)  # for a second one
            for running in (one, two):
                said = (await running.http.get("/sandbox/api/state")).json()["messages"]
                lists += sum("Chào buổi sáng, 1 phiếu đang mở" in message["text"] for message in said)
        async with service(second, environ | {"REDIS_URL": socket}) as two:
            await asyncio.sleep(1)
            said = (await two.http.get("/sandbox/api/state")).json()["messages"]
            lists += sum("Chào buổi sáng" in message["text"] for message in said)
        score = await one.store.zscore(one.keys.timers(), "desk|morning")
    assert lists == 1
    assert score is not None
    assert score > now_ms()
