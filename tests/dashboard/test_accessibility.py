"""The pages hold the rules of WCAG 2.1 A and AA that axe-core can check, at the widths of a desk and of a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.browser import opened
from tests.scenarios.runner import ALWAYS_OPEN, Player, service

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
OPEN_PAGES = ("/guide", "/guide/payment", "/guide/nothing", "/sandbox")
DESK_PAGES = (
    "/dashboard/day", "/dashboard/cases", "/dashboard/tickets", "/dashboard/tickets/1", "/dashboard/questions",
    "/dashboard/month/2026-11",
)  # fmt: skip
SAID = """
> Khôi: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
< phiếu #1
< Phiếu #1
> Lan: máy in không in được phiếu biên nhận hồ sơ, nhờ tổ hỗ trợ giúp
< phiếu
"""


@pytest.mark.parametrize("width", [1280, 390])
async def test_no_page_breaks_a_rule_of_accessibility(tmp_path: Path, width: int) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        desk = Player(running)
        await desk.play(SAID)
        await desk._line("> Hà!: /bang")
        (said,) = desk.unheard
        base = str(running.http.base_url)
        async with opened(base, width=width) as page:
            broken = {}

            async def check(path: str) -> None:
                found = await Axe().run(page, options=RULES)
                rules = {
                    each["id"]: [node["html"][:120] for node in each["nodes"]][:3]
                    for each in found.response["violations"]
                }
                if rules:
                    broken[path] = rules

            await page.goto(re.findall(r"http\S+", said["text"])[0])
            await check("the door")
            await page.get_by_role("button", name="Vào trang").click()
            await page.get_by_role("heading", name="Thống kê").wait_for()
            for path in (*OPEN_PAGES, *DESK_PAGES):
                await page.goto(base + path)
                await check(path)
            await page.get_by_role("link", name="Dạy bot").click()
            await page.get_by_role("link", name="máy in không in được").click()
            await page.get_by_text("Mô tả lỗi mới", exact=True).click()
            await check("a question")
            assert broken == {}
