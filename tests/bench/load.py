"""Load from outside: Debian's wrk, which shares no process with what is measured."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

CONNECTIONS: Final = 16
HALF_LOAD_CONNECTIONS: Final = 64
POUR_CONNECTIONS: Final = 32
HAMMER_S: Final = 3
LONGEST_S: Final = 120
Signed = tuple[bytes, dict[str, str]]
"""Body and headers."""


class Told(NamedTuple):
    rate: float
    """Requests a second."""
    p99_ms: float


def hammer(address: str, message: Signed, rate: float | None = None) -> Told:
    """One message again and again: as fast as they are answered, or about `rate` a second, at random."""
    script = _messages([message]) + "function request() return requests[1] end\n"
    if not rate:
        return _told(address, script, CONNECTIONS)
    longest_ms = round(2 * HALF_LOAD_CONNECTIONS / rate * 1000)
    script += f"function delay() return math.random(0, {longest_ms}) end\n"
    return _told(address, script, HALF_LOAD_CONNECTIONS)


@contextmanager
def pour(address: str, messages: Sequence[Signed], connections: int = POUR_CONNECTIONS) -> Iterator[Callable[[], bool]]:
    """Each message once, in order, as fast as they are taken, meanwhile. Gives a function that tells whether all are.
    The last one goes out again while others are under way."""
    connections = min(connections, len(messages))
    with tempfile.TemporaryDirectory() as folder:
        mark = Path(folder, "all-taken")
        script = _messages(messages) + (
            "turn = -1\ntaken = 0\n"  # wrk asks for one request by way of trial
            "function request() turn = turn + 1; return requests[math.max(1, math.min(turn, #requests))] end\n"
            "function response(status) if status == 200 then taken = taken + 1 end\n"
            f"if taken == #requests + {connections - 1} then\n"
            f"io.open({_quoted(str(mark))}, 'w'):close(); wrk.thread:stop() end end\n"
        )
        with _wrk(address, script, connections, LONGEST_S) as process:
            yield mark.exists
            process.kill()


def _messages(messages: Sequence[Signed]) -> str:
    """Whole HTTP requests, made before the clock runs."""
    lines = ["raw = {}"]
    for body, headers in messages:
        named = ", ".join(f"[{_quoted(name)}]={_quoted(value)}" for name, value in headers.items())
        lines.append(f"raw[#raw+1] = {{{_quoted(body.decode())}, {{{named}}}}}")
    lines.append("requests = {}")
    lines.append(
        "function init() for i, each in ipairs(raw) do"
        " requests[i] = wrk.format('POST', nil, each[2], each[1]) end end\n"
    )
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


@contextmanager
def _wrk(address: str, script: str, connections: int, seconds: int) -> Iterator[subprocess.Popen[str]]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        wrk = [shutil.which("wrk") or "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", file.name]
        with subprocess.Popen([*wrk, f"{address}/webhook/zalo"], stdout=subprocess.PIPE, text=True) as process:
            yield process


def _told(address: str, script: str, connections: int) -> Told:
    with _wrk(address, script, connections, HAMMER_S) as process:
        told, _ = process.communicate()
    latency, rate = re.search(r"99%\s+([\d.]+)(us|ms|s)", told), re.search(r"Requests/sec:\s+([\d.]+)", told)
    if "Non-2xx" in told or latency is None or rate is None:
        raise RuntimeError(told)
    return Told(float(rate[1]), float(latency[1]) * {"us": 0.001, "ms": 1, "s": 1000}[latency[2]])
