"""What waits to be sent from one partition: in order for each chat, and no chat waits for another."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from bot.model import Chat
from bot.store.outbox import Outgoing

MOST_WAITING: Final = 256
Deliver = Callable[[Outgoing], Awaitable[None]]


class Chats:
    """Sends with `deliver` until `stop` is set; what is then on its way is finished."""

    def __init__(self, deliver: Deliver, stop: asyncio.Event) -> None:
        self._deliver = deliver
        self._stop = stop
        self._waiting: dict[Chat, deque[Outgoing]] = {}
        self._tasks: dict[Chat, asyncio.Task[None]] = {}

    def put(self, outgoing: Outgoing) -> None:
        chat = outgoing.chat
        self._waiting.setdefault(chat, deque()).append(outgoing)
        if chat not in self._tasks:
            self._tasks[chat] = asyncio.create_task(self._send(chat))

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    @property
    def has_room(self) -> bool:
        """Replies that wait are safe in the stream: there is no need to hold many of them."""
        return sum(map(len, self._waiting.values())) <= MOST_WAITING

    async def make_room(self) -> None:
        while not self.has_room and self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=0.1, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def _send(self, chat: Chat) -> None:
        waiting = self._waiting[chat]
        try:
            while waiting and not self._stop.is_set():
                await self._deliver(waiting.popleft())
        finally:
            del self._waiting[chat], self._tasks[chat]
