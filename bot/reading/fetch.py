"""Fetches a picture from where Zalo keeps it, and from nowhere else. First step of reading, before `tesseract`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

import httpx

MOST_BYTES: Final = 10_000_000
WITHIN_S: Final = 5.0
MOST_REDIRECTS: Final = 3
HEADERS: Final = {"Accept": "image/jpeg, image/png, image/webp", "Accept-Encoding": "identity"}


class FetchError(Exception):
    """The picture is not to be had, or not to be trusted."""


def allowed(address: str, hosts: Collection[str]) -> bool:
    """`hosts` holds domains, which count with all below them and by https only, or whole origins like
    'http://127.0.0.1:8080', which count as they are."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    if url.userinfo:
        return False
    origin = f"{url.scheme}://{url.netloc.decode()}"
    if origin in hosts:
        return True
    return url.scheme == "https" and url.port is None and any(_below(url.host, host) for host in hosts)


def _below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


async def fetch(http: httpx.AsyncClient, address: str, hosts: Collection[str], within_s: float = WITHIN_S) -> bytes:
    """The bytes behind the address; every redirect is checked like the address itself. Raises FetchError."""
    try:
        async with asyncio.timeout(within_s):
            for _ in range(1 + MOST_REDIRECTS):
                if not allowed(address, hosts):
                    raise FetchError("not a host of Zalo's")
                async with http.stream("GET", address, headers=HEADERS, follow_redirects=False) as answer:
                    if answer.next_request is None:
                        return await _body(answer)
                    address = str(answer.next_request.url)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(type(error).__name__) from error
    raise FetchError("too many redirects")


async def _body(answer: httpx.Response) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise FetchError(f"status {answer.status_code}")
    data = bytearray()
    async for part in answer.aiter_raw():
        data += part
        if len(data) > MOST_BYTES:
            raise FetchError(f"over {MOST_BYTES} bytes")
    return bytes(data)
