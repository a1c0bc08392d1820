"""Lets what takes seconds, reading a picture, go on beside the other messages of its partition.

A person's messages stay in order: while one of them is in a lane, the next ones of that person line up behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MOST_LANES: Final = 32
"""People of one partition whose messages wait; more of them make the partition wait."""


class Lanes:
    def __init__(self) -> None:
        self._lanes: dict[str, asyncio.Task[None]] = {}

    def holds(self, person: str) -> bool:
        return person in self._lanes

    async def put(self, person: str, job: Callable[[], Awaitable[None]]) -> None:
        """The job runs after what this person's lane holds already. Raises what a job raised before."""
        while len(self._lanes) >= MOST_LANES and person not in self._lanes:
            await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)
            self.sweep()
        self._lanes[person] = asyncio.create_task(_after(self._lanes.get(person), job))

    def sweep(self) -> None:
        """Forgets the lanes that are done. Raises what a job raised."""
        for person, task in list(self._lanes.items()):
            if task.done():
                del self._lanes[person]
                task.result()

    async def close(self, within_s: float) -> None:
        """Waits for what is in hand; what takes longer is left undone, for the next worker."""
        tasks = list(self._lanes.values())
        self._lanes.clear()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=within_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _after(before: asyncio.Task[None] | None, job: Callable[[], Awaitable[None]]) -> None:
    if before:
        await before
    await job()
