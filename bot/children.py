"""Processes that the service starts for heavy work: they end with it, however it ends."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1
"""prctl(2)."""


def end_with_parent() -> None:
    """To be called in the child. Whose parent is killed would wait for it forever: it holds both ends of their pipes.
    Linux only; elsewhere a killed service may leave such a process behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent and parent.pid != os.getppid():  # it was killed before this was called
        os.kill(os.getpid(), signal.SIGKILL)
