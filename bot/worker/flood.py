"""How many messages a minute of one person get a turn: far more than anybody types, so that one who floods the group
neither keeps the others waiting nor fills the store. Talk that `quiet` passes over costs little and does not count.

All messages of a person are in one partition, and one worker holds it: the count needs no store.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

MINUTE_MS: Final = 60_000
MINUTES: Final = 5
"""That are counted at a time: partitions may be behind each other."""


class Flood:
    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[int, Counter[str]] = {}
        """By minute and person."""

    def holds(self, person: str, at_ms: int) -> bool:
        """Whether this message is one too many."""
        minute = at_ms // MINUTE_MS
        counts = self._counts.setdefault(minute, Counter())
        if len(self._counts) > MINUTES:
            del self._counts[min(self._counts)]
        counts[person] += 1
        return counts[person] > self._most
