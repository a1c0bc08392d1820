"""Knows people's names before somebody needs them: only a person's first message waits a moment for the name."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot.model import Chat, PersonId
from bot.zalo.names import Directory

WAIT_S: Final = 0.5
"""Names are a courtesy: a slow Zalo must not hold up an answer."""
MOST_KNOWN: Final = 50_000
AT_ONCE: Final = 4
"""Of a backlog by many people, so many names are asked for at a time."""
log = structlog.get_logger(__name__)


class Names:
    def __init__(self, directory: Directory, named: Container[PersonId]) -> None:
        """`named`: who is known to have a name without asking."""
        self._directory = directory
        self._named = named
        self._known: set[PersonId] = set()
        self._asking: dict[PersonId, asyncio.Task[None]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    async def learn(self, chat: Chat, person: PersonId) -> None:
        task = self.begin(chat, person)
        if task:
            await asyncio.wait([task], timeout=WAIT_S)

    def begin(self, chat: Chat, person: PersonId) -> asyncio.Task[None] | None:
        """Asks without waiting; None when the name is known."""
        if person in self._known or person in self._named:
            return None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        task = self._asking.get(person)
        if task is None:
            task = self._asking[person] = asyncio.create_task(self._ask(chat, person))
            task.add_done_callback(lambda _: self._asking.pop(person, None))
        return task

    async def _ask(self, chat: Chat, person: PersonId) -> None:
        try:
            async with self._few:
                if await self._directory.name(person, chat):
                    self._known.add(person)
        except (RedisError, OSError) as error:
            log.warning("name not learnt", error=type(error).__name__)
