"""Pictures in the running service: nobody waits for another one's picture, and nothing of it stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest

from bot.store.keys import partition_of
from tests.process import CACHE, PICTURE_S
from tests.reading.drawing import Page, dossier, not_found, png
from tests.reading.malice import MALICIOUS
from tests.reading.serving import pictures
from tests.several import Bot, Zalo, settled, signed, start_bot, zalo

ASKED = "lỗi gì đây ad"
CODE, MISREAD, CORRECTED = "H20.27.21-240924-0099", "H20.24.16-240821-0063", "H20.24.16-240821-0068"
PRIVATE = ("Người Dân", "0912345678", "0912 345 678", "087123456789", "087 123", "7k2qx", "Hình thức nộp", "VNPOST")
"""What stands in the picture and is nobody's business, and what the program calls its fields."""
SLOW_S = 1.5
LAN = "7000000000000000001"
KHOI = next(id_ for n in range(2, 99) if partition_of(id_ := f"70000000000000000{n:02}") == partition_of(LAN))
"""Their messages wait in the same partition."""


@cache
def files() -> dict[str, bytes]:
    return {
        "private": png(
            Page(1366, 15).draw(
                [
                    *dossier(CODE, "Thất bại"),
                    ("field", "Chủ hồ sơ", "Người Dân"),
                    ("field", "Số điện thoại", "0912 345 678"),
                    ("field", "Số CCCD", "087 123 456 789"),
                    ("field", "Mã bảo mật", "7k2qx"),
                ]
            )
        ),
        "not-found": png(Page(1366, 15).draw(not_found(CODE))),
        "sync-failed": png(Page(1366, 15).draw(dossier(MISREAD, "Thất bại"))),
        **{name: build() for name, build in MALICIOUS.items()},
    }


@dataclass
class Group:
    http: httpx.AsyncClient
    origin: str
    taker: Zalo
    start: Callable[[], Awaitable[Bot]]
    bot: Bot

    async def say(self, id_: str, person: str, text: str, picture: str = "") -> None:
        address = f"{self.origin}/{picture}" if picture else ""
        raw, headers = signed(id_, person, text, address)
        (await self.http.post(f"{self.bot.address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()

    async def heard(self, count: int) -> list[tuple[str, str]]:
        """At least so many replies: which message each quotes, and its text."""
        async with asyncio.timeout(15):
            while len(self.taker.said) < count:
                await asyncio.sleep(0.02)
        said = [body["message"] for body in self.taker.said]
        return [(str(message.get("quote_message_id")), message["text"]) for message in said]

    def ended(self) -> str:
        """Stops the bot. Returns its log."""
        self.bot.process.terminate()
        return self.bot.process.communicate(timeout=20)[1]


@asynccontextmanager
async def group(folder: Path, **environ: str) -> AsyncIterator[Group]:
    async with AsyncExitStack() as stack:
        address, taker = await stack.enter_async_context(zalo())
        origin = await stack.enter_async_context(pictures(files(), SLOW_S))
        known = {
            "ZALO_OPENAPI_URL": address,
            "PICTURE_HOSTS": origin,
            "CACHE_DIR": str(CACHE),
            "PICTURE_S": PICTURE_S,
            **environ,
        }

        async def start() -> Bot:
            return await start_bot(stack, folder, known)

        http = await stack.enter_async_context(httpx.AsyncClient())
        yield Group(http, origin, taker, start, await start())


async def test_a_slow_picture_holds_up_its_sender_only_and_keeps_their_order(tmp_path: Path) -> None:
    async with group(tmp_path) as chat:
        await chat.say("picture", LAN, ASKED, "slow/sync-failed")
        await chat.say("correction", LAN, CORRECTED)
        await chat.say("other", KHOI, f"hs {CODE} không thanh toán được")
        said = await chat.heard(3)
    assert [quoted for quoted, _ in said] == ["other", "picture", "correction"]
    assert f"Em đọc được trong ảnh: mã {MISREAD}" in said[1][1]
    assert f"Em sửa mã {MISREAD} thành {CORRECTED}" in said[2][1]


async def test_malicious_files_get_no_answer_and_do_no_harm(tmp_path: Path) -> None:
    async with group(tmp_path) as chat:
        for number, name in enumerate((*MALICIOUS, "no such picture")):
            await chat.say(f"bad{number}", f"73{number:017}", "", name)
        await chat.say("picture", LAN, ASKED, "not-found")
        await chat.heard(1)
        await settled(chat.http, chat.bot.address)
        said = await chat.heard(1)
        log = chat.ended()
    assert [quoted for quoted, _ in said] == ["picture"]
    assert log.count("picture not read") > len(MALICIOUS)
    assert "message failed" not in log


@pytest.mark.usefixtures("redis_client")
async def test_a_bot_that_is_killed_over_a_picture_answers_it_once_when_it_is_back(valkey: str, tmp_path: Path) -> None:
    async with group(tmp_path, REDIS_URL=valkey) as chat:
        await chat.say("picture", LAN, ASKED, "slow/not-found")
        await asyncio.sleep(SLOW_S / 3)
        chat.bot.process.kill()
        chat.bot.process.wait()
        chat.bot = await chat.start()
        await chat.heard(1)
        await settled(chat.http, chat.bot.address)
        said = await chat.heard(1)
    assert [quoted for quoted, _ in said] == ["picture"]
    assert f"Em đọc được trong ảnh: mã {CODE}" in said[0][1]


async def test_without_tesseract_a_picture_is_understood_by_its_words(tmp_path: Path) -> None:
    async with group(tmp_path, PATH=str(tmp_path)) as chat:
        await chat.say("picture", LAN, f"hs {CODE} không thanh toán được", "not-found")
        await chat.say("bare", KHOI, "", "not-found")
        await chat.heard(1)
        await settled(chat.http, chat.bot.address)
        said = await chat.heard(1)
        log = chat.ended()
    assert [quoted for quoted, _ in said] == ["picture"]
    assert "Đồng bộ lại" in said[0][1]
    assert "trong ảnh" not in said[0][1]
    assert "apt-get install tesseract-ocr tesseract-ocr-vie" in log


async def test_of_a_picture_nothing_is_stored_or_logged_but_its_code_and_what_it_shows(tmp_path: Path) -> None:
    async with group(tmp_path, LOG_LEVEL="debug", LOG_FORMAT="json") as chat:
        await chat.say("picture", LAN, ASKED, "private")
        await chat.say("unsolved", LAN, "chưa được")
        await chat.heard(2)
        await settled(chat.http, chat.bot.address)
        log = chat.ended()
        said = str(await chat.heard(2))
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()).decode("utf-8", "replace")
    assert CODE in stored
    assert "trạng thái đồng bộ Thất bại" in said
    for place in (stored, log, said):
        assert [words for words in PRIVATE if words in place] == []
        assert "PNG" not in place
