"""A supervisor teaches the bot from a question that it could not answer, and the bot uses it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser import opened
from tests.scenarios.runner import ALWAYS_OPEN, Player, service

ASKED = "> Lan: máy in không in được phiếu biên nhận hồ sơ, nhờ tổ hỗ trợ giúp\n< phiếu\n"


async def test_an_accepted_example_is_tried_first_and_then_answered(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(ASKED)
        async with opened(str(running.http.base_url)) as page:
            await desk._line("> Hà!: /bang")
            (said,) = desk.unheard
            desk.unheard.clear()
            await page.goto(re.findall(r"http\S+", said["text"])[0])
            await page.get_by_role("button", name="Vào trang").click()
            await page.get_by_role("link", name="Dạy bot").click()
            await page.get_by_role("link", name="máy in không in được").click()
            await page.get_by_label("Những câu này là").select_option("login-404")
            await page.get_by_role("button", name="Thử").click()
            await page.get_by_role("heading", name="Nếu nhận thì").wait_for()
            assert "hiểu đúng 1 trong 1" in await page.locator("main").inner_text()
            await page.get_by_role("button", name="Nhận, dùng ngay").click()
            await page.get_by_text("Bot đã học").wait_for()
            assert "Không có câu nào" in await page.locator("main").inner_text()
        await desk.play("> Khôi: máy in không in được phiếu biên nhận hồ sơ, nhờ tổ hỗ trợ giúp\n< Ctrl+Shift+R\n")


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
