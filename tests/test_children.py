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
        parent = subprocess.Popen([sys.executable, "-c", LEARNING])
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        started = [int(child) for child in until(lambda its=children: its.read_text().split())]
        time.sleep(number % 4 * 0.001)
        parent.kill()
        parent.wait()
        until(lambda its=started: not any(works(child) for child in its))
