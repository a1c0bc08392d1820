"""The composition root: the only file that knows every room. Builds the parts, starts them, and stops them in order.

Stopping: the workers finish what is in hand (the sandbox must still answer them), then the web server, then the
embedded Valkey.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import httpx
import structlog
import uvicorn
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import metrics
from bot.dashboard.board import Board
from bot.dashboard.charts import Painter
from bot.dashboard.days import Days
from bot.dashboard.guide import Guide
from bot.dashboard.pages import static_files
from bot.dashboard.questions import Questions
from bot.dashboard.view import View
from bot.dashboard.web import Dashboard
from bot.dialogue.hours import Hours, read_holidays
from bot.dialogue.rules import Rules
from bot.headers import StrictHeaders
from bot.health import health_routes
from bot.language.reload import LiveKnowledge
from bot.language.shelf import Shelf
from bot.model import Chat, Role
from bot.reading.reader import HOW_TO_INSTALL, Reader, installed
from bot.sandbox import SANDBOX_SUPERVISORS, SANDBOX_TECHNICIANS, redirect_to_page, sandbox_app
from bot.settings import Settings
from bot.store import streams
from bot.store.arrivals import Arrivals
from bot.store.commit import DAY_S, Commit
from bot.store.commits import Commits
from bot.store.connection import Client, connect, under_sentinel
from bot.store.embedded import EmbeddedError, EmbeddedValkey
from bot.store.fitness import check_store
from bot.store.keys import Keys
from bot.store.leases import Leases, forget_all
from bot.store.load import Loader
from bot.store.page_sessions import PageSessions
from bot.store.people import RedisNames, seed_roles
from bot.store.schema import bring_up_to_date
from bot.store.teaching import read_taught
from bot.store.tokens import RedisTokenStore
from bot.worker.alerts import run_alerts
from bot.worker.catch_up import catch_up
from bot.worker.clock import now_ms, run_clock
from bot.worker.door import Arrival, Door
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
from bot.zalo.answers import patience
from bot.zalo.client import ZaloClient
from bot.zalo.names import Directory
from bot.zalo.tokens import App, TokenKeeper, TokenStoreUnavailable
from bot.zalo.webhook import Gate, InboxEntry, InboxUnavailable, webhook_first, webhook_route

ROOT: Final = Path(__file__).parent.parent
INTENTS: Final = ROOT / "intents"
RESPONSES: Final = ROOT / "responses"
Part = Literal["all", "web", "worker"]
"""What one process does: take webhooks and show pages, decide and send, or both."""
JUDGED: Final = INTENTS / "messages.tsv"
GARBAGE: Final = 20_000
"""New objects after which garbage is looked for; a message makes hundreds, and hardly any garbage that needs it."""
RELOAD_S: Final = 2.0
STOP_S: Final = 10.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What both halves of the service, web and worker, are made of."""

    settings: Settings
    client: Client
    reader: Client
    keys: Keys
    http: httpx.AsyncClient
    zalo: ZaloClient
    tokens: TokenKeeper
    live: LiveKnowledge
    painter: Painter
    embedded: EmbeddedValkey | None


def _client() -> httpx.AsyncClient:
    from bot.zalo import engine  # aiohttp and the certificates take a tenth of the start, most of it beside the rest

    return engine.client()


@asynccontextmanager
async def parts(settings: Settings) -> AsyncIterator[Parts]:
    """Connects everything; on the way out closes it, the embedded Valkey last."""
    async with AsyncExitStack() as stack:
        url, embedded = settings.redis_url, None
        beside = asyncio.get_running_loop().run_in_executor
        calling, starting = beside(None, _client), None
        if settings.embedded:
            embedded = EmbeddedValkey(settings.data_dir)
            starting, url = beside(None, embedded.start), embedded.url
            stack.push_async_callback(asyncio.to_thread, embedded.stop)
        try:
            knowledge = LiveKnowledge(INTENTS, RESPONSES, Shelf(settings.cache_dir))
        finally:
            if starting:
                await starting
        client, reader = connect(url), connect(url, waits=True)
        stack.push_async_callback(reader.aclose)
        stack.push_async_callback(client.aclose)
        keys = Keys(settings.zalo_oa_id)
        for warning in await check_store(client):
            log.warning("the store may lose data", reason=warning)
        if settings.embedded:
            await forget_all(client, keys)
        await bring_up_to_date(client, keys, settings.zone)
        await streams.create_groups(client, keys)
        await seed_roles(client, keys, _roles(settings))
        http = await stack.enter_async_context(await calling)
        app = App(
            settings.zalo_app_id,
            settings.zalo_app_secret.get_secret_value(),
            settings.zalo_refresh_token.get_secret_value(),
        )
        store = RedisTokenStore(client, keys.tokens())
        waits = patience(settings.zalo_answer_s)
        tokens = TokenKeeper(http, store, app, settings.zalo_oauth_url, alarm=_alarm, patience=waits)
        stack.push_async_callback(tokens.close)
        zalo = ZaloClient(http, tokens, settings.zalo_openapi_url, patience=waits)
        painter = Painter()
        stack.callback(painter.close)
        yield Parts(settings, client, reader, keys, http, zalo, tokens, knowledge, painter, embedded)


