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
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[Sequence[Answer | Exception]]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0

    async def want(self, item: Item) -> Answer:
        """Raises what `do` raised, or answered. Who no longer waits for the answer does not stop it."""
        (answer,) = await self.want_each((item,))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def want_each(self, items: Sequence[Item]) -> Sequence[Answer | Exception]:
        """The answers, or what went wrong with each. They go together, unless they are too many."""
        if len(items) <= self._most:
            return await self._begun(items) if items else ()
        some, rest = self._begun(items[: self._most]), await self.want_each(items[self._most :])
        return [*await some, *rest]

    def _begun(self, items: Sequence[Item]) -> asyncio.Future[Sequence[Answer | Exception]]:
        answers: asyncio.Future[Sequence[Answer | Exception]] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, answers))
        if self._busy < self._at_once:
            self._busy += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answers

    async def _work(self) -> None:
        """It is busy until the moment in which it finds nothing more: what comes later begins anew."""
        try:
            await self._work_off()
        finally:
            self._busy -= 1

    async def _work_off(self) -> None:
        while self._waiting:
            batch = self._batch()
            wanted = [item for items, _ in batch for item in items]
            found: Sequence[Answer | Exception]
            try:
                found = await self._do(wanted)
            except Exception as error:  # it is for those who wait
                found = [error] * len(wanted)
            begin = 0
            for items, answers in batch:
                end = begin + len(items)
                if not answers.done():
                    answers.set_result(found[begin:end])
                begin = end

    def _batch(self) -> list[tuple[Sequence[Item], asyncio.Future[Sequence[Answer | Exception]]]]:
        """As many of those who wait as go together, one at least."""
        size = count = 0
        for items, _ in self._waiting:
            size += len(items)
            if count and size > self._most:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
