"""Strange input, in short; the long form is `make soak`."""

from __future__ import annotations

from pathlib import Path

from tests.bench.fuzz import SHORT, fuzz


def test_whatever_is_sent_nothing_is_answered_with_a_5xx_fails_or_ends_the_bot(tmp_path: Path) -> None:
    outcome = fuzz(SHORT, tmp_path)
    print(outcome)
    assert outcome.wrong == []
    assert outcome.tried.total() >= SHORT.inputs
