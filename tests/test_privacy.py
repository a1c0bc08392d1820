"""What identifies a citizen stands neither in the store nor in the logs, whichever way it came in."""

from __future__ import annotations

import json
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import httpx

from bot.settings import SANDBOX_APP_ID, SANDBOX_OA_ID
from bot.zalo.signature import HEADER, sign
from tests.process import bot_process, is_idle

GROUP = "9000000000000000001"
LAN, TAM = "7000000000000000001", "7000000000000000003"
NUMBERS = ("0912345678", "087090001234", "1jywqdy")
SAID = "hs H20.29.15-241120-0056 của chị 0912345678, CCCD 087090001234, mã bảo mật của hs là 1jywqdy"
FILE = {"type": "file", "payload": {"name": "chị Sáu 0912345678.pdf", "url": "https://f.example.org/1"}}
LINK = {"type": "link", "payload": {"url": "https://example.org/?sdt=0912345678", "title": "CCCD 087090001234"}}
EVENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("user_send_group_text", LAN, {"text": f"em chuyển nhầm {SAID}, trả lại giúp em"}),
    ("user_send_group_file", LAN, {"text": "", "attachments": [FILE]}),
    ("user_send_group_link", LAN, {"text": "", "attachments": [LINK]}),
    ("user_send_group_text", TAM, {"text": "/nhan 1"}),
    ("user_send_group_text", TAM, {"text": f"/ghichu 1 {SAID}"}),
    ("user_send_group_text", TAM, {"text": f"/hoi 1 {SAID}"}),
    ("user_send_group_text", TAM, {"text": f"/xong 1 {SAID}"}),
    ("user_send_text", LAN, {"text": f"/kythuat {SAID}"}),
    ("user_send_group_sticker", LAN, {"said": {"by": ["chị Sáu 0912345678"]}}),
)
"""Every way in: a complaint, a file, a link, commands with words behind them, and a field that nobody knows."""


def test_no_number_of_a_citizen_reaches_store_or_log(tmp_path: Path) -> None:
    with bot_process(tmp_path, LOG_LEVEL="debug", LOG_FORMAT="json") as (address, process):
        for number, (name, sender, message) in enumerate(EVENTS):
            _deliver(address, f"m{number}", name, sender, message)
        _settle(address)
        process.send_signal(signal.SIGINT)
        log = process.communicate(timeout=20)[1]
    written = "".join(file.read_text("utf-8", "replace") for file in (tmp_path / "appendonlydir").glob("*.aof"))
    assert "H20.29.15-241120-0056" in written
    assert '"message": "m8"' in log
    assert [number for number in NUMBERS if number in written] == []
    assert [number for number in NUMBERS if number in log] == []


def _deliver(address: str, id_: str, name: str, sender: str, message: dict[str, Any]) -> None:
    timestamp = str(time.time_ns() // 1_000_000)
    event = {
        "app_id": SANDBOX_APP_ID,
        "event_name": name,
        "timestamp": timestamp,
        "sender": {"id": sender},
        "recipient": {"id": GROUP if "group" in name else SANDBOX_OA_ID},
        "message": {"msg_id": id_, **message},
    }
    raw = json.dumps(event, ensure_ascii=False).encode()
    headers = {HEADER.decode(): sign(SANDBOX_APP_ID, raw, timestamp, "sandbox")}
    urllib.request.urlopen(urllib.request.Request(f"{address}/webhook/zalo", raw, headers), timeout=5)


def _settle(address: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if is_idle(httpx.get(f"{address}/ready").json()):
            return
        time.sleep(0.05)
    raise AssertionError("the bot does not come to rest")
