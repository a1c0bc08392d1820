"""What a process answers over HTTP: which parts stand behind which address."""

from __future__ import annotations

import asyncio
from functools import cache

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import metrics
from bot.dashboard.board import Board
from bot.dashboard.days import Days
from bot.dashboard.guide import Guide
from bot.dashboard.pages import static_files
from bot.dashboard.questions import Questions
from bot.dashboard.view import View
from bot.dashboard.web import Dashboard
from bot.headers import StrictHeaders
from bot.health import health_routes
from bot.parts import Parts
from bot.places import JUDGED
from bot.sandbox import redirect_to_page, sandbox_app
from bot.store.arrivals import Arrivals
from bot.store.connection import under_sentinel
from bot.store.page_sessions import PageSessions
from bot.worker.door import Arrival, Door
from bot.zalo.webhook import Gate, InboxEntry, InboxUnavailable, webhook_first, webhook_route


def worker_app(built: Parts) -> ASGIApp:
    """That it lives, and its figures."""
    return StrictHeaders(Starlette(routes=[*health_routes(built.client, built.keys)]))


def web_app(built: Parts, door: Door | None, stopping: asyncio.Event) -> ASGIApp:
    """The webhook and the pages; `door` leads to the workers of the same process."""
    settings = built.settings
    webhook = webhook_route(_gate(built, door))
    routes: list[BaseRoute] = [webhook, *health_routes(built.client, built.keys)]
    routes += [static_files(), *Guide(built.live).routes()]
    routes += [_dashboard(built, stopping).mount(), Mount("/api", _api_when_asked(built))]
    if settings.sandbox:
        routes += [redirect_to_page(), Mount("/sandbox", sandbox_app(settings, stopping))]
    return webhook_first(webhook, StrictHeaders(Starlette(routes=routes)))


def _gate(built: Parts, door: Door | None) -> Gate:
    settings = built.settings
    arrivals = Arrivals(built.client, built.keys)
    near = None if under_sentinel(built.client) else door

    async def accept(entry: InboxEntry) -> None:
        try:
            if near:
                await near.take(Arrival(entry.body, entry.event, entry.person, entry.received_ms))
            else:
                await arrivals.append(entry.person, entry.body, entry.received_ms)
        except (RedisError, OSError) as error:
            raise InboxUnavailable(type(error).__name__) from error

    return Gate(
        app_id=settings.zalo_app_id,
        oa_id=settings.zalo_oa_id,
        oa_secret=settings.zalo_oa_secret.get_secret_value(),
        accept=accept,
        count=metrics.webhook,
    )


def _dashboard(built: Parts, stopping: asyncio.Event) -> Dashboard:
    settings, client, keys = built.settings, built.client, built.keys
    view = View(built.live, settings.zone, settings.tech_group)
    days = Days(client, keys, view, settings.zone, built.painter)
    board = Board(client, keys, view, built.rules.hours, settings.zalo_app_id, stopping)
    questions = Questions(client, keys, view, built.live, settings.zone, JUDGED)
    return Dashboard(view, PageSessions(client, keys), days, board, questions, settings.public_url)


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
