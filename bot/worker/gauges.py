"""Tells /metrics every few seconds what waits, how long, and how the desk stands. Every process tells the same."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.store.connection import Client
from bot.store.keys import PARTITIONS, Keys
from bot.worker.patience import stopped_within
from bot.zalo.tokens import TokenKeeper

LOOK_S: Final = 5.0
log = structlog.get_logger(__name__)


async def run_gauges(client: Client, keys: Keys, tokens: TokenKeeper, stopping: asyncio.Event) -> None:
    while True:
        try:
            await look(client, keys)
        except (RedisError, OSError) as error:
            log.warning("gauges stand still", error=str(error))
        if tokens.age_s is not None:
            metrics.token_age(tokens.age_s)
        if await stopped_within(stopping, LOOK_S):
            return


async def look(client: Client, keys: Keys) -> None:
    """One round trip, whatever the number of tickets; one more where technicians hold some."""
    now_ms = time.time_ns() // 1_000_000
    pipe = client.pipeline(transaction=False)
    pipe.set(keys.alive(), now_ms)
    streams = {"inbox": keys.inbox, "outbox": keys.outbox}
    for key in streams.values():
        for partition in range(PARTITIONS):
            pipe.xlen(key(partition))
            pipe.xrange(key(partition), count=1)
    pipe.zrange(keys.timers(), 0, 0, withscores=True)
    pipe.zcard(keys.open_tickets())
    pipe.hkeys(keys.roles())
    pipe.xlen(keys.dead_letters())
    _, *found = await pipe.execute()
    for name in streams:
        lengths, oldest = found[0 : 2 * PARTITIONS : 2], found[1 : 2 * PARTITIONS : 2]
        del found[: 2 * PARTITIONS]
        began_ms = min((int(entries[0][0].partition("-")[0]) for entries in oldest if entries), default=now_ms)
        metrics.waiting(name, sum(lengths), max(0, now_ms - began_ms) / 1000)
    timers, open_tickets, people, dead = found
    metrics.timers_late(max(0.0, now_ms - timers[0][1]) / 1000 if timers else 0.0)
    metrics.dead_letters(dead)
    claimed = await _claimed(client, keys, people)
    metrics.tickets(claimed=claimed, unclaimed=max(0, open_tickets - claimed))


async def _claimed(client: Client, keys: Keys, people: list[str]) -> int:
    if not people:
        return 0
    pipe = client.pipeline(transaction=False)
    for person in people:
        pipe.scard(keys.tickets_held_by(person))  # type: ignore[arg-type]
    return sum(await pipe.execute())
