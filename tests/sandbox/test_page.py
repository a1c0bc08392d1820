"""The sandbox's page in a real browser, with the whole service behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import FloatRect, Page, expect

from tests.browser import opened
from tests.process import bot_process

SAMPLE: FloatRect = {"x": 300, "y": 600, "width": 700, "height": 200}
"""Where the page shows a dossier code; a small picture is read in time on a busy machine, too."""

LAN, KHOI, TAM, HA = (f"700000000000000000{number}" for number in (1, 2, 3, 4))


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    with bot_process(tmp_path) as (address, _):
        async with opened(address) as page:
            await page.goto(f"{address}/sandbox")
            yield page


async def say(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def test_a_whole_conversation_from_complaint_to_the_days_figures(page: Page) -> None:
    said = page.locator(".message.bot")
    await page.click("[data-sample] >> nth=0")
    await expect(said.first).to_contain_text("Đồng bộ lại")
    await expect(said.first).to_contain_text("@Ngọc Lan")
    await say(page, "vẫn chưa được")
    await expect(said.nth(1)).to_contain_text("phiếu #1")
    await expect(said.nth(2)).to_contain_text("Phiếu #1 · lỗi thanh toán")

    await page.click(f'[data-person="{TAM}"]')
    await say(page, "/nhan 1")
    await expect(said.nth(4)).to_contain_text("đã nhận phiếu #1")
    await say(page, "/xong 1 đã đồng bộ lại")
    await expect(said.nth(5)).to_contain_text("đã xử lý xong: đã đồng bộ lại")

    await page.click(f'[data-person="{HA}"]')
    await say(page, "/thongke")
    chart = said.nth(7).locator("img")
    await expect(chart).to_be_visible()
    assert await chart.evaluate("image => image.complete && image.naturalWidth > 600")
    await expect(said.nth(7)).to_contain_text("Chuyển kỹ thuật: 1")


async def test_a_quote_is_shown_and_reaches_the_bot(page: Page) -> None:
    await page.click("[data-sample] >> nth=0")
    first = page.locator(".message.bot").first
    await expect(first).to_contain_text("Đồng bộ lại")
    await page.click(f'[data-person="{KHOI}"]')
    await first.hover()
    await first.locator(".reply").click()
    await expect(page.locator("#quoting")).to_be_visible()
    await say(page, "được rồi nha")
    await expect(page.locator(".message.mine .quoted")).to_contain_text("Tổ Hỗ Trợ")
    await expect(page.locator(".message.bot").nth(1)).to_contain_text("xong")


async def test_a_name_is_picked_and_unread_messages_are_counted(page: Page) -> None:
    await page.fill("#text", "")
    await page.type("#text", "@Tổ")
    await expect(page.locator("#picker [role=option]")).to_have_count(1)
    await page.press("#text", "Enter")
    await page.type("#text", "vào một cửa báo lỗi 404")
    await page.press("#text", "Enter")
    await expect(page.locator(".message.mine .at")).to_have_text("@Tổ Hỗ Trợ")
    await expect(page.locator(".message.bot").first).to_contain_text("Ctrl+Shift+R")
    await expect(page.locator(f'[data-person="{KHOI}"] .badge')).to_have_text("2")


async def test_an_image_is_sent_and_shown(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "loi.png"
    picture.write_bytes(await page.screenshot(clip=SAMPLE))
    await page.click('[data-chat="private"]')
    await page.set_input_files("#image", picture)
    await expect(page.locator(".message.mine img")).to_be_visible()
    await expect(page.locator(".message.bot").first).to_contain_text("Em đọc được trong ảnh")


async def test_a_phones_width_shows_the_chat_and_opens_the_list(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator("#people")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.click("#menu")
    await expect(page.locator("#people")).to_be_visible()
    await page.click(f'[data-person="{TAM}"]')
    await page.click('[data-chat="group"]')
    await expect(page.locator("#subtitle")).to_contain_text("Quốc Tâm")


async def test_a_quote_can_be_taken_back_on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.click("[data-sample] >> nth=0")
    said = page.locator(".message.bot").first
    await expect(said).to_contain_text("Đồng bộ lại")
    await said.locator(".reply").click()
    cancel = page.locator("#quoting button")
    box = await cancel.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
    await cancel.click()
    await expect(page.locator("#quoting")).to_be_hidden()
