"""The way out: sends the replies of one partition, in order for each chat, and lets no chat wait for another.

A reply leaves the outbox only after Zalo took it, so nothing is lost. After a kill or a lost answer nobody knows
whether Zalo took it: then the chat's history is asked before it is sent again.
"""

from __future__ import annotations

import asyncio
import random
import time
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.model import Chart, MessageId
from bot.store import streams
from bot.store.codec import CHART
from bot.store.commits import Commits, Outlet
from bot.store.connection import Client
from bot.store.dead_letters import bury
from bot.store.keys import Keys
from bot.store.outbox import Outgoing, Sent, decode
from bot.store.streams import Entry
from bot.worker.chats import Chats
from bot.worker.doubt import already_said
from bot.worker.patience import stopped_within, until_stored
from bot.zalo.client import ZaloClient
from bot.zalo.errors import NO_CODE, Ambiguous, Unanswered, ZaloError

READ_COUNT: Final = 64
BLOCK_MS: Final = 400
LOOK_S: Final = 30.0
"""Between two looks for entries that were read and are in nobody's hand."""
RETRIED: Final = frozenset({"retry", "rate-limited", "refresh"})
"""A new token that is refused too was replaced by another process meanwhile, most likely."""

log = structlog.get_logger(__name__)
Draw = Callable[[Chart], Awaitable[bytes]]
"""Chart → PNG, at most 1 MB."""


@dataclass(frozen=True, slots=True)
class Retries:
    """When a reply that could not be sent is tried again."""

    delays_s: tuple[float, ...]
    rate_limited_s: float
    """At least so long when Zalo wants fewer calls."""
    outage_s: float
    """So long it is tried while Zalo answers nobody."""

    def delay_s(self, action: str, tried: int) -> float:
        """Spread, so that many chats do not come back at once."""
        longest = self.delays_s[min(tried, len(self.delays_s)) - 1]
        if action == "rate-limited":
            longest = max(longest, self.rate_limited_s)
        return longest * random.uniform(0.5, 1.0)


class Missed(RedisError):
    """Replies were read from the stream and are in nobody's hand: its partition begins anew with what is unfinished."""


