"""The Valkey that the service starts for itself: its data survives, and two servers never share a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from bot.store.embedded import DataDirInUse, EmbeddedError, EmbeddedValkey

BOT = """
import signal, sys
from pathlib import Path
from bot.store.embedded import EmbeddedValkey
EmbeddedValkey(Path(sys.argv[1])).start()
print("started", flush=True)
signal.pause()
"""


@contextmanager
def running(data_dir: Path) -> Iterator[redis.Redis]:
    server = EmbeddedValkey(data_dir)
    server.start()
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        yield client
    server.stop()


@pytest.fixture
def killed_bot(tmp_path: Path) -> int:
    """A bot was killed on `tmp_path` after it stored a complaint; the process id of its Valkey, which lives on."""
    with subprocess.Popen([sys.executable, "-c", BOT, str(tmp_path)], stdout=subprocess.PIPE) as bot:
        assert bot.stdout
        assert bot.stdout.readline() == b"started\n"
        with redis.Redis(unix_socket_path=str(tmp_path / "valkey.sock")) as client:
            client.set("complaint", "stored")
        bot.kill()
    return int((tmp_path / "valkey.pid").read_text())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        client.set("complaint", "stored")
    with running(tmp_path) as client:
        assert client.get("complaint") == "stored"


def test_what_was_stored_is_there_after_the_server_was_killed(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        client.set("complaint", "stored")
        os.kill(int((tmp_path / "valkey.pid").read_text()), signal.SIGKILL)
    with running(tmp_path) as client:
        assert client.get("complaint") == "stored"


def test_second_start_on_the_same_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        with pytest.raises(DataDirInUse) as refused:
            EmbeddedValkey(tmp_path).start()
        assert client.ping()
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_server_of_a_killed_bot_makes_room_and_its_data_is_kept(tmp_path: Path, killed_bot: int) -> None:
    assert alive(killed_bot)
    with running(tmp_path) as client:
        assert not alive(killed_bot)
        assert client.get("complaint") == "stored"


def test_server_of_a_killed_bot_makes_room_when_its_socket_was_swept_away(tmp_path: Path, killed_bot: int) -> None:
    (tmp_path / "valkey.sock").unlink()
    with running(tmp_path) as client:
        assert not alive(killed_bot)
        assert client.get("complaint") == "stored"


def test_stop_ends_the_server(tmp_path: Path) -> None:
    with running(tmp_path):
        pid = int((tmp_path / "valkey.pid").read_text())
    assert not alive(pid)


def test_folder_whose_path_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    with running(tmp_path / ("d" * 120)) as client:
        assert client.ping()


def test_server_listens_on_no_port_and_never_evicts(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        settings = client.config_get("*")
    assert settings["port"] == "0"
    assert settings["maxmemory-policy"] == "noeviction"
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "always")


def test_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"DATA_DIR .* cannot be used: Not a directory"):
        EmbeddedValkey(tmp_path / "file" / "data").start()


def test_server_is_ready_at_once(tmp_path: Path) -> None:
    took_s = []
    for number in range(5):
        began = time.perf_counter()
        with running(tmp_path / str(number)) as client:
            client.ping()
            took_s.append(time.perf_counter() - began)
    assert min(took_s) < 1.0
