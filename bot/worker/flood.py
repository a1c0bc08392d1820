"""How many messages a minute of one person get a turn: far more than anybody types, so that one who floods the group
neither keeps the others waiting nor fills the store. Talk that `quiet` passes over costs little and does not count.

All messages of a person are in one partition, and one worker holds it: the count needs no store.
"""

from __future__ import annotations

from typing import Final

MINUTE_MS: Final = 60_000
MOST_KNOWN: Final = 50_000


class Flood:
    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[tuple[str, int], int] = {}
        """By person and minute."""

    def holds(self, person: str, at_ms: int) -> bool:
        """Whether this message is one too many."""
        if len(self._counts) >= MOST_KNOWN:
            self._counts.clear()
        minute = person, at_ms // MINUTE_MS
        self._counts[minute] = self._counts.get(minute, 0) + 1
        return self._counts[minute] > self._most