async def serve(settings: Settings, role: Part = "all") -> None:
    """Runs web, worker or both until SIGINT or SIGTERM. Raises EmbeddedError or OSError when the start fails."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await serve_until(settings, stopping, role)


async def serve_until(settings: Settings, stopping: asyncio.Event, role: Part = "all") -> None:
    """Runs web, worker or both until `stopping` is set, or one of them ends."""
    listener = _listen(settings)
    async with parts(settings) as built:
        gc.freeze()  # the knowledge stays: looking through it for garbage would hold up every message
        gc.set_threshold(GARBAGE)
        gc.enable()
        crew = Crew(built) if role != "web" else None
        app = StrictHeaders(watched(built)) if role == "worker" else web(built, crew, stopping)
        server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        working = asyncio.create_task(work(built, crew, stopping) if crew else _idle(stopping))
        following = asyncio.create_task(_follow(built, stopping))
        shown = f"{settings.public_url}/sandbox" if settings.sandbox else settings.public_url
        log.info("ready", role=role, open=settings.local_url if role == "worker" else shown)
        stopped = asyncio.create_task(stopping.wait())
        died = asyncio.create_task(built.embedded.died() if built.embedded else asyncio.Event().wait())
        await asyncio.wait([serving, working, stopped, died], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        fell = died.done()
        died.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(working, 0 if fell else STOP_S)
        server.should_exit = True
        await serving
        await following
    if fell:
        raise EmbeddedError("the embedded Valkey died; start the bot again, what was stored is kept")
    log.info("stopped")


def watched(built: Parts) -> Starlette:
    """What a worker shows: that it lives, and its figures."""
    return Starlette(routes=[*health_routes(built.client, built.keys)])


async def _idle(stopping: asyncio.Event) -> None:
    await stopping.wait()


def web(built: Parts, crew: Crew | None, stopping: asyncio.Event) -> ASGIApp:
    """The webhook and the pages; `crew` works in the same process."""
    settings = built.settings
    arrivals = Arrivals(built.client, built.keys)
    door = None if crew is None or under_sentinel(built.client) else crew.door

    async def accept(entry: InboxEntry) -> None:
        try:
            if door:
                await door.take(Arrival(entry.body, entry.event, entry.person, entry.received_ms))
            else:
                await arrivals.append(entry.person, entry.body, entry.received_ms)
        except (RedisError, OSError) as error:
            raise InboxUnavailable(type(error).__name__) from error

    gate = Gate(
        app_id=settings.zalo_app_id,
        oa_id=settings.zalo_oa_id,
        oa_secret=settings.zalo_oa_secret.get_secret_value(),
        accept=accept,
        count=metrics.webhook,
    )
    webhook = webhook_route(gate)
    routes: list[BaseRoute] = [webhook, *health_routes(built.client, built.keys)]
    routes += [static_files(), *Guide(built.live).routes()]
    routes += [dashboard(built, stopping).mount(), Mount("/api", _api_when_asked(built))]
    if settings.sandbox:
        routes += [redirect_to_page(), Mount("/sandbox", sandbox_app(settings, stopping))]
    return webhook_first(webhook, StrictHeaders(Starlette(routes=routes)))


def _api_when_asked(built: Parts) -> ASGIApp:
    """FastAPI is loaded by the first request: it takes a tenth of the start and of the memory, and few use the API."""

    @cache
    def load() -> ASGIApp:
        from bot.dashboard.api import api

        token = built.settings.api_token
        return api(built.client, built.keys, built.settings.zone, token.get_secret_value() if token else "")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked = await asyncio.to_thread(load)
        await asked(scope, receive, send)

    return app


def dashboard(built: Parts, stopping: asyncio.Event) -> Dashboard:
    settings, client, keys = built.settings, built.client, built.keys
    view = View(built.live, settings.zone, _group(settings.tech_group_id))
    days = Days(client, keys, view, settings.zone, built.painter)
    board = Board(client, keys, view, _rules(settings).hours, settings.zalo_app_id, stopping)
    questions = Questions(client, keys, view, built.live, settings.zone, JUDGED)
    return Dashboard(view, PageSessions(client, keys), days, board, questions, settings.public_url)


class Crew:
    """What decides about messages and sends replies."""

    def __init__(self, built: Parts) -> None:
        settings, client, keys = built.settings, built.client, built.keys
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.rules = _rules(settings)
        self.commit = Commit(keys, settings.zone, case_s=settings.keep.complaints * DAY_S)
        loader = Loader(client, keys, self.rules, _group(settings.tech_group_id))
        names = Names(Directory(built.zalo, RedisNames(client, keys)), loader.names)
        commits = Commits(client, keys, self.worker)
        ears = Ears(keys, built.live, listens_in(settings))
        hands = Hands(client, keys, self.worker, loader, self.commit, commits, built.live, ears, names)
        turn, quiet, intake = Turn(hands, _reader_of(built)), Quiet(hands), Intake(client, built.reader, commits)
        self._inbox = InboxWorker(client, intake, keys, turn, quiet, Flood(settings.messages_of_person))
        retries = Retries(settings.retry_delays_s, settings.rate_limit_delay_s, settings.zalo_outage_s)
        self._outbox = OutboxWorker(client, intake, commits, keys, built.zalo, built.painter.png, retries)
        self.door = Door(keys, commits, self._inbox, quiet)

    async def run(self, partition: int, stop: asyncio.Event) -> None:
        await until_one_ends(self._inbox.run(partition, stop), self._outbox.run(partition, stop), stop=stop)


async def work(built: Parts, crew: Crew, stopping: asyncio.Event) -> None:
    """Takes messages, sends replies, moves timers, until `stopping` is set."""
    settings, client, keys = built.settings, built.client, built.keys
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_catch_up(built))
        tasks.create_task(Partitions(Leases(client, keys, crew.worker), crew.run).run(stopping))
        tasks.create_task(run_clock(client, keys, crew.rules, stopping))
        tasks.create_task(run_retention(client, keys, settings.keep, settings.zone, stopping))
        tasks.create_task(run_gauges(client, keys, built.tokens, stopping))
        tasks.create_task(run_alerts(client, keys, crew.commit, built.live, stopping))


async def _catch_up(built: Parts) -> None:
    """What can be had of an outage's messages; the service runs without them, too."""
    try:
        await catch_up(built.client, built.keys, built.zalo, built.settings.zalo_app_id, now_ms())
    except (RedisError, OSError, TokenStoreUnavailable) as error:
        log.warning("not caught up", reason=str(error))


