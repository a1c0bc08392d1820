"""The command line as an operator meets it: real processes, their exit codes and what they print."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.process import CACHE, bot_process

ROOT = Path(__file__).parent.parent


def environment(**settings: str) -> dict[str, str]:
    """This machine's environment without settings of the bot, plus `settings`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "CACHE_DIR": str(CACHE)} | settings


def bot(*words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_help_names_every_command() -> None:
    shown = bot("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in ("serve", "check", "evaluate", "explain", "chat"))


def test_sigterm_stops_the_service_and_its_valkey(tmp_path: Path) -> None:
    with bot_process(tmp_path) as (_, process):
        valkey = int((tmp_path / "valkey.pid").read_text())
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert not alive(valkey)


def test_redis_that_is_down_is_said_in_one_line() -> None:
    refused = bot("serve", REDIS_URL=f"redis://:hush@127.0.0.1:{free_port()}", PORT=str(free_port()))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stderr.startswith("REDIS_URL: ")
    assert "hush" not in refused.stderr


def test_service_that_was_killed_starts_again_on_its_folder(tmp_path: Path) -> None:
    with bot_process(tmp_path) as (_, process):
        process.kill()
    with bot_process(tmp_path) as (address, _):
        assert httpx.get(f"{address}/ready").is_success


def test_what_the_bot_knows_is_sound() -> None:
    found = bot("check")
    assert found.returncode == 0, found.stdout
    assert "0 errors" in found.stdout


def test_broken_knowledge_is_found(tmp_path: Path) -> None:
    intents = shutil.copytree(ROOT / "intents", tmp_path / "intents")
    (intents / "payment.toml").write_text("title = \n")
    found = bot("check", "--intents", intents)
    assert found.returncode == 1
    assert "payment.toml" in found.stdout
    assert "Traceback" not in found.stderr


def test_evaluate_prints_one_object(tmp_path: Path) -> None:
    file = tmp_path / "two.tsv"
    file.write_text(
        "id\ttext\tlabel\tcodes\n"
        "1\tchào cả nhà\tnone\t\n"
        "2\tH20.27.21-240924-0099 lỗi thanh toán\tpayment\tH20.27.21-240924-0099\n"
    )
    judged = bot("evaluate", file, "--json")
    report = json.loads(judged.stdout)
    assert judged.returncode == 0
    assert (report["n"], report["codes_exact"]) == (2, 1.0)
    assert {"accuracy", "macro_f1", "false_reply_rate", "silent_rate", "clarify_rate", "per_label"} <= report.keys()


@pytest.mark.parametrize("content", [None, "", "id\ttext\n1\tx\n", "id\ttext\tlabel\tcodes\n1\tx\tno-such-error\t\n"])
def test_file_that_cannot_be_judged_is_said_in_one_line(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "odd.tsv"
    if content is not None:
        file.write_text(content)
    refused = bot("evaluate", file)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "odd.tsv" in refused.stderr


def test_explain_says_what_was_understood() -> None:
    shown = bot("explain", "H20.27.21-240924-0099 không thanh toán được", "--json")
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["meaning"]["codes"] == ["H20.27.21-240924-0099"]
    assert "H20.27.21-240924-0099" in bot("explain", "H20.27.21-240924-0099 không thanh toán được").stdout


def test_group_in_the_terminal_answers(tmp_path: Path) -> None:
    talk = subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        env=environment(TMPDIR=str(tmp_path)),
        input="/trogiup\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert talk.returncode == 0, talk.stderr
    assert "/phieucuatoi" in talk.stdout
