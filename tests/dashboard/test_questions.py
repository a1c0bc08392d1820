"""A supervisor teaches the bot from a question that it could not answer, and the bot uses it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from playwright.async_api import Page

from bot.language.knowledge import load_knowledge
from bot.language.shelf import Shelf
from bot.places import INTENTS, RESPONSES
from bot.store.teaching import read_reviews
from tests.browser import opened
from tests.process import CACHE
from tests.scenarios.runner import ALWAYS_OPEN, Player, service

ASKED = "> Lan: máy in không in được phiếu biên nhận hồ sơ, nhờ tổ hỗ trợ giúp\n< phiếu\n"
NEARLY_COMPLAINTS = (
    "số tiền trên hồ sơ coi bộ hông khớp với biên lai",
    "hồ sơ nộp hôm qua coi bộ mất tờ khai",
    "biên nhận hồ sơ coi bộ thiếu chữ ký",
)


async def _enter(desk: Player, page: Page) -> None:
    await desk._line("> Hà!: /bang")
    (said,) = desk.unheard
    desk.unheard.clear()
    await page.goto(re.findall(r"http\S+", said["text"])[0])
    await page.get_by_role("button", name="Vào trang").click()
    await page.get_by_role("link", name="Dạy bot").click()


async def test_an_accepted_example_is_tried_first_and_then_answered(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(ASKED)
        async with opened(str(running.http.base_url)) as page:
            await _enter(desk, page)
            listed = await page.request.get(f"{running.http.base_url}/dashboard/questions.csv")
            (question,) = csv.DictReader(io.StringIO((await listed.body()).decode("utf-8-sig")))
            assert (question["Số câu"], question["Vì sao ở đây"]) == ("1", "lỗi ngoài tài liệu")
            await page.get_by_role("link", name="máy in không in được").click()
            await page.get_by_label("Những câu này là").select_option("login-404")
            await page.get_by_role("button", name="Thử").click()
            await page.get_by_role("heading", name="Nếu nhận thì").wait_for()
            assert "hiểu đúng 1 trong 1" in await page.locator("main").inner_text()
            await page.get_by_role("button", name="Nhận, dùng ngay").click()
            await page.get_by_text("Bot đã học").wait_for()
            assert "Không có câu nào" in await page.locator("main").inner_text()
            await desk.play("> Khôi: máy in không in được phiếu biên nhận hồ sơ, nhờ tổ hỗ trợ giúp\n< Ctrl+Shift+R\n")
            await page.get_by_role("button", name="Bỏ: máy in").click()
            await page.get_by_text("Đã bỏ").wait_for()
        assert not await running.store.exists(running.keys.taught())


async def test_an_error_described_on_the_page_is_answered_has_its_guide_page_and_can_be_taken_back(
    tmp_path: Path,
) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(ASKED)
        async with opened(str(running.http.base_url)) as page:
            await _enter(desk, page)
            await page.get_by_role("link", name="máy in không in được").click()
            await page.get_by_label("Những câu này là").select_option("new")
            await page.get_by_text("Mô tả lỗi mới", exact=True).click()
            await page.get_by_role("button", name="Thử").click()
            assert "Thiếu các bước" in await page.get_by_role("alert").inner_text()
            await page.get_by_label("Mã của lỗi").fill("in-bien-nhan")
            await page.get_by_label("Tên ngắn").fill("in biên nhận")
            await page.get_by_label("Tiêu đề").fill("Không in được biên nhận")
            await page.get_by_label("Cách người ta nói").fill("in +")
            await page.get_by_label("Các bước").fill("1. Bật máy in.\n2. Bấm **In biên nhận**.")
            await page.get_by_role("button", name="Thử").click()
            assert "Chưa đọc được" in await page.get_by_role("alert").inner_text()
            await page.get_by_label("Cách người ta nói").fill("in + biên nhận + không được")
            await page.get_by_role("button", name="Thử").click()
            await page.get_by_role("heading", name="Nếu nhận thì").wait_for()
            await page.get_by_role("button", name="Nhận, dùng ngay").click()
            await page.get_by_text("Bot đã học").wait_for()
            await desk.play("> Khôi: in biên nhận không được ad ơi, hồ sơ nào cũng vậy\n< Bật máy in\n")
            await page.goto(f"{running.http.base_url}/guide/in-bien-nhan")
            assert "Bấm In biên nhận" in await page.locator("main").inner_text()
            await page.goto(f"{running.http.base_url}/dashboard/questions")
            await page.get_by_role("button", name="Bỏ: in-bien-nhan").click()
            await page.get_by_text("Đã bỏ").wait_for()
            assert "Đã dạy" not in await page.locator("main").inner_text()


def _doubtful() -> str:
    """What the bot is silent about without being sure changes with what it has learnt."""
    matcher = Shelf(CACHE).matcher(load_knowledge(INTENTS, RESPONSES))
    lines = (
        f"{said} {end}".strip() for said in NEARLY_COMPLAINTS for end in ("", "nha", "á", "ta", "hihi", "mấy chị ơi")
    )
    return next(line for line in lines if matcher.understand(line).doubtful)


async def test_a_message_that_got_silence_though_it_may_be_a_complaint_is_shown_and_everyday_talk_is_not(
    tmp_path: Path,
) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(f"> Lan: {_doubtful()}\n> Khôi: trưa nay ăn bún nước lèo ở quán cô Tư nha mọi người, em mời\n")
        reviews = await read_reviews(running.store, running.keys)
        assert [review.kind for review in reviews.values()] == ["silent"]


async def test_what_was_not_tried_is_not_accepted(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(ASKED)
        await desk._line("> Hà!: /bang")
        (said,) = desk.unheard
        await running.http.post(re.findall(r"http\S+", said["text"])[0])
        path = re.findall(r"/dashboard/questions/[\d-]+", (await running.http.get("/dashboard/questions")).text)[0]
        shown = (await running.http.get(path)).text
        token = re.findall(r'name="token" value="(\w+)"', shown)[0]
        text = re.findall(r'name="text" value="([^"]+)"', shown)[0]
        form = {"token": token, "text": text, "label": "login-404"}
        answer = await running.http.post(path, data={**form, "action": "accept", "label": "payment"})
        assert (answer.status_code, "Nếu nhận thì" in answer.text) == (200, True)
        assert (await running.http.post(path, data={**form, "action": "try"})).status_code == 200
        assert not await running.store.exists(running.keys.taught())
        assert (await running.http.post(path, data={**form, "action": "accept"})).status_code == 303
        assert await running.store.hkeys(running.keys.taught()) == [text]


async def test_a_form_without_the_sessions_token_teaches_nothing(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(ASKED)
        await desk._line("> Hà!: /bang")
        (said,) = desk.unheard
        await running.http.post(re.findall(r"http\S+", said["text"])[0])
        path = re.findall(r"/dashboard/questions/[\d-]+", (await running.http.get("/dashboard/questions")).text)[0]
        assert (await running.http.post(path, data={"action": "handled"})).status_code == 403
        assert path in (await running.http.get("/dashboard/questions")).text
