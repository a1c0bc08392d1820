"""What many tasks want at the same time is done at once: while one round trip is under way, what is wanted meanwhile
gathers for the next."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Together(Generic[Item, Answer]):
    """`do` gets the items in the order in which they came, and answers each, with an exception where that one failed.
    `at_once`: so many calls of it may be under way, so that one that hangs holds up nobody else. `most`: so many items
    go together."""

    def __init__(
        self,
        do: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        at_once: int = 1,
        most: int = sys.maxsize,
    ) -> None:
        self._do = do
        self._at_once = at_once
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0

    async def want(self, item: Item) -> Answer:
        """Raises what `do` raised, or answered. Who no longer waits for the answer does not stop it."""
        return await self._begun(item)

    async def want_each(self, items: Sequence[Item]) -> list[Answer | Exception]:
        """The answers, or what went wrong with each."""
        begun = [self._begun(item) for item in items]
        if begun:
            await asyncio.wait(begun)
        return [answer.exception() or answer.result() for answer in begun]  # type: ignore[misc]

    def _begun(self, item: Item) -> asyncio.Future[Answer]:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._busy < self._at_once:
            self._busy += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    async def _work(self) -> None:
        """It is busy until the moment in which it finds nothing more: what comes later begins anew."""
        try:
            await self._work_off()
        finally:
            self._busy -= 1

    async def _work_off(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            found: Sequence[Answer | Exception]
            try:
                found = await self._do([item for item, _ in batch])
            except Exception as error:  # it is for those who wait
                found = [error] * len(batch)
            for (_, answer), value in zip(batch, found, strict=True):
                if answer.done():
                    continue
                if isinstance(value, Exception):
                    answer.set_exception(value)
                else:
                    answer.set_result(value)
