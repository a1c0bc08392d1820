"""Runs one task for each partition that this worker holds, and stops it when the partition goes to another worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

import structlog
from redis.exceptions import RedisError

from bot.store.leases import BEAT_S, FINISH_S, LEASE_MS, LeaseLost, Leases
from bot.worker.patience import stopped_within

log = structlog.get_logger(__name__)

Run = Callable[[int, asyncio.Event], Awaitable[None]]
"""Works on one partition until the event is set, then finishes what is in hand and returns."""


class Partitions:
    """Keeps the lease of this worker's partitions and the tasks that work on them."""

    def __init__(self, leases: Leases, run: Run) -> None:
        self._leases = leases
        self._run = run
        self._stop: dict[int, asyncio.Event] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._last_beat = 0.0

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set; then every partition is finished with and released."""
        while not stopping.is_set():
            await self._beat()
            await stopped_within(stopping, BEAT_S)
        await self._finish(set(self._tasks))
        try:
            await self._leases.leave()
        except (RedisError, OSError) as error:
            log.warning("leases not released", error=str(error))

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            holding = await self._leases.beat()
        except (RedisError, OSError) as error:
            log.warning("no beat", error=str(error))
            if loop.time() - self._last_beat > LEASE_MS / 1000:
                await self._finish(set(self._tasks))
            return
        self._last_beat = loop.time()
        await self._finish(set(self._tasks) - holding.held)
        surplus = holding.surplus & set(self._tasks)
        if surplus:
            await self._finish(surplus)
        await self._leases.release(*holding.surplus)
        for partition in holding.held - holding.surplus - set(self._tasks):
            stop = self._stop[partition] = asyncio.Event()
            self._tasks[partition] = asyncio.create_task(self._guarded(partition, stop))

    async def _finish(self, partitions: Collection[int]) -> None:
        for partition in partitions:
            self._stop.pop(partition).set()
        tasks = [self._tasks.pop(partition) for partition in partitions]
        if tasks:
            await asyncio.wait(tasks, timeout=FINISH_S)
        for task in tasks:
            task.cancel()

    async def _guarded(self, partition: int, stop: asyncio.Event) -> None:
        """A task never dies of an error: it says so and begins again from what is unfinished."""
        while not stop.is_set():
            try:
                await self._attempt(partition, stop)
            except LeaseLost:
                log.warning("lease lost", partition=partition)
                await stopped_within(stop, BEAT_S)
            except (RedisError, OSError) as error:
                log.warning("partition interrupted", partition=partition, error=str(error))
                await stopped_within(stop, BEAT_S)
            except Exception:
                log.exception("partition failed", partition=partition)
                await stopped_within(stop, BEAT_S)

    async def _attempt(self, partition: int, stop: asyncio.Event) -> None:
        """With an event of its own: what ends this attempt must not end the next one."""
        ended = asyncio.Event()

        async def pass_on() -> None:
            await stop.wait()
            ended.set()

        passing = asyncio.create_task(pass_on())
        try:
            await self._run(partition, ended)
        finally:
            passing.cancel()
