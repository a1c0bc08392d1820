"""What people ask figures of: days ('hôm nay', 'tuần', 'tháng 10', '05/11', '01/11-15/11'), and with them perhaps a
unit and words that name an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.language.normalise import fold

Days = tuple[date, date]
"""First and last day, both included."""

LONGEST_DAYS: Final = 366


def _month(of: date) -> Days:
    following = (of.replace(day=1) + timedelta(days=32)).replace(day=1)
    return of.replace(day=1), following - timedelta(days=1)


def _week_before(today: date) -> Days:
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


_NAMED: Final[Mapping[str, Callable[[date], Days]]] = {
    "": lambda today: (today, today),
    "hom nay": lambda today: (today, today),
    "hom qua": lambda today: (today - timedelta(days=1), today - timedelta(days=1)),
    "tuan": lambda today: (today - timedelta(days=today.weekday()), today),
    "tuan nay": lambda today: (today - timedelta(days=today.weekday()), today),
    "tuan truoc": _week_before,
    "thang": lambda today: (today.replace(day=1), today),
    "thang nay": lambda today: (today.replace(day=1), today),
    "thang truoc": lambda today: _month(today.replace(day=1) - timedelta(days=1)),
}
_DAY: Final = r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?"
_RANGE: Final = re.compile(rf"{_DAY}(?:\s*(?:-|den|toi)\s*{_DAY})?")
_A_MONTH: Final = re.compile(r"thang\s*(\d{1,2})(?:\s*[/.]\s*(\d{4}))?")
_NAMES: Final = "|".join(sorted(filter(None, _NAMED), key=len, reverse=True))
_SPOKEN: Final = re.compile(rf"(?<!\S)(?:{_RANGE.pattern}|{_A_MONTH.pattern}|{_NAMES})(?!\S)")
_UNIT: Final = re.compile(r"(?<!\S)(?:don vi\s+)?([a-z]\d{2}(?:\.\d{1,3}){0,3})(?!\S)")


@dataclass(frozen=True, slots=True)
class Asked:
    days: Days
    unit: str
    words: str
    """What is left, without marks: the name of an error, or nothing that is understood."""


def read_asked(text: str, today: date) -> Asked | None:
    """None when the text names days that there are not."""
    wanted = fold(text).strip()
    unit = _UNIT.search(wanted)
    if unit:
        wanted = f"{wanted[: unit.start()]} {wanted[unit.end() :]}"
    spoken = _SPOKEN.search(wanted)
    days = read_period(spoken[0] if spoken else "", today)
    if days is None:
        return None
    rest = f"{wanted[: spoken.start()]} {wanted[spoken.end() :]}" if spoken else wanted
    return Asked(days, unit[1].upper() if unit else "", " ".join(rest.split()))


def read_period(text: str, today: date) -> Days | None:
    """None when the text names no period. A day without a year is the last such day that is not in the future."""
    wanted = fold(text).strip()
    if wanted in _NAMED:
        return _NAMED[wanted](today)
    month = _A_MONTH.fullmatch(wanted)
    if month:
        found = _day("1", month[1], month[2], today)
        return _month(found) if found else None
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
