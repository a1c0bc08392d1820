"""Moves timers that fall due into the inbox, and tells /metrics how much waits."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.streams import lengths
from bot.store.timers import BATCH, move_due
from bot.worker.patience import stopped_within

TICK_S: Final = 0.5
log = structlog.get_logger(__name__)


async def run_clock(client: Client, keys: Keys, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            while await move_due(client, keys, now_ms()) == BATCH:
                pass
            inbox, outbox = await lengths(client, keys)
            metrics.lag(inbox, outbox)
        except (RedisError, OSError) as error:
            log.warning("clock stands still", error=str(error))
        await stopped_within(stopping, TICK_S)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
