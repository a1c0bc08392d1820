"""What both halves of the service, web and worker, are made of: connected here, and closed in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import structlog

from bot import metrics
from bot.dashboard.charts import Painter
from bot.dialogue.hours import Hours, read_holidays
from bot.dialogue.rules import Rules
from bot.language.reload import LiveKnowledge
from bot.language.shelf import Shelf
from bot.model import Role
from bot.places import INTENTS, RESPONSES
from bot.sandbox import SANDBOX_SUPERVISORS, SANDBOX_TECHNICIANS
from bot.settings import Settings
from bot.store import streams
from bot.store.connection import Client, connect
from bot.store.embedded import EmbeddedValkey
from bot.store.fitness import check_store
from bot.store.keys import Keys
from bot.store.leases import forget_all
from bot.store.people import seed_roles
from bot.store.schema import bring_up_to_date
from bot.store.tokens import RedisTokenStore
from bot.zalo.answers import patience
from bot.zalo.client import ZaloClient
from bot.zalo.tokens import App, TokenKeeper

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    settings: Settings
    rules: Rules
    client: Client
    waiting: Client
    """Waits for entries of streams, which would hold up everybody else's calls."""
    keys: Keys
    http: httpx.AsyncClient
    zalo: ZaloClient
    tokens: TokenKeeper
    live: LiveKnowledge
    painter: Painter
    embedded: EmbeddedValkey | None


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Parts]:
    """Connects everything; on the way out closes it, the embedded Valkey last.

    Raises EmbeddedError, KnowledgeError, UnfitStore, WrongSchema, RedisError or OSError.
    """
    async with AsyncExitStack() as stack:
        url, embedded = settings.redis_url, None
        beside = asyncio.get_running_loop().run_in_executor
        calling, starting = beside(None, _http), None
        if settings.embedded:
            embedded = EmbeddedValkey(settings.data_dir)
            starting, url = beside(None, embedded.start), embedded.url
            stack.push_async_callback(asyncio.to_thread, embedded.stop)
        try:
            live = LiveKnowledge(INTENTS, RESPONSES, Shelf(settings.cache_dir))
        finally:
            if starting:
                await starting
        client, waiting = connect(url), connect(url, waits=True)
        stack.push_async_callback(waiting.aclose)
        stack.push_async_callback(client.aclose)
        keys = Keys(settings.zalo_oa_id)
        await _prepare(client, keys, settings)
        http = await stack.enter_async_context(await calling)
        waits = patience(settings.zalo_answer_s)
        store = RedisTokenStore(client, keys.tokens())
        tokens = TokenKeeper(http, store, app_of(settings), settings.zalo_oauth_url, alarm=_alarm, patience=waits)
        stack.push_async_callback(tokens.close)
        zalo = ZaloClient(http, tokens, settings.zalo_openapi_url, patience=waits)
        painter = Painter()
        stack.callback(painter.close)
        yield Parts(settings, _rules(settings), client, waiting, keys, http, zalo, tokens, live, painter, embedded)


def app_of(settings: Settings) -> App:
    secret, refresh_token = settings.zalo_app_secret, settings.zalo_refresh_token
    return App(settings.zalo_app_id, secret.get_secret_value(), refresh_token.get_secret_value())


def _http() -> httpx.AsyncClient:
    from bot.zalo import engine  # aiohttp and the certificates take a tenth of the start, most of it beside the rest

    return engine.client()


async def _prepare(client: Client, keys: Keys, settings: Settings) -> None:
    """Makes the store ready for this version and these settings, whatever was in it."""
    for warning in await check_store(client):
        log.warning("the store may lose data", reason=warning)
    if settings.embedded:
        await forget_all(client, keys)
    await bring_up_to_date(client, keys, settings.zone)
    await streams.create_groups(client, keys)
    await seed_roles(client, keys, _roles(settings))


def _roles(settings: Settings) -> dict[str, Role]:
    """Supervisors win over technicians where somebody is named as both."""
    sandbox = settings.sandbox
    technicians = (*settings.technician_ids, *(SANDBOX_TECHNICIANS if sandbox else ()))
    supervisors = (*settings.supervisor_ids, *(SANDBOX_SUPERVISORS if sandbox else ()))
    roles: dict[str, Role] = dict.fromkeys(technicians, "technician")
    roles.update(dict.fromkeys(supervisors, "supervisor"))
    return roles


def _alarm(reason: str) -> None:
    """Somebody must act: the access to the OA has to be granted again."""
    metrics.access_lost()
    log.error("zalo access lost", reason=reason)


def _rules(settings: Settings) -> Rules:
    off, extra = read_holidays(settings.holidays_file.read_text("utf-8"))
    return Rules(
        Hours(settings.zone, off, extra, settings.working_hours, settings.working_days),
        settings.max_claims,
        settings.replies_to_person,
        settings.replies_in_group,
        settings.public_url,
        settings.morning_list,
        settings.evening_summary,
        settings.guide_url,
    )
