"""The figures of a day or a range, as /thongke tells them and the dashboard shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.model import IntentId


@dataclass(frozen=True, slots=True)
class Figures:
    first: date
    last: date
    complaints: Mapping[IntentId, int]
    """By intent, 'other-error' among them."""
    solved: int
    """Solved by the officials themselves: they said so."""
    handed_over: int
    """Became a ticket."""
    resolved: int
    open_now: int
    """Open tickets at this moment, whatever their day."""
    claim_s: int | None
    """Median seconds from opened to claimed; None when nothing was claimed."""
    resolve_s: int | None

    @property
    def total(self) -> int:
        return sum(self.complaints.values())
