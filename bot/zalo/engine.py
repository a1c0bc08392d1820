"""The engine beneath httpx for what the service asks of others: aiohttp's, whose parser is compiled.

httpx's own takes five times the CPU for a call (measured with the send of a reply), more than deciding what to say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast
from urllib.request import getproxies

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

LIMITS: Final = httpx.Limits(max_connections=100, keepalive_expiry=5.0)
"""A connection that was idle for longer (seconds) is not used again: the server may be closing it at this moment."""
_NOTHING_LEFT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Engine(AiohttpTransport):
    """Tells a connection that broke from one that never was: httpx_aiohttp calls both a failure to connect, and what
    never left may be sent again, while what broke may have arrived."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _told_apart():
            response = await super().handle_async_request(request)
        response.stream = _Stream(cast(httpx.AsyncByteStream, response.stream))
        return response


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _told_apart():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Client(httpx.AsyncClient):
    """What is read whole goes straight through the engine: nobody whom the service asks redirects it, wants it to log
    in or to keep cookies, and looking for that takes as long as the call itself."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(transport=engine)
        self._engine = engine

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        if stream or options or self.is_closed:
            return await super().send(request, stream=stream, **options)
        response = await self._engine.handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        if isinstance(error.__cause__, _NOTHING_LEFT):
            raise
        raise httpx.ReadError(str(error)) from error
    except aiohttp.ClientError as error:  # what httpx_aiohttp has no word for: no HTTP came back
        raise httpx.RemoteProtocolError(str(error)) from error


def client() -> httpx.AsyncClient:
    """Over this engine; where the environment names a proxy (HTTPS_PROXY, NO_PROXY), over httpx's own, which knows
    those rules."""
    if getproxies().keys() - {"no"}:
        return httpx.AsyncClient()
    return _Client(Engine(limits=LIMITS))
