"""Waits for what happens in another process, and tells which still work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")


def until(found: Callable[[], Found]) -> Found:
    deadline = time.monotonic() + 20
    while not (it := found()):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    return it


def works(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
