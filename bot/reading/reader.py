"""Reads the pictures of messages: fetches them, has them read in a process of its own, hands back the text.

Stands between the inbox and the understanding. Whatever goes wrong costs nothing but the reading: the message is then
understood without it. Neither picture nor text is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Final

import httpx
import structlog

from bot.reading.fetch import FetchError, fetch

PROGRAM: Final = Path(__file__).with_name("tesseract.py")
WITHIN_S: Final = 4.0
QUEUE_S: Final = 10.0
"""A picture that has not come to its turn by then is not read: its sender waits for an answer."""
IN_HAND: Final = 4
"""Pictures that are fetched or wait, fetched, for their turn: so many times ten megabytes at most."""
LAST: Final = "19"
"""Niceness of a session."""
TRIES: Final = 10
AGAIN_S: Final = 0.05
HOW_TO_INSTALL: Final = "apt-get install tesseract-ocr tesseract-ocr-vie"
log = structlog.get_logger(__name__)


def installed(path: str | None = None) -> bool:
    """Tesseract is there, with its Vietnamese model, on Linux. `path` stands in for PATH."""
    command = shutil.which("tesseract", path=path)
    if command is None or sys.platform != "linux":
        return False
    listed = subprocess.run([command, "--list-langs"], capture_output=True, text=True, check=False)  # noqa: S603
    return "vie" in listed.stdout.split()


class Reader:
    """Reads as many pictures at once as there are processors: they take of these only what others leave."""

    def __init__(self, http: httpx.AsyncClient, hosts: Collection[str], within_s: float = WITHIN_S) -> None:
        self._http = http
        self._hosts = hosts
        self._within_s = within_s
        self._hands = asyncio.Semaphore(IN_HAND)
        self._turn = asyncio.Semaphore(os.cpu_count() or 1)

    async def text(self, address: str) -> str:
        """What stands in the picture; '' when it cannot be read."""
        try:
            async with _within(self._hands, QUEUE_S):
                data = await fetch(self._http, address, self._hosts)
                async with _within(self._turn, QUEUE_S):
                    return await asyncio.to_thread(read, data, self._within_s)
        except (FetchError, OSError) as error:
            log.warning("picture not read", reason=str(error) or "too many at once")
            return ""


@contextlib.asynccontextmanager
async def _within(places: asyncio.Semaphore, seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError when no place gets free in time."""
    async with asyncio.timeout(seconds):
        await places.acquire()
    try:
        yield
    finally:
        places.release()


def read(data: bytes, within_s: float = WITHIN_S) -> str:
    """'' when these bytes are no picture, or take too long. For half of the time with what others leave of the
    processors; where that is nothing, for the other half with an equal share."""
    for policy in (os.SCHED_IDLE, os.SCHED_OTHER):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _read(data, within_s / 2, policy)
    log.warning("picture not read", reason="took too long")
    return ""


def _read(data: bytes, within_s: float, policy: int) -> str:
    # not asyncio's: uvloop forks, and a copy of this process stops it for longer than a message takes
    with _as_file(data) as file:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(PROGRAM)],
            stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=policy == os.SCHED_IDLE,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )  # fmt: skip
    with process:
        if policy == os.SCHED_IDLE:
            _go_last(process.pid)
        try:
            found, wrong = process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    if process.returncode:
        log.warning("picture not read", reason=wrong.decode(errors="replace")[-200:].strip())
        return ""
    return found.decode(errors="replace")


def _go_last(process: int) -> None:
    """Linux shares the processors out among sessions before it looks at what runs in them: what the reading uses would
    be taken from the bot's share, so that it gets a session of its own, which comes last, too. Whoever is not root may
    move a session only ten times a second."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0))
        for _ in range(TRIES):
            with contextlib.suppress(BlockingIOError):
                Path(f"/proc/{process}/autogroup").write_text(LAST)
                return
            time.sleep(AGAIN_S)


@contextlib.contextmanager
def _as_file(data: bytes) -> Iterator[int]:
    """In memory only. A pipe would be fed by many small writes, and each of them holds up the event loop."""
    file = os.memfd_create("picture")
    try:
        with open(file, "wb", closefd=False) as stream:
            stream.write(data)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)
