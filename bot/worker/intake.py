"""What comes into one partition of the inbox or the outbox, each entry once and in the stream's order: first what was
read before and not finished, then what is read, and what commits of this process bring (`store/commits.py`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Final, Protocol

from redis.exceptions import RedisError

from bot.store import streams
from bot.store.commits import Commits, Outlet
from bot.store.connection import Client
from bot.store.streams import Entry

READ_COUNT: Final = 64
BLOCK_MS: Final = 400
LOOK_S: Final = 30.0
"""Between two looks for entries that were read and are in nobody's hand."""


class Missed(RedisError):
    """Entries were read from the stream and are in nobody's hand: its partition begins anew with what is unfinished."""


class Desk(Protocol):
    """Where the entries of a partition are worked on."""

    def put(self, entry: Entry, *, unfinished: bool) -> None:
        """`unfinished`: somebody had it in hand before."""

    @property
    def has_room(self) -> bool:
        """Entries that wait are safe in the stream: there is no need to hold many of them."""

    async def make_room(self, stop: asyncio.Event) -> None: ...

    @property
    def is_idle(self) -> bool:
        """Nothing is in hand."""

    async def tidy(self) -> None:
        """Now and then, several times a second."""


class Intake:
    def __init__(self, client: Client, reader: Client, commits: Commits) -> None:
        """`reader` waits for entries."""
        self._client = client
        self._reader = reader
        self._commits = commits
        self._looked_s: dict[str, float] = {}
        """When each stream was last looked through, by the monotonic clock."""

    async def run(self, stream: str, desk: Desk, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises Missed, and what the store raises."""
        outlet = Outlet(stream, partial(desk.put, unfinished=False), lambda: desk.has_room)
        self._commits.begin(outlet)
        try:
            last = await streams.last_read(self._client, stream)  # before: what is read meanwhile must leave a gap
            async for entry in self._unfinished(stream):
                desk.put(entry, unfinished=True)
                last = max(last, entry.id, key=streams.place)
                await desk.make_room(stop)
            outlet.open(last)
            while not stop.is_set():
                gap, entries = outlet.gap, await self._read(stream, streams.FROM_NEW)
                await self._commits.answered()
                if not outlet.missed:
                    outlet.came(entries)
                await desk.tidy()
                # by now all that had been read when the gap was seen is here
                if outlet.missed or (gap and gap == outlet.gap) or await self._lost(stream, desk):
                    raise Missed(stream)
                await desk.make_room(stop)
        finally:
            self._commits.end(outlet)

    async def _unfinished(self, stream: str) -> AsyncIterator[Entry]:
        after = streams.FROM_UNFINISHED
        while entries := await self._read(stream, after):
            for entry in entries:
                yield entry
            after = entries[-1].id

    async def _read(self, stream: str, after: str) -> list[Entry]:
        return await streams.read(self._reader, stream, after, count=READ_COUNT, block_ms=BLOCK_MS)

    async def _lost(self, stream: str, desk: Desk) -> bool:
        """Looks now and then, when nothing is in hand. An entry that a commit has just taken is on its way."""
        if not desk.is_idle or time.monotonic() - self._looked_s.get(stream, 0.0) < LOOK_S:
            return False
        self._looked_s[stream] = time.monotonic()
        if not await streams.unfinished(self._client, stream):
            return False
        await self._commits.answered()
        return desk.is_idle and bool(await streams.unfinished(self._client, stream))
