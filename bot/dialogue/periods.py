"""Days that people name: 'hôm nay', 'tuần', '05/11', '01/11-15/11'."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from bot.language.normalise import fold

Days = tuple[date, date]
"""First and last day, both included."""

LONGEST_DAYS: Final = 366

_NAMED: Final[Mapping[str, Callable[[date], Days]]] = {
    "": lambda today: (today, today),
    "hom nay": lambda today: (today, today),
    "hom qua": lambda today: (today - timedelta(days=1), today - timedelta(days=1)),
    "tuan": lambda today: (today - timedelta(days=today.weekday()), today),
    "tuan nay": lambda today: (today - timedelta(days=today.weekday()), today),
    "thang": lambda today: (today.replace(day=1), today),
    "thang nay": lambda today: (today.replace(day=1), today),
}
_DAY: Final = r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?"
_RANGE: Final = re.compile(rf"{_DAY}(?:\s*(?:-|den|toi)\s*{_DAY})?")


def read_scope(text: str, today: date) -> tuple[Days, str]:
    """The period that the text begins or ends with, today when it names none; and the rest: an error, or a unit."""
    words = text.split()
    for length in range(len(words), 0, -1):
        for named, rest in ((words[:length], words[length:]), (words[-length:], words[:-length])):
            days = read_period(" ".join(named), today)
            if days:
                return days, " ".join(rest)
    return (today, today), text.strip()


def read_period(text: str, today: date) -> Days | None:
    """None when the text names no period. A day without a year is the last such day that is not in the future."""
    wanted = fold(text).strip()
    if wanted in _NAMED:
        return _NAMED[wanted](today)
    match = _RANGE.fullmatch(wanted)
    if match is None:
        return None
    first = _day(match[1], match[2], match[3], today)
    last = _day(match[4], match[5], match[6], today) if match[4] else first
    if first is None or last is None or first > last or (last - first).days >= LONGEST_DAYS:
        return None
    return first, last


def _day(day: str, month: str, year: str | None, today: date) -> date | None:
    try:
        found = date(int(year or today.year), int(month), int(day))
        return found.replace(year=found.year - 1) if year is None and found > today else found
    except ValueError:
        return None
