"""The daily clearing out, and what is learnt from the days before: looks now and then whether the day's is still to be
done, and does it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from redis.exceptions import RedisError

from bot.settings import Keep
from bot.store.connection import Client
from bot.store.contagion import learn_drawn
from bot.store.keys import Keys
from bot.store.retention import claim_day, clear_out, give_day_back
from bot.worker.clock import now_ms
from bot.worker.patience import stopped_within

LOOK_S: Final = 600.0
log = structlog.get_logger(__name__)


async def run_retention(client: Client, keys: Keys, keep: Keep, zone: ZoneInfo, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await _once_a_day(client, keys, keep, zone)
        except (RedisError, OSError) as error:
            log.warning("not cleared out", error=type(error).__name__)
        except Exception:
            log.exception("clearing out failed")
        await stopped_within(stopping, LOOK_S)


async def _once_a_day(client: Client, keys: Keys, keep: Keep, zone: ZoneInfo) -> None:
    at_ms = now_ms()
    day = datetime.fromtimestamp(at_ms / 1000, zone).date()
    if not await claim_day(client, keys, day):
        return
    try:
        removed = await clear_out(client, keys, keep, zone, at_ms)
        drawn = await learn_drawn(client, keys, zone, at_ms)
    except BaseException:
        await give_day_back(client, keys, day)
        raise
    log.info("cleared out", **{what: count for what, count in removed.items() if count})
    log.info("learnt how often a report draws another", within_five_minutes=round(drawn, 3))
