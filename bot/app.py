"""The life of a process: it starts, serves as web, worker or both, and stops in order.

Stopping: the workers finish what is in hand (the sandbox must still answer them), then the web server, then the
embedded Valkey.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import structlog
import uvicorn
from redis.exceptions import RedisError

from bot.crew import Crew
from bot.parts import Parts, assembled
from bot.settings import Settings
from bot.store.embedded import EmbeddedError
from bot.store.teaching import read_taught
from bot.web import web_app, worker_app

ProcessRole = Literal["all", "web", "worker"]
"""What one process does: take webhooks and show pages, decide and send, or both."""
GARBAGE: Final = 20_000
"""New objects after which garbage is looked for; a message makes hundreds, and hardly any garbage that needs it."""
RELOAD_S: Final = 2.0
STOP_S: Final = 10.0
log = structlog.get_logger(__name__)


async def serve(settings: Settings, role: ProcessRole = "all") -> None:
    """Runs web, worker or both until SIGINT or SIGTERM. Raises EmbeddedError, OSError and what `assembled` raises."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await serve_until(settings, stopping, role)


async def serve_until(settings: Settings, stopping: asyncio.Event, role: ProcessRole = "all") -> None:
    """Runs web, worker or both until `stopping` is set, or one of them ends."""
    listener = _listen(settings)
    async with assembled(settings) as built:
        _spare_what_stays()
        crew = Crew(built) if role != "web" else None
        app = worker_app(built) if role == "worker" else web_app(built, crew.door if crew else None, stopping)
        server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopped = asyncio.create_task(stopping.wait())
        working = asyncio.create_task(crew.work(stopping)) if crew else stopped
        following = asyncio.create_task(_follow(built, stopping))
        died = asyncio.create_task(built.embedded.died() if built.embedded else asyncio.Event().wait())
        shown = f"{settings.public_url}/sandbox" if settings.sandbox else settings.public_url
        log.info("ready", role=role, open=settings.local_url if role == "worker" else shown)
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


def _spare_what_stays() -> None:
    """The knowledge stays: looking through it for garbage would hold up every message."""
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()


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
