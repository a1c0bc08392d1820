"""Commits of one process: those of the same time go in one round trip. The entries that they put into streams come back
with the answer, to the reader of the same process, where it has their partition: nobody has to read them first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from bot.store.connection import Client
from bot.store.keys import PARTITIONS, Keys
from bot.store.streams import Entry
from bot.store.together import Together
from bot.store.transaction import Conflict, Taken, Transaction, carry_out

TOGETHER: Final = 64
"""So many transactions keep the server busy for a few milliseconds."""
MAY_BE_DONE: Final = frozenset({"lease", "done"})
"""With these conflicts an earlier try of the same commit, whose answer was lost, may have been carried out."""


class Outlet:
    """Where the entries of one partition's stream come together, those that were read and those that commits bring, and
    go on in their order."""

    def __init__(self, stream: str, put: Callable[[Entry], None], has_room: Callable[[], bool]) -> None:
        self.stream = stream
        self.missed = False
        """Something was taken out of the stream for this process and did not arrive: it is among what is unfinished."""
        self._put = put
        self._has_room = has_room
        self._is_open = False
        self._last = ""
        self._early: dict[str, Sequence[Entry]] = {}

    def open(self, last: str) -> None:
        """From now on commits bring entries; `last` is the id of the newest one that was read."""
        self._last, self._is_open = last, True

    @property
    def wants_more(self) -> bool:
        return self._is_open and self._has_room()

    @property
    def last(self) -> str | None:
        """The id of the newest entry that came; None while some are missing, or may be."""
        return None if self.missed or self._early or not self._is_open else self._last

    @property
    def gap(self) -> str | None:
        """The id of an entry that has not come yet, while others wait for it."""
        return next(iter(self._early), None)

    def came(self, entries: Sequence[Entry], after: str | None = None) -> None:
        """`after`: the id of the entry before the first; None when it is the last one that is known."""
        if entries:
            self._early[self._last if after is None else after] = entries
        while following := self._early.pop(self._last, None):
            for entry in following:
                self._put(entry)
            self._last = following[-1].id


class Commits:
    """One round trip after the other: what is known of the streams when one is sent is all that those before have
    taken."""

    def __init__(self, client: Client, keys: Keys, worker: str) -> None:
        self._client = client
        self._worker = worker
        self._leases = {
            stream(partition): keys.lease(partition)
            for stream in (keys.inbox, keys.outbox)
            for partition in range(PARTITIONS)
        }
        self._outlets: dict[str, Outlet] = {}
        self._under_way: set[asyncio.Future[None]] = set()
        self._together = Together[Transaction, None](self._carry_out, most=TOGETHER)

    async def make(self, transaction: Transaction) -> None:
        """All or nothing. Raises Conflict when something that was read has changed, and what the store raises."""
        await self._together.want(transaction)

    async def make_each(self, transactions: Sequence[Transaction]) -> list[Conflict | None]:
        """Together, each all or nothing. Raises what the store raises."""
        found: list[Conflict | None] = []
        for error in await self.try_each(transactions):
            if isinstance(error, Conflict) or error is None:
                found.append(error)
            else:
                raise error
        return found

    async def try_each(self, transactions: Sequence[Transaction]) -> Sequence[Exception | None]:
        """Together, each all or nothing; what went wrong with each."""
        return await self._together.want_each(transactions)

    def begin(self, outlet: Outlet) -> None:
        self._outlets[outlet.stream] = outlet

    def end(self, outlet: Outlet) -> None:
        if self._outlets.get(outlet.stream) is outlet:
            del self._outlets[outlet.stream]

    def outlet(self, stream: str) -> Outlet | None:
        """Where the entries of this stream come to, when they come to this process."""
        return self._outlets.get(stream)

    async def answered(self) -> None:
        """What was sent before this is answered: it may have taken entries that come before others."""
        if self._under_way:
            await asyncio.wait(tuple(self._under_way))

    async def _carry_out(self, wanted: Sequence[Transaction]) -> list[Exception | None]:
        outlets = [self._outlets_of(transaction) for transaction in wanted]
        calls = [
            transaction.call(self._worker, {outlet.stream: self._leases[outlet.stream] for outlet in into})
            for transaction, into in zip(wanted, outlets, strict=True)
        ]
        answered = asyncio.get_running_loop().create_future()
        self._under_way.add(answered)
        try:
            answers = await carry_out(self._client, calls)
            return [self._read(*each) for each in zip(wanted, outlets, answers, strict=True)]
        except Exception:
            for into in outlets:
                self._miss(into)
            raise
        finally:
            self._under_way.discard(answered)
            answered.set_result(None)

    def _outlets_of(self, transaction: Transaction) -> list[Outlet]:
        found = map(self._outlets.get, transaction.adds_to)
        return [outlet for outlet in found if outlet and outlet.wants_more]

    def _read(self, transaction: Transaction, into: Sequence[Outlet], answer: object) -> Exception | None:
        try:
            conflict, taken = transaction.read(answer)
        except Exception as error:
            self._miss(into)
            return error
        for outlet in into:
            self._hand(outlet, [each for each in taken if each.stream == outlet.stream])
        if conflict and conflict.name in MAY_BE_DONE and not transaction.has_otherwise:
            self._miss(into)
        return conflict

    def _hand(self, outlet: Outlet, taken: Sequence[Taken]) -> None:
        if self._outlets.get(outlet.stream) is not outlet:
            self._miss([outlet])
            return
        for each in taken:
            outlet.came(each.entries, each.after)

    def _miss(self, outlets: Sequence[Outlet]) -> None:
        """Whoever sends from these streams now must look at what is unfinished."""
        for outlet in outlets:
            if outlet.stream in self._outlets:
                self._outlets[outlet.stream].missed = True
