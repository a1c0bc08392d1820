"""The way in: takes the messages of one partition in order and gives each to `Turn`, until it is done.

An entry leaves the inbox only within the transaction of its decision. What always fails is set aside after a few tries,
so that the rest goes on.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.store import streams
from bot.store.connection import Client
from bot.store.dead_letters import bury, count_attempt
from bot.store.keys import Keys
from bot.store.leases import LeaseLost
from bot.store.streams import Entry
from bot.worker.flood import Flood
from bot.worker.lanes import Lanes
from bot.worker.patience import stopped_within
from bot.worker.quiet import Quiet
from bot.worker.turn import Turn

MAX_ATTEMPTS: Final = 5
ATTEMPT_DELAY_S: Final = 0.2
FINISH_S: Final = 1.5
"""Less than a partition is given to finish; a picture that takes longer is read again by the next worker."""
READ_COUNT: Final = 32
BLOCK_MS: Final = 400
log = structlog.get_logger(__name__)


class InboxWorker:
    def __init__(self, client: Client, reader: Client, keys: Keys, turn: Turn, quiet: Quiet, flood: Flood) -> None:
        self._client = client
        self._reader = reader
        self._keys = keys
        self._turn = turn
        self._quiet = quiet
        self._flood = flood

    async def run(self, partition: int, stop: asyncio.Event) -> None:
        """Works on the partition until `stop` is set; the message in hand is finished. Raises LeaseLost."""
        if not await self._turn.holds(partition):
            raise LeaseLost
        lanes = Lanes()
        try:
            await self._work(partition, lanes, stop)
        finally:
            await lanes.close(FINISH_S)

    async def _work(self, partition: int, lanes: Lanes, stop: asyncio.Event) -> None:
        key, after = self._keys.inbox(partition), streams.FROM_UNFINISHED
        in_hand = True
        while not stop.is_set():
            entries = await streams.read(self._reader, key, after, count=READ_COUNT, block_ms=BLOCK_MS)
            lanes.sweep()
            waiting: Sequence[Entry] = entries
            if after == streams.FROM_NEW:
                waiting = await self._quiet.pass_over(partition, entries, lanes.holds)
            for entry in waiting:
                if stop.is_set():
                    return
                suspected, in_hand = in_hand and after != streams.FROM_NEW, False
                if suspected and not await self._may_try_again(entry):
                    continue
                person, is_slow = self._turn.lane_of(entry)
                if person and entry.fields["kind"] == "zalo" and self._flood.holds(person, int(entry.fields["at"])):
                    await self._turn.drop(entry)
                    metrics.message_done("Message", "flood")
                elif is_slow or lanes.holds(person):
                    await lanes.put(person, partial(self._take, partition, entry, stop))
                else:
                    await self._take(partition, entry, stop)
            if after != streams.FROM_NEW:
                after = entries[-1].id if entries else streams.FROM_NEW

    async def _take(self, partition: int, entry: Entry, stop: asyncio.Event) -> None:
        while True:
            try:
                await self._turn.take(partition, entry)
            except (RedisError, OSError, LeaseLost):
                raise
            except Exception:
                metrics.message_failed()
                log.exception("message failed", entry=entry.id)
                if not await self._may_try_again(entry, traceback.format_exc()):
                    return
                if await stopped_within(stop, ATTEMPT_DELAY_S):
                    return
            else:
                return

    async def _may_try_again(self, entry: Entry, reason: str = "the process died while it had this message") -> bool:
        """False when the entry was tried too often: it is among the dead letters then."""
        attempts = await count_attempt(self._client, self._keys, entry)
        if attempts < MAX_ATTEMPTS:
            return True
        log.error("message set aside", entry=entry.id, attempts=attempts)
        await bury(self._client, self._keys, entry, reason)
        return False
