"""Moves timers that fall due into the inbox. The desk's own timers follow from each other; it sees to it that the first
of them is set."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot.dialogue.desk import first_timers
from bot.dialogue.rules import Rules
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.timers import BATCH, move_due, seed_timers
from bot.worker.patience import stopped_within

TICK_S: Final = 0.5
SEED_MS: Final = 60_000
log = structlog.get_logger(__name__)


async def run_clock(client: Client, keys: Keys, rules: Rules, stopping: asyncio.Event) -> None:
    seeded_ms = 0
    while not stopping.is_set():
        try:
            if now_ms() - seeded_ms >= SEED_MS:
                seeded_ms = now_ms()
                await seed_timers(client, keys, first_timers(rules, seeded_ms))
            while await move_due(client, keys, now_ms()) == BATCH:
                pass
        except (RedisError, OSError) as error:
            log.warning("clock stands still", error=str(error))
        await stopped_within(stopping, TICK_S)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