class OutboxWorker:
    def __init__(
        self,
        client: Client,
        reader: Client,
        commits: Commits,
        keys: Keys,
        zalo: ZaloClient,
        draw: Draw,
        retries: Retries,
    ) -> None:
        self._client = client
        self._reader = reader
        self._commits = commits
        self._keys = keys
        self._zalo = zalo
        self._draw = draw
        self._retries = retries
        self._marks = Sent(commits, keys)
        self._answered_s = 0.0
        """When Zalo last answered a call, by the monotonic clock."""
        self._looked_s: dict[str, float] = {}
        """When each stream was last looked through, by the monotonic clock."""
        self._taken: dict[tuple[str, str], MessageId | None] = {}
        """Entries that Zalo took, unknown to the store: a partition that begins anew must not send them again."""

    async def run(self, partition: int, stop: asyncio.Event) -> None:
        """Sends what is in the partition until `stop` is set; then what is on its way is finished."""
        chats, strange = Chats(lambda outgoing: self._deliver(outgoing, stop), stop), deque[tuple[Entry, str]]()

        def put(entry: Entry, *, doubtful: bool = False) -> None:
            try:
                chats.put(decode(entry, doubtful=doubtful))
            except (KeyError, ValueError):
                log.exception("reply not understood", entry=entry.id)
                strange.append((entry, traceback.format_exc()))

        outlet = Outlet(self._keys.outbox(partition), put, lambda: chats.has_room)
        self._commits.begin(outlet)
        try:
            async for entry in self._unfinished(outlet.stream):
                put(entry, doubtful=True)
                await chats.make_room()
            outlet.open(await streams.last_read(self._client, outlet.stream))
            while not stop.is_set():
                gap, entries = outlet.gap, await self._read(outlet.stream, streams.FROM_NEW)
                await self._commits.answered()
                if not outlet.missed:
                    outlet.came(entries)
                while strange:
                    await bury(self._client, self._keys, *strange.popleft())
                # by now all that had been read when the gap was seen is here
                if outlet.missed or (gap and gap == outlet.gap) or await self._lost(outlet.stream, chats):
                    raise Missed(outlet.stream)
                await chats.make_room()
        finally:
            self._commits.end(outlet)
            stop.set()
            await chats.finish()

    async def _unfinished(self, stream: str) -> AsyncIterator[Entry]:
        after = streams.FROM_UNFINISHED
        while entries := await self._read(stream, after):
            for entry in entries:
                yield entry
            after = entries[-1].id

    async def _read(self, stream: str, after: str) -> list[Entry]:
        return await streams.read(self._reader, stream, after, count=READ_COUNT, block_ms=BLOCK_MS)

    async def _lost(self, stream: str, chats: Chats) -> bool:
        """Looks now and then, when nothing is to be sent. An entry that a commit has just taken is on its way."""
        if not chats.is_idle or time.monotonic() - self._looked_s.get(stream, 0.0) < LOOK_S:
            return False
        self._looked_s[stream] = time.monotonic()
        if not await streams.unfinished(self._client, stream):
            return False
        await self._commits.answered()
        return chats.is_idle and bool(await streams.unfinished(self._client, stream))

    async def _deliver(self, outgoing: Outgoing, stop: asyncio.Event) -> None:
        if (outgoing.entry.key, outgoing.entry.id) in self._taken:
            await self._sent(outgoing, stop)
            return
        doubtful, began_s = outgoing.doubtful, time.monotonic()
        for tried in count(1):
            try:
                message_id = await self._attempt(outgoing, doubtful=doubtful)
            except ZaloError as error:
                metrics.zalo_error(error.code)
                if not self._may_try_again(error, tried, began_s):
                    await self._give_up(outgoing, error, stop)
                    return
                log.warning("reply not sent", reply=outgoing.id, code=error.code, tried=tried, reason=str(error))
                doubtful = doubtful or isinstance(error, Ambiguous)
                if await stopped_within(stop, self._retries.delay_s(error.action, tried)):
                    return
            else:
                self._answered_s = time.monotonic()
                self._taken[outgoing.entry.key, outgoing.entry.id] = message_id
                await self._sent(outgoing, stop)
                return

    def _may_try_again(self, error: ZaloError, tried: int, began_s: float) -> bool:
        """After the last try only while Zalo is away for all: what fails alone must not hold up its chat."""
        if not isinstance(error, Unanswered):
            self._answered_s = time.monotonic()
        if error.action not in RETRIED or tried <= len(self._retries.delays_s):
            return error.action in RETRIED
        is_away = isinstance(error, Unanswered) and self._answered_s < began_s
        return is_away and time.monotonic() < began_s + self._retries.outage_s

    async def _sent(self, outgoing: Outgoing, stop: asyncio.Event) -> None:
        entry = outgoing.entry.key, outgoing.entry.id
        message_id = self._taken[entry]
        if not await until_stored(lambda: self._marks.mark(outgoing, message_id), stop):
            return
        del self._taken[entry]
        metrics.reply_sent(outgoing.chat.kind)
        log.info("reply sent", reply=outgoing.id)

    async def _give_up(self, outgoing: Outgoing, error: ZaloError, stop: asyncio.Event) -> None:
        reason = str(error)
        log.error("reply given up", reply=outgoing.id, code=error.code, reason=reason)
        await until_stored(lambda: bury(self._client, self._keys, outgoing.entry, reason), stop)

    async def _attempt(self, outgoing: Outgoing, *, doubtful: bool) -> MessageId | None:
        """Raises ZaloError."""
        try:
            said = await already_said(self._client, self._keys, self._zalo, outgoing) if doubtful else None
            return said or await self._send(outgoing)
        except (RedisError, OSError) as error:
            raise Ambiguous(f"the store is away: {type(error).__name__}") from error
        except ZaloError:
            raise
        except Exception as error:
            raise ZaloError(NO_CODE, traceback.format_exc(), "retry") from error

    async def _send(self, outgoing: Outgoing) -> MessageId | None:
        if not outgoing.chart:
            return await self._zalo.send_text(outgoing.chat, outgoing.text, outgoing.quote, outgoing.buttons)
        png = await self._draw(CHART.validate_json(outgoing.chart))
        return await self._zalo.send_image(outgoing.chat, png, outgoing.text, quote=outgoing.quote)
