"""A server in the place of Zalo's picture hosts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.ports import free_port


@asynccontextmanager
async def pictures(files: Mapping[str, bytes], slow_s: float = 0.0) -> AsyncIterator[str]:
    """Yields the origin; what is asked for as /slow/name comes `slow_s` later than /name."""

    async def send(request: Request) -> Response:
        data = files.get(request.path_params["name"])
        return Response(status_code=404) if data is None else Response(data)

    async def send_late(request: Request) -> Response:
        await asyncio.sleep(slow_s)
        return await send(request)

    port = free_port()
    app = Starlette(routes=[Route("/slow/{name}", send_late), Route("/{name}", send)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