def _reader_of(built: Parts) -> ReadPicture | None:
    """None where Tesseract is missing: the bot then works without reading pictures."""
    if installed():
        return Reader(built.http, built.settings.picture_hosts).text
    log.warning("pictures are not read: Tesseract with its Vietnamese model is missing", install=HOW_TO_INSTALL)
    return None


def listens_in(settings: Settings) -> Callable[[Chat], bool]:
    """Whether the bot takes part in a chat (SUPPORT_GROUP_IDS)."""
    groups = {*settings.support_group_ids, settings.tech_group_id}

    def listens(chat: Chat) -> bool:
        return chat.kind == "private" or not settings.support_group_ids or chat.id in groups

    return listens


async def _follow(built: Parts, stopping: asyncio.Event) -> None:
    """Takes up edited intents and responses, and what was taught on the pages; a broken edit is refused and the old
    knowledge stays."""
    while not stopping.is_set():
        try:
            taught = await read_taught(built.client, built.keys)
            for finding in await asyncio.to_thread(built.live.refresh, taught) or ():
                log.error("knowledge refused", finding=str(finding))
        except (RedisError, OSError) as error:
            log.warning("what was taught is not read", reason=type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), RELOAD_S)


class _Server(uvicorn.Server):
    """Leaves the signals to `serve`, which stops the workers first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(settings: Settings) -> socket.socket:
    """Bound before anything else starts, so that an address in use is a clear error."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise OSError(f"HOST {settings.host} PORT {settings.port} cannot be listened on: {error.strerror}") from error
    return listener


def _alarm(reason: str) -> None:
    """Somebody must act: the access to the OA has to be granted again."""
    metrics.access_lost()
    log.error("zalo access lost", reason=reason)


def _group(id_: str | None) -> Chat | None:
    return Chat("group", id_) if id_ else None


def _rules(settings: Settings) -> Rules:
    off, extra = read_holidays(settings.holidays_file.read_text("utf-8"))
    hours = Hours(settings.zone, off, extra, settings.working_hours, settings.working_days)
    return Rules(
        hours,
        settings.max_claims,
        settings.replies_to_person,
        settings.replies_in_group,
        settings.public_url,
        settings.morning_list,
        settings.evening_summary,
        settings.guide_url,
    )


def _roles(settings: Settings) -> dict[str, Role]:
    """Supervisors win over technicians where somebody is named as both."""
    sandbox = settings.sandbox
    technicians = (*settings.technician_ids, *(SANDBOX_TECHNICIANS if sandbox else ()))
    supervisors = (*settings.supervisor_ids, *(SANDBOX_SUPERVISORS if sandbox else ()))
    roles: dict[str, Role] = dict.fromkeys(technicians, "technician")
    roles.update(dict.fromkeys(supervisors, "supervisor"))
    return roles
