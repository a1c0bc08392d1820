"""Puts what the webhook takes into the inbox. What arrives while a round trip is under way goes with the next one, so
that a burst of messages costs few."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from bot.store.connection import Client
from bot.store.copies import append
from bot.store.keys import Keys
from bot.store.rounds import Command
from bot.store.streams import to_inbox

AT_ONCE: Final = 2
"""Round trips under way: one that hangs holds up nobody else."""


@dataclass(frozen=True, slots=True, eq=False)
class _Arrival:
    command: Command
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Arrivals:
    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._waiting: list[_Arrival] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def append(self, person: str, body: str, at_ms: int) -> None:
        """Returns when the event is stored. `person` decides the partition, and with it the order.

        Raises RedisError and OSError; the event may be stored all the same.
        """
        arrival = _Arrival(to_inbox(self._keys, person, body, at_ms))
        self._waiting.append(arrival)
        if len(self._under_way) < AT_ONCE:
            task = asyncio.create_task(self._store())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        await arrival.stored

    async def _store(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                failures = await append(self._client, [arrival.command for arrival in batch])
            except Exception as error:  # whoever waits for it is told
                failures = [error] * len(batch)
            for arrival, failure in zip(batch, failures, strict=True):
                if arrival.stored.done():
                    continue
                if failure:
                    arrival.stored.set_exception(failure)
                else:
                    arrival.stored.set_result(None)
