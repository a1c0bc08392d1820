"""Pictures come from Zalo's hosts only, and no redirect leads elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.reading.fetch import MOST_BYTES, FetchError, allowed, fetch

HOSTS = ("zdn.vn", "http://127.0.0.1:8080")


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://f21-zpc.zdn.vn/jpg/1/a.jpg", True),
        ("http://127.0.0.1:8080/sandbox/images/1", True),
        ("http://f21-zpc.zdn.vn/a.jpg", False),
        ("https://f21-zpc.zdn.vn:8443/a.jpg", False),
        ("https://evilzdn.vn/a.jpg", False),
        ("https://zdn.vn.evil.example/a.jpg", False),
        ("https://zdn.vn@evil.example/a.jpg", False),
        ("https://user@f21-zpc.zdn.vn/a.jpg", False),
        ("http://127.0.0.1:6379/", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("file:///etc/passwd", False),
        ("", False),
        ("https://[", False),
    ],
)
def test_only_zalos_hosts_are_asked(address: str, may: bool) -> None:
    assert allowed(address, HOSTS) is may


async def _slow(_: Request) -> Response:
    await asyncio.sleep(5)
    return Response(b"late")


async def _picture(_: Request) -> Response:
    return Response(b"picture")


ROUTES = {
    "/picture": _picture,
    "/slow": _slow,
    "/moved": lambda _: RedirectResponse("https://b.zdn.vn/picture"),
    "/plain": lambda _: RedirectResponse("http://a.zdn.vn/picture"),
    "/astray": lambda _: RedirectResponse("http://169.254.169.254/latest"),
    "/round": lambda _: RedirectResponse("https://a.zdn.vn/round"),
    "/gone": lambda _: Response(status_code=404),
}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route(path, answer) for path, answer in ROUTES.items()])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        yield client


async def test_a_redirect_within_zalo_is_followed(http: httpx.AsyncClient) -> None:
    assert await fetch(http, "https://a.zdn.vn/moved", HOSTS) == b"picture"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("astray", "not a host of Zalo's"),
        ("plain", "not a host of Zalo's"),
        ("round", "too many redirects"),
        ("gone", "status 404"),
        ("slow", "TimeoutError"),
    ],
)
async def test_what_leads_astray_or_nowhere_is_refused(http: httpx.AsyncClient, path: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        await fetch(http, f"https://a.zdn.vn/{path}", HOSTS, within_s=0.5)


async def test_a_server_that_drips_is_given_up_after_five_seconds() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await asyncio.sleep(0.2)

    async with _server(drip) as origin, httpx.AsyncClient(trust_env=False) as http:
        began = time.monotonic()
        with pytest.raises(FetchError, match="TimeoutError"):
            await fetch(http, f"{origin}/drops", (origin,))
        assert 5 <= time.monotonic() - began < 10


async def test_who_is_not_on_the_list_is_not_even_asked() -> None:
    asked = []

    async def inside(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(True)
        writer.close()

    async def zalo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {secret}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with _server(inside) as secret, _server(zalo) as origin, httpx.AsyncClient(trust_env=False) as http:
        for address in (secret, f"{origin}/moved"):
            with pytest.raises(FetchError, match="not a host of Zalo's"):
                await fetch(http, address, (origin,))
    assert not asked


async def test_more_than_ten_megabytes_are_not_taken() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(2 * MOST_BYTES // 100_000):
            writer.write(bytes(100_000))
            if not writer.is_closing():
                await writer.drain()
        writer.close()

    async with _server(serve) as origin, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(FetchError, match="over"):
            await fetch(http, f"{origin}/endless", (origin,))


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _server(answer: Answer) -> AsyncIterator[str]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
