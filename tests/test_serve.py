"""`serve` as its users start and stop it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import redis

from tests.ports import free_port
from tests.process import bot_process
from tests.watch import until, works


def test_a_second_start_on_the_same_data_says_so_in_one_line(tmp_path: Path) -> None:
    with bot_process(tmp_path):
        second = subprocess.run(
            [sys.executable, "-m", "bot", "serve"],
            env={"DATA_DIR": str(tmp_path), "PORT": str(free_port())},
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert second.returncode == 2
    assert second.stderr.splitlines() == [
        f"DATA_DIR {tmp_path} is in use by another running bot; stop it or choose another DATA_DIR"
    ]


def test_an_address_in_use_says_so_in_one_line(tmp_path: Path) -> None:
    with bot_process(tmp_path / "one") as (address, _):
        port = address.rpartition(":")[2]
        second = subprocess.run(
            [sys.executable, "-m", "bot", "serve"],
            env={"DATA_DIR": str(tmp_path / "two"), "PORT": port},
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert second.returncode == 2
    assert f"PORT {port}" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    wrong = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env={"DATA_DIR": str(tmp_path), "TIMEZONE": "Asia/Cao_Lanh"},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("TIMEZONE: expected")
    assert len(wrong.stderr.splitlines()) == 1


def test_ctrl_c_stops_the_bot_and_its_valkey_and_tickets_survive(tmp_path: Path) -> None:
    with bot_process(tmp_path) as (address, process):
        complaint = {"person": "7000000000000000001", "chat": "private", "text": "/kythuat máy em không ký được"}
        said = _private_answer(address, complaint)
        assert "phiếu #1" in said
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
        assert not (tmp_path / "valkey.sock").exists()
    with bot_process(tmp_path) as (address, _):
        said = _private_answer(address, complaint | {"text": "/phieucuatoi"})
    assert "#1 ·" in said


def test_ctrl_c_ends_the_bot_while_a_page_listens(tmp_path: Path) -> None:
    with (
        bot_process(tmp_path) as (address, process),
        urllib.request.urlopen(f"{address}/sandbox/api/events", timeout=20) as stream,
    ):
        stream.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=8) == 0


def test_a_dead_valkey_ends_the_bot_and_nothing_is_lost(tmp_path: Path) -> None:
    complaint = {"person": "7000000000000000001", "chat": "private", "text": "/kythuat máy em không ký được"}
    with bot_process(tmp_path) as (address, process):
        assert "phiếu #1" in _private_answer(address, complaint)
        with redis.Redis(unix_socket_path=str(tmp_path / "valkey.sock")) as client:
            os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
        assert process.wait(timeout=20) == 2
    with bot_process(tmp_path) as (address, _):
        assert "#1 ·" in _private_answer(address, complaint | {"text": "/phieucuatoi"})


def test_the_sandbox_is_not_there_with_a_real_account(tmp_path: Path) -> None:
    account = {
        "ZALO_APP_ID": "31",
        "ZALO_APP_SECRET": "made-up",
        "ZALO_OA_ID": "44",
        "ZALO_OA_SECRET": "made-up",
        "ZALO_REFRESH_TOKEN": "made-up",
        "ZALO_OPENAPI_URL": "http://127.0.0.1:9",
        "ZALO_OAUTH_URL": "http://127.0.0.1:9",
    }
    with bot_process(tmp_path, **account) as (address, _):
        for path in ("/sandbox", "/sandbox/api/state", "/sandbox/openapi/v2.0/oa/getoa"):
            assert _status(address + path) == 404


def _private_answer(address: str, message: dict[str, str]) -> str:
    request = urllib.request.Request(
        f"{address}/sandbox/api/send", json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    sent = json.load(urllib.request.urlopen(request, timeout=5))["id"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        messages = json.load(urllib.request.urlopen(f"{address}/sandbox/api/state", timeout=5))["messages"]
        answers = [each["text"] for each in messages if each["quote"] == sent]
        if answers:
            return str(answers[0])
        time.sleep(0.02)
    raise AssertionError("no answer")


def _status(url: str) -> int:
    try:
        return int(urllib.request.urlopen(url, timeout=5).status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_bot_that_is_killed_while_it_learns_leaves_no_learning_behind(tmp_path: Path, valkey: str) -> None:
    given = {"PORT": str(free_port()), "DATA_DIR": str(tmp_path), "CACHE_DIR": str(tmp_path), "REDIS_URL": valkey}
    bot = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=given, stderr=subprocess.DEVNULL)
    try:
        learning = until(lambda: _spawned(bot.pid))
        hands = until(lambda: [each for process in learning for each in _spawned(process)])
    finally:
        bot.kill()
        bot.wait()
    until(lambda: not any(works(process) for process in (*learning, *hands)))


def _spawned(parent: int) -> list[int]:
    """The Python processes that this one started, without the store's server."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, command in commands.items() if b"spawn_main" in command]
