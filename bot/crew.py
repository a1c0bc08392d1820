"""The workers of one process, put together: what decides about messages, sends replies and moves timers."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from bot.model import Chat
from bot.parts import Parts
from bot.reading.reader import HOW_TO_INSTALL, Reader, installed
from bot.settings import Settings
from bot.store.commit import DAY_S, Commit
from bot.store.commits import Commits
from bot.store.leases import Leases
from bot.store.load import Loader
from bot.store.people import RedisNames
from bot.worker.alerts import run_alerts
from bot.worker.catch_up import catch_up
from bot.worker.clock import now_ms, run_clock
from bot.worker.door import Door
from bot.worker.ears import Ears
from bot.worker.flood import Flood
from bot.worker.gauges import run_gauges
from bot.worker.inbox import InboxWorker
from bot.worker.intake import Intake
from bot.worker.names import Names
from bot.worker.outbox import OutboxWorker, Retries
from bot.worker.partitions import Partitions
from bot.worker.patience import until_one_ends
from bot.worker.quiet import Quiet
from bot.worker.retention import run_retention
from bot.worker.turn import Hands, ReadPicture, Turn
from bot.zalo.names import Directory
from bot.zalo.tokens import TokenStoreUnavailable

log = structlog.get_logger(__name__)


class Crew:
    def __init__(self, built: Parts) -> None:
        settings, client, keys = built.settings, built.client, built.keys
        self._built = built
        self._worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._commit = Commit(keys, settings.zone, case_s=settings.keep.complaints * DAY_S)
        loader = Loader(client, keys, built.rules, settings.tech_group)
        names = Names(Directory(built.zalo, RedisNames(client, keys)), loader.names)
        commits = Commits(client, keys, self._worker)
        ears = Ears(keys, built.live, _listens_in(settings))
        hands = Hands(client, keys, self._worker, loader, self._commit, commits, built.live, ears, names)
        turn, quiet, intake = Turn(hands, _reader_of(built)), Quiet(hands), Intake(client, built.waiting, commits)
        self._inbox = InboxWorker(client, intake, keys, turn, quiet, Flood(settings.messages_of_person))
        retries = Retries(settings.retry_delays_s, settings.rate_limit_delay_s, settings.zalo_outage_s)
        self._outbox = OutboxWorker(client, intake, commits, keys, built.zalo, built.painter.png, retries)
        self.door = Door(keys, commits, self._inbox, quiet)

    async def work(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set; what is in hand is finished then."""
        built, settings, client, keys = self._built, self._built.settings, self._built.client, self._built.keys
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_catch_up(built))
            tasks.create_task(Partitions(Leases(client, keys, self._worker), self._serve).run(stopping))
            tasks.create_task(run_clock(client, keys, built.rules, stopping))
            tasks.create_task(run_retention(client, keys, settings.keep, settings.zone, stopping))
            tasks.create_task(run_gauges(client, keys, built.tokens, stopping))
            tasks.create_task(run_alerts(client, keys, self._commit, built.live, stopping))

    async def _serve(self, partition: int, stop: asyncio.Event) -> None:
        await until_one_ends(self._inbox.run(partition, stop), self._outbox.run(partition, stop), stop=stop)


async def _catch_up(built: Parts) -> None:
    """What can be had of an outage's messages; the service runs without them, too."""
    try:
        await catch_up(built.client, built.keys, built.zalo, built.settings.zalo_app_id, now_ms())
    except (RedisError, OSError, TokenStoreUnavailable) as error:
        log.warning("not caught up", reason=str(error))


def _listens_in(settings: Settings) -> Callable[[Chat], bool]:
    """Whether the bot takes part in a chat (SUPPORT_GROUP_IDS)."""
    groups = {*settings.support_group_ids, settings.tech_group_id}

    def listens(chat: Chat) -> bool:
        return chat.kind == "private" or not settings.support_group_ids or chat.id in groups

    return listens


def _reader_of(built: Parts) -> ReadPicture | None:
    """None where Tesseract is missing: the bot then works without reading pictures."""
    if installed():
        return Reader(built.http, built.settings.picture_hosts, built.settings.picture_s).text
    log.warning("pictures are not read: Tesseract with its Vietnamese model is missing", install=HOW_TO_INSTALL)
    return None
