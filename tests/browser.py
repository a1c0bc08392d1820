"""Debian's Chromium, as the tests of the pages drive it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Page, async_playwright, expect

CHROMIUM: Final = "/usr/bin/chromium"
PATIENCE_MS: Final = 30_000
"""How long a page may take to show something: what it shows is judged, and other tests may take all the processors."""
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def opened(address: str, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """A blank page; on the way out no script may have failed, and nothing may have been asked of anybody else."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": width, "height": height})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(address) else errors.append(request.url))
        yield page
        await browser.close()
        assert errors == []
