"""Waiting that ends at once when the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final

import structlog
from redis.exceptions import RedisError

STORE_DELAY_S: Final = 0.5
log = structlog.get_logger(__name__)


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Waits; True as soon as `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def until_one_ends(*jobs: Coroutine[None, None, None], stop: asyncio.Event) -> None:
    """Jobs that all end when `stop` is set. Raises what the first of them raises, and ends the others."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def until_stored(write: Callable[[], Awaitable[None]], stop: asyncio.Event) -> bool:
    """Writes again and again while the store is away: what was done outside must not be forgotten. False when `stop`
    was set before it was written."""
    while True:
        try:
            await write()
        except (RedisError, OSError) as error:
            log.warning("store away", error=str(error))
            if await stopped_within(stop, STORE_DELAY_S):
                return False
        else:
            return True
