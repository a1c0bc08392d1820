"""The figures of a day or a range, as /thongke tells them and the dashboard shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from bot.model import IntentId


@dataclass(frozen=True, slots=True)
class Figures:
    first: date
    last: date
    counts: Mapping[tuple[str, IntentId, str], int]
    """(name, intent, unit) → how often; 'complaint', 'self', 'ticket', 'resolved' …"""
    open_now: int
    """Open tickets at this moment, whatever their day, error and unit."""
    claims: Sequence[tuple[IntentId, int]] = ()
    """Seconds from opened to claimed, of each ticket claimed in these days."""
    resolves: Sequence[tuple[IntentId, int]] = ()

    def of(self, intent: IntentId | None, unit: str | None) -> Figures:
        """Only those of one error, or of one unit and the units below it. Times are not known by unit."""
        counts = {
            key: count
            for key, count in self.counts.items()
            if (intent is None or key[1] == intent) and (unit is None or f"{key[2]}.".startswith(f"{unit}."))
        }
        claims, resolves = (
            [each for each in samples if intent is None or each[0] == intent] if unit is None else []
            for samples in (self.claims, self.resolves)
        )
        return replace(self, counts=counts, claims=claims, resolves=resolves)

    @property
    def complaints(self) -> Mapping[IntentId, int]:
        """By intent, 'other-error' among them."""
        found = Counter[IntentId]()
        for (name, intent, _), count in self.counts.items():
            found[intent] += count if name == "complaint" else 0
        return +found

    @property
    def total(self) -> int:
        return sum(self.complaints.values())

    @property
    def solved(self) -> int:
        """Solved by the officials themselves: they said so."""
        return self._of("self")

    @property
    def handed_over(self) -> int:
        """Became a ticket."""
        return self._of("ticket")

    @property
    def resolved(self) -> int:
        return self._of("resolved")

    @property
    def claim_s(self) -> int | None:
        """Median seconds; None when nothing was claimed."""
        return _median(self.claims)

    @property
    def resolve_s(self) -> int | None:
        return _median(self.resolves)

    def _of(self, wanted: str) -> int:
        return sum(count for (name, _, _), count in self.counts.items() if name == wanted)


def _median(samples: Sequence[tuple[IntentId, int]]) -> int | None:
    return round(median(seconds for _, seconds in samples)) if samples else None
