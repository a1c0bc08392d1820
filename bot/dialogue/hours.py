"""The clock of the office: only working hours count, for the targets of tickets and for when people may be reminded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import tomli

Span = tuple[time, time]
OFFICE: Final[tuple[Span, ...]] = ((time(7), time(11, 30)), (time(13, 30), time(17)))
MONDAY_TO_FRIDAY: Final = frozenset(range(5))
LONGEST_BREAK: Final = timedelta(days=60)
"""No row of holidays is longer."""


class HolidaysError(ValueError):
    """The file of holidays does not hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When people work: `spans` on `weekdays` (0: Monday) without `holidays`, and on `extra` days."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    spans: tuple[Span, ...] = OFFICE
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY

    def is_workday(self, day: date) -> bool:
        return day in self.extra or (day.weekday() in self.weekdays and day not in self.holidays)

    def day_of(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self.zone).date()

    def worked_ms(self, from_ms: int, to_ms: int) -> int:
        """Working milliseconds from one moment to another; 0 when the second is not the later one."""
        if to_ms <= from_ms:
            return 0
        total = 0
        for begins, ends in self._from(from_ms):
            if begins >= to_ms:
                break
            total += max(0, min(ends, to_ms) - max(begins, from_ms))
        return total

    def after_ms(self, from_ms: int, work_ms: int) -> int:
        """The earliest moment by which `work_ms` have been worked since `from_ms`."""
        if work_ms <= 0:
            return from_ms
        for begins, ends in self._from(from_ms):
            begins = max(begins, from_ms)
            if work_ms <= ends - begins:
                return begins + work_ms
            work_ms -= max(0, ends - begins)
        raise AssertionError("time ends")

    def open_ms(self, at_ms: int) -> int:
        """The moment itself during working hours, else the beginning of the next ones."""
        return next(max(begins, at_ms) for begins, ends in self._from(at_ms) if at_ms < ends)

    def next_ms(self, after_ms: int, at: time) -> int:
        """The next `at` o'clock of a working day that is later than `after_ms`."""
        day = self.day_of(after_ms)
        while True:
            found = _ms(datetime.combine(day, at, self.zone))
            if found > after_ms and self.is_workday(day):
                return found
            day += timedelta(days=1)

    def _from(self, at_ms: int) -> Iterator[tuple[int, int]]:
        """The spans of work of that day and of every later one."""
        day = last = self.day_of(at_ms)
        while day - last < LONGEST_BREAK:
            if self.is_workday(day):
                last = day
                yield from _spans(self.zone, self.spans, day)
            day += timedelta(days=1)
        raise HolidaysError(f"no working day within {LONGEST_BREAK.days} days after {last}")


@lru_cache(maxsize=4096)
def _spans(zone: ZoneInfo, spans: tuple[Span, ...], day: date) -> tuple[tuple[int, int], ...]:
    return tuple(
        (_ms(datetime.combine(day, begins, zone)), _ms(datetime.combine(day, ends, zone))) for begins, ends in spans
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def read_holidays(text: str) -> tuple[frozenset[date], frozenset[date]]:
    """(days off, extra working days) from the text of a holidays.toml. Raises HolidaysError."""
    try:
        values = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise HolidaysError(f"is not TOML: {error}") from None
    unknown = values.keys() - {"off", "extra"}
    if unknown:
        raise HolidaysError(f"'{min(unknown)}' is not known here; known are off, extra")
    return _days(values, "off"), _days(values, "extra")


def _days(values: dict[str, object], key: str) -> frozenset[date]:
    days = values.get(key, [])
    if not isinstance(days, list) or not all(type(day) is date for day in days):
        raise HolidaysError(f"'{key}' must be a list of days, written 2027-04-16")
    return frozenset(days)
