"""What watches the service: is the process alive, can it work, and its figures."""

from __future__ import annotations

import asyncio
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError, ResponseError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.metrics import REGISTRY
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.streams import lengths

MOST_WAITING: Final = 1_000
"""With more entries than this in the inbox, the worker has fallen behind."""
ANSWER_S: Final = 1.0


def health_routes(client: Client, keys: Keys) -> list[Route]:
    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        try:
            async with asyncio.timeout(ANSWER_S):
                # changes nothing, but a store that is full or read-only refuses it as it refuses the webhook's messages
                await client.setrange(keys.alive(), 0, "")
                inbox, outbox = await lengths(client, keys)
        except ResponseError as error:
            return JSONResponse({"status": "redis refuses to write", "error": str(error)}, status_code=503)
        except (RedisError, OSError, TimeoutError) as error:
            return JSONResponse({"status": "redis does not answer", "error": type(error).__name__}, status_code=503)
        late = inbox > MOST_WAITING
        body = {"status": "worker is behind" if late else "ready", "inbox": inbox, "outbox": outbox}
        return JSONResponse(body, status_code=503 if late else 200)

    async def figures(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/health", health), Route("/ready", ready), Route("/metrics", figures)]
