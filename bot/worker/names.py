"""Knows people's names before somebody needs them: only a person's first message waits a moment for the name."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot.model import Chat, PersonId
from bot.zalo.names import Directory

WAIT_S: Final = 0.5
"""Names are a courtesy: a slow Zalo must not hold up an answer."""
MOST_KNOWN: Final = 50_000
log = structlog.get_logger(__name__)


class Names:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: set[PersonId] = set()
        self._asking: set[asyncio.Task[None]] = set()

    async def learn(self, chat: Chat, person: PersonId) -> None:
        if person in self._known:
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        task = asyncio.create_task(self._ask(chat, person))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        await asyncio.wait([task], timeout=WAIT_S)

    async def _ask(self, chat: Chat, person: PersonId) -> None:
        try:
            if await self._directory.name(person, chat):
                self._known.add(person)
        except (RedisError, OSError) as error:
            log.warning("name not learnt", error=type(error).__name__)
