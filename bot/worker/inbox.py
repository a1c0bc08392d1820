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
from redis.exceptions import RedisError, ResponseError

from bot import metrics
from bot.store.connection import Client
from bot.store.dead_letters import bury, count_attempt
from bot.store.keys import Keys
from bot.store.leases import LeaseLost
from bot.store.streams import Entry
from bot.worker.flood import Flood
from bot.worker.intake import Intake
from bot.worker.lanes import Lanes
from bot.worker.patience import stopped_within, until_one_ends
from bot.worker.queue import Queue
from bot.worker.quiet import Quiet
from bot.worker.turn import Turn

MAX_ATTEMPTS: Final = 5
ATTEMPT_DELAY_S: Final = 0.2
FINISH_S: Final = 1.5
"""Less than a partition is given to finish; a picture that takes longer is read again by the next worker."""
AT_ONCE: Final = 32
LOOK_S: Final = 0.4
"""Between two looks for jobs of lanes that failed, when nothing comes."""
log = structlog.get_logger(__name__)


class InboxWorker:
    def __init__(self, client: Client, intake: Intake, keys: Keys, turn: Turn, quiet: Quiet, flood: Flood) -> None:
        self._client = client
        self._intake = intake
        self._keys = keys
        self._turn = turn
        self._quiet = quiet
        self._flood = flood
        self._queues: dict[int, Queue] = {}
        self._interrupted: dict[int, frozenset[str]] = {}
        """What was not done in each partition when the store failed: nothing speaks against these entries."""

    def holds(self, partition: int, person: str) -> bool:
        """Whether a message of this person waits here or is in hand."""
        return partition not in self._queues or self._queues[partition].holds(person)

    async def run(self, partition: int, stop: asyncio.Event) -> None:
        """Works on the partition until `stop` is set; the message in hand is finished. Raises LeaseLost."""
        if not await self._turn.holds(partition):
            raise LeaseLost
        lanes, queue = Lanes(), Queue(self._turn.person_of)
        self._queues[partition] = queue
        try:
            taking = self._intake.run(self._keys.inbox(partition), queue, stop)
            await until_one_ends(taking, self._work(partition, queue, lanes, stop), stop=stop)
        except (RedisError, OSError, LeaseLost) as error:
            if type(error) is not ResponseError:  # with that the store may well refuse what this one message leads to
                self._interrupted[partition] = queue.ids
            raise
        finally:
            if self._queues.get(partition) is queue:
                del self._queues[partition]
            await lanes.close(FINISH_S)

    async def _work(self, partition: int, queue: Queue, lanes: Lanes, stop: asyncio.Event) -> None:
        in_hand, interrupted = True, self._interrupted.pop(partition, frozenset())
        while not stop.is_set():
            entries, unfinished = await queue.some(AT_ONCE, LOOK_S)
            lanes.sweep()
            passed: Sequence[Entry] = ()
            left = entries
            if not unfinished:
                passed, left = await self._quiet.pass_over(partition, entries, lanes.holds)
            for entry in passed:
                queue.done(entry)
            for entry in left:
                if stop.is_set():
                    return
                suspected, in_hand = in_hand and unfinished, False
                if suspected and entry.id not in interrupted and not await self._may_try_again(entry):
                    queue.done(entry)
                    continue
                person, is_slow = self._turn.lane_of(entry)
                if person and entry.fields["kind"] == "zalo" and self._flood.holds(person, int(entry.fields["at"])):
                    await self._turn.drop(entry)
                    metrics.message_done("Message", "flood")
                    queue.done(entry)
                elif is_slow or lanes.holds(person):
                    await lanes.put(person, partial(self._take, partition, entry, queue, stop))
                else:
                    await self._take(partition, entry, queue, stop)

    async def _take(self, partition: int, entry: Entry, queue: Queue, stop: asyncio.Event) -> None:
        await self._try(partition, entry, stop)
        queue.done(entry)

    async def _try(self, partition: int, entry: Entry, stop: asyncio.Event) -> None:
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
