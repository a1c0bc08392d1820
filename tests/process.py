"""Starts the bot as a process of its own, as its users do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from tests.ports import free_port

READY_S = 60.0
PICTURE_S: Final = "20"
"""Seconds for a picture where other tests may take all the processors."""
CACHE: Final = Path(tempfile.gettempdir(), "bot-tests-cache")
"""What was learnt from the knowledge: once for all tests."""


@contextmanager
def bot_process(
    data_dir: Path, role: str = "all", log: IO[str] | int = subprocess.PIPE, /, **environ: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(address, process) of a bot with the sandbox that answers /ready; it is stopped on the way out. One that says
    more than a pipe holds needs a file for its log."""
    port = str(free_port())
    given = {
        "PATH": os.environ["PATH"],
        "PORT": port,
        "DATA_DIR": str(data_dir),
        "CACHE_DIR": str(CACHE),
        "PICTURE_S": PICTURE_S,
        **environ,
    }
    command = [sys.executable, "-m", "bot", "serve", "--role", role]
    process = subprocess.Popen(command, env=given, text=True, stderr=log, stdout=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address, process)
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def is_idle(told: Mapping[str, object]) -> bool:
    """What /ready tells, when everything is decided and sent. A store that is too busy to answer it within a second
    tells nothing of what waits in it."""
    return told.get("inbox") == told.get("outbox") == 0


def wait_until_ready(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/ready", timeout=1)
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
        else:
            return
    process.kill()
    raise AssertionError(f"the bot did not start: {process.communicate()[1]}")
