"""Gives processes a share of a processor each, so that what several of them do together is not bound by how many
processors this machine has, and leaves the rest to those who write to them and whom they write to. Needs root and
Linux' control groups, of the first or the second version."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

SYSTEM: Final = Path("/sys/fs/cgroup")
PERIOD_US: Final = 100_000
"""The kernel's own. Of a shorter one a good part goes by until a process that was stopped is at work again."""


def can_share() -> bool:
    with suppress(OSError), shares([os.getpid()], 0.9):
        return True
    return False


@contextmanager
def shares(processes: Iterable[int], share: float) -> Iterator[None]:
    """Until the end of the block each process, with all of its threads, has so much of one processor at most. Raises
    OSError where that cannot be had."""
    made: list[Path] = []
    try:
        for process in processes:
            made.append(_group(share))
            (made[-1] / "cgroup.procs").write_text(str(process))
        yield
    finally:
        for group in made:
            _emptied(group)
            group.rmdir()


def _group(share: float) -> Path:
    quota = round(PERIOD_US * share)
    if (SYSTEM / "cgroup.controllers").exists():
        (SYSTEM / "cgroup.subtree_control").write_text("+cpu")
        group = SYSTEM / f"bench-{uuid4().hex}"
        group.mkdir()
        (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        return group
    group = SYSTEM / "cpu" / f"bench-{uuid4().hex}"
    group.mkdir()
    (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
    (group / "cpu.cfs_quota_us").write_text(str(quota))
    return group


def _emptied(group: Path) -> None:
    for process in (group / "cgroup.procs").read_text().split():
        with suppress(OSError):
            (group.parent / "cgroup.procs").write_text(process)
