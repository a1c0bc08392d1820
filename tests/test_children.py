"""Processes for heavy work end with the one that started them, at whatever moment it is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.watch import until, works

ROUNDS: Final = 12
LEARNING: Final = """
import time
from bot.language.lessons import at_once
at_once(lambda _: time.sleep(60), [0, 1])
"""


def test_whoever_is_killed_while_it_starts_others_leaves_none_of_them_behind() -> None:
    for number in range(ROUNDS):
        _until_gone(_killed_soon(number % 4 * 0.001))


def _killed_soon(after_s: float) -> list[int]:
    """What it had started by then."""
    parent = subprocess.Popen([sys.executable, "-c", LEARNING])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    started = until(lambda: children.read_text().split())
    time.sleep(after_s)
    parent.kill()
    parent.wait()
    return [int(child) for child in started]


def _until_gone(processes: list[int]) -> None:
    until(lambda: not any(works(process) for process in processes))
