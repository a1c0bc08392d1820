"""Crash at any point, in short; the long form is `make soak`."""

from __future__ import annotations

from pathlib import Path

from tests.bench.crash import SHORT, crash


async def test_killed_at_random_moments_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    outcome = await crash(SHORT, tmp_path)
    print(outcome)
    assert outcome.wrong == []
    assert outcome.kills.total() == SHORT.kills
