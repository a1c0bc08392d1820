"""`python -m tests.pictures` takes the README's pictures anew, from the real service in a real browser."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import CHROMIUM, FLAGS
from tests.process import bot_process
from tests.sandbox.test_page import HA, LAN, TAM, say

HERE: Final = Path(__file__).parent


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, bot_process(Path(folder)) as (address, _):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await _open(browser, address, 1280, 860)
            await _conversation(page)
            await page.screenshot(path=HERE / "conversation.png")
            await page.click(f'[data-person="{HA}"]')
            await say(page, "/thongke")
            await expect(page.locator(".message.bot img")).to_be_visible()
            await page.wait_for_timeout(300)
            await page.screenshot(path=HERE / "figures.png")
            await _dashboard(page, address)
            phone = await _open(browser, address, 390, 844)
            await phone.wait_for_timeout(300)
            await phone.screenshot(path=HERE / "phone.png")
            await page.set_viewport_size({"width": 390, "height": 844})
            for name in ("day", "tickets"):
                await page.goto(f"{address}/dashboard/{name}")
                await page.wait_for_load_state("networkidle")
                await page.screenshot(path=HERE / f"{name}-phone.png")
            await browser.close()


async def _dashboard(page: Page, address: str) -> None:
    await page.click('[data-chat="private"]')
    await say(page, "/bang")
    link = await page.locator(".message.bot a").last.get_attribute("href")
    await page.goto(link or address)
    await page.get_by_role("button").click()
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=HERE / "day.png", full_page=True)
    await page.goto(f"{address}/dashboard/tickets?state=all")
    await page.screenshot(path=HERE / "tickets.png")


async def _open(browser: Browser, address: str, width: int, height: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.goto(f"{address}/sandbox")
    return page


async def _conversation(page: Page) -> None:
    said = page.locator(".message.bot")
    await page.click(f'[data-person="{LAN}"]')
    await say(page, "chiều nay họp lúc 14h nha mọi người")
    await say(page, "hs H20.27.21-240924-0099 dân thanh toán k được, tra cổng quốc gia không thấy")
    await expect(said.nth(0)).to_be_visible()
    await say(page, "vẫn chưa được ạ")
    await expect(said.nth(2)).to_be_visible()
    await page.click(f'[data-person="{TAM}"]')
    await say(page, "/nhan 1")
    await expect(said.nth(4)).to_be_visible()
    await say(page, "/xong 1 đã đồng bộ lại")
    await expect(said.nth(6)).to_be_visible()
    await page.click(f'[data-person="{LAN}"]')
    await page.locator("#messages").evaluate("list => { list.scrollTop = 0 }")
    await page.wait_for_timeout(300)


if __name__ == "__main__":
    asyncio.run(main())
