"""The days and numbers that an address asks for, as days and ticket pages read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

LONGEST_DAYS: Final = 366
YEARS: Final = range(2000, 3000)
"""Days of other years are asked for by mistake, and cannot all be counted from."""


def period(given: Mapping[str, str], today: date) -> tuple[date, date]:
    """First and last day, at most a year: `from` and `to` of the query, today where they say none."""
    first = day_of(given.get("from")) or day_of(given.get("to")) or today
    last = max(first, day_of(given.get("to")) or first)
    return max(first, last - timedelta(days=LONGEST_DAYS - 1)), last


def day_of(text: str | None) -> date | None:
    """Of '2026-11-24'; None when that is no day."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year in YEARS else None


def whole(text: str | None) -> int:
    """0 when it is no whole number."""
    return int(text[:9]) if text and text.isdecimal() else 0
