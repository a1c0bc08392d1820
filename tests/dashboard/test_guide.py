"""The guide's pages: what officials can read without a login, and what a group gets instead of a wall of text."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bot.dashboard.guide import Guide
from bot.dialogue.rules import USUAL
from bot.language.reload import LiveKnowledge
from bot.language.shelf import Shelf
from bot.places import INTENTS, RESPONSES
from tests.dialogue.world import World
from tests.process import CACHE


@pytest.fixture
def live(tmp_path: Path) -> LiveKnowledge:
    shutil.copytree(INTENTS, tmp_path / "intents")
    shutil.copytree(RESPONSES, tmp_path / "responses")
    return LiveKnowledge(tmp_path / "intents", tmp_path / "responses", Shelf(CACHE))


@pytest.fixture
async def http(live: LiveKnowledge) -> AsyncIterator[httpx.AsyncClient]:
    app = httpx.ASGITransport(Starlette(routes=Guide(live).routes()))
    async with httpx.AsyncClient(transport=app, base_url="http://guide") as client:
        yield client


async def test_every_error_has_a_page_with_all_its_steps(http: httpx.AsyncClient, live: LiveKnowledge) -> None:
    index = (await http.get("/guide")).text
    for intent in live.knowledge.intents.values():
        assert f'href="/guide/{intent.id}"' in index
        shown = await http.get(f"/guide/{intent.id}")
        assert shown.status_code == 200
        assert "{vai-tro" not in shown.text
    values = (await http.get("/guide/rejection-attachment")).text
    assert "<code>KQTC</code>" in values
    assert "Hoàn thành cấu hình" in values


@pytest.mark.parametrize("query", ["thanh toán", "dan thanh toan roi ma khong thay", "KQTC"])
async def test_search_finds_with_and_without_marks(http: httpx.AsyncClient, query: str) -> None:
    found = (await http.get("/guide", params={"q": query})).text
    wanted = "rejection-attachment" if query == "KQTC" else "payment"
    assert f'href="/guide/{wanted}"' in found


async def test_an_edit_is_on_the_page_once_the_bot_has_taken_it_up(
    http: httpx.AsyncClient, live: LiveKnowledge, tmp_path: Path
) -> None:
    with (tmp_path / "responses" / "password-expired.md").open("a") as file:
        file.write("\n\nMột dòng **mới** <script>alert(1)</script>\n")
    assert live.refresh() == ()
    text = (await http.get("/guide/password-expired")).text
    assert "<strong>mới</strong>" in text
    assert "<script>" not in text


async def test_a_page_that_is_not_there_and_the_strict_policy(http: httpx.AsyncClient) -> None:
    answer = await http.get("/guide/%3Cscript%3E")
    assert answer.status_code == 404
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_a_group_gets_the_short_steps_and_the_link_and_private_chat_everything() -> None:
    world = World(rules=replace(USUAL, guide_url="https://hotro.example.org/guide"))
    world.play("""
        > Lan: từ chối hồ sơ không có chỗ đính kèm văn bản
        < mã tài liệu là KQTC | “4200” | https://hotro.example.org/guide/rejection-attachment
        x Để trống
        > Khôi!: từ chối hồ sơ không có chỗ đính kèm văn bản
        <Khôi Kiểu thành phần hồ sơ
        x https://
    """)


def test_without_a_public_address_a_group_gets_the_whole_answer() -> None:
    World().play("""
        > Lan: từ chối hồ sơ không có chỗ đính kèm văn bản
        < Kiểu thành phần hồ sơ | deliverableType
    """)
