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
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.model import Chart, MessageId
from bot.store.codec import CHART
from bot.store.commits import Commits
from bot.store.connection import Client
from bot.store.dead_letters import bury
from bot.store.keys import Keys
from bot.store.outbox import Outgoing, Sent, decode
from bot.store.streams import Entry
from bot.worker.chats import Chats
from bot.worker.doubt import already_said
from bot.worker.intake import Intake
from bot.worker.patience import stopped_within, until_stored
from bot.zalo.client import ZaloClient
from bot.zalo.errors import NO_CODE, Ambiguous, Unanswered, ZaloError

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


class _Desk:
    """The replies of one partition, and what cannot be read as one."""

    def __init__(self, chats: Chats, set_aside: Callable[[Entry, str], Awaitable[None]]) -> None:
        self._chats = chats
        self._set_aside = set_aside
        self._strange = deque[tuple[Entry, str]]()

    def put(self, entry: Entry, *, unfinished: bool) -> None:
        try:
            self._chats.put(decode(entry, doubtful=unfinished))
        except (KeyError, ValueError):
            log.exception("reply not understood", entry=entry.id)
            self._strange.append((entry, traceback.format_exc()))

    @property
    def has_room(self) -> bool:
        return self._chats.has_room

    async def make_room(self, _stop: asyncio.Event) -> None:
        await self._chats.make_room()

    @property
    def is_idle(self) -> bool:
        return self._chats.is_idle

    async def tidy(self) -> None:
        while self._strange:
            await self._set_aside(*self._strange.popleft())


class OutboxWorker:
    def __init__(
        self,
        client: Client,
        intake: Intake,
        commits: Commits,
        keys: Keys,
        zalo: ZaloClient,
        draw: Draw,
        retries: Retries,
    ) -> None:
        self._client = client
        self._intake = intake
        self._keys = keys
        self._zalo = zalo
        self._draw = draw
        self._retries = retries
        self._marks = Sent(commits, keys)
        self._answered_s = 0.0
        """When Zalo last answered a call, by the monotonic clock."""
        self._taken: dict[tuple[str, str], MessageId | None] = {}
        """Entries that Zalo took, unknown to the store: a partition that begins anew must not send them again."""

    async def run(self, partition: int, stop: asyncio.Event) -> None:
        """Sends what is in the partition until `stop` is set; then what is on its way is finished."""
        chats = Chats(lambda outgoing: self._deliver(outgoing, stop), stop)
        try:
            await self._intake.run(self._keys.outbox(partition), _Desk(chats, self._set_aside), stop)
        finally:
            stop.set()
            await chats.finish()

    async def _set_aside(self, entry: Entry, reason: str) -> None:
        await bury(self._client, self._keys, entry, reason)

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
