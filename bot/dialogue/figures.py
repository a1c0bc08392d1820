"""The figures of a day or a range, as /thongke tells them; the day page reads the same counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from bot.language.codes import is_within
from bot.model import IntentId

Counted = tuple[str, IntentId, str]
"""What was counted ('complaint', 'self' …), of which error, of which unit."""
Measured = tuple[tuple[IntentId, int], ...]
"""Of which error, and how many seconds."""


@dataclass(frozen=True, slots=True)
class Figures:
    first: date
    last: date
    counts: Mapping[Counted, int]
    open_now: int | None = None
    """Open tickets at this moment, whatever their day; None where only a part is asked for."""
    claims: Measured = ()
    resolves: Measured = ()
    intent: IntentId | None = None
    """Only this error."""
    unit: str = ""
    """Only this unit and those below it."""

    def about(self, intent: IntentId | None, unit: str) -> Figures:
        """One error, one unit, or both. Times are not known by unit."""
        if intent is None and not unit:
            return self
        counts = {
            (name, error, of): n
            for (name, error, of), n in self.counts.items()
            if intent in (None, error) and is_within(of, unit)
        }
        claims, resolves = (
            () if unit else tuple(each for each in measured if intent in (None, each[0]))
            for measured in (self.claims, self.resolves)
        )
        return replace(
            self, counts=counts, open_now=None, claims=claims, resolves=resolves, intent=intent, unit=unit
        )  # fmt: skip

    @property
    def complaints(self) -> Mapping[IntentId, int]:
        """By error, 'other-error' among them."""
        found = Counter[IntentId]()
        for (name, intent, _), n in self.counts.items():
            if name == "complaint":
                found[intent] += n
        return +found

    @property
    def total(self) -> int:
        return sum(self.complaints.values())

    @property
    def solved(self) -> int:
        """Solved by the officials themselves: they said so."""
        return self._total("self")

    @property
    def handed_over(self) -> int:
        """Became a ticket."""
        return self._total("ticket")

    @property
    def claim_s(self) -> int | None:
        """Median seconds from opened to claimed; None when nothing was claimed."""
        return _median(self.claims)

    @property
    def resolve_s(self) -> int | None:
        return _median(self.resolves)

    def _total(self, wanted: str) -> int:
        return sum(n for (name, _, _), n in self.counts.items() if name == wanted)


def _median(measured: Measured) -> int | None:
    return round(median(seconds for _, seconds in measured)) if measured else None
