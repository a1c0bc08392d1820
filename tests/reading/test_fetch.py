"""Pictures come from Zalo's hosts only, and no redirect leads elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

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


@pytest.mark.parametrize("path", ["astray", "round", "gone", "slow"])
async def test_what_leads_astray_or_nowhere_is_refused(http: httpx.AsyncClient, path: str) -> None:
    with pytest.raises(FetchError):
        await fetch(http, f"https://a.zdn.vn/{path}", HOSTS, within_s=0.5)


async def test_more_than_ten_megabytes_are_not_taken() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(2 * MOST_BYTES // 100_000):
            writer.write(bytes(100_000))
            if not writer.is_closing():
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(FetchError, match="over"):
            await fetch(http, f"{origin}/endless", (origin,))
