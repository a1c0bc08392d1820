"""Entries of one partition of the inbox that wait for their turn, or have it, and whose they are."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

from bot.store.streams import Entry
from bot.worker.patience import stopped_within

MOST_WAITING: Final = 64
LOOK_S: Final = 0.02


class Queue:
    def __init__(self, person_of: Callable[[Entry], str]) -> None:
        self._person_of = person_of
        self._waiting: deque[tuple[Entry, bool]] = deque()
        self._people: dict[str, str] = {}
        """Of every entry that is not done, by its id."""
        self._counts = Counter[str]()
        self._came = asyncio.Event()

    def put(self, entry: Entry, *, unfinished: bool) -> None:
        self._people[entry.id] = person = self._person_of(entry)
        self._counts[person] += 1
        self._waiting.append((entry, unfinished))
        self._came.set()

    async def some(self, most: int, within_s: float) -> tuple[Sequence[Entry], bool]:
        """The next ones, all of a kind, and whether they were unfinished; none when none came."""
        if not self._waiting:
            self._came.clear()
            try:
                async with asyncio.timeout(within_s):  # unlike wait_for it makes no task
                    await self._came.wait()
            except TimeoutError:
                return (), False
        kind = self._waiting[0][1]
        some = [entry for entry, _ in takewhile(lambda each: each[1] == kind, list(self._waiting)[:most])]
        for _ in some:
            self._waiting.popleft()
        return some, kind

    def done(self, entry: Entry) -> None:
        person = self._people.pop(entry.id)
        self._counts[person] -= 1
        if not self._counts[person]:
            del self._counts[person]

    def holds(self, person: str) -> bool:
        """Whether something of this person waits or is in hand; of somebody unknown it might be anybody's."""
        return person in self._counts or "" in self._counts

    @property
    def ids(self) -> frozenset[str]:
        """Of every entry that is not done."""
        return frozenset(self._people)

    @property
    def is_idle(self) -> bool:
        return not self._people

    @property
    def has_room(self) -> bool:
        return len(self._waiting) <= MOST_WAITING

    async def make_room(self, stop: asyncio.Event) -> None:
        while not self.has_room and not await stopped_within(stop, LOOK_S):
            pass

    async def tidy(self) -> None: ...
