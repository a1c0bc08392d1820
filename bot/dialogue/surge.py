"""Is this an incident? When reports of one error rise far over what this hour usually sees.

The usual comes from the same hour of earlier days of the same kind (working or not). What chance would hardly bring in
five minutes, from different people in different places, is an incident.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.dialogue.hours import Hours
from bot.model import Reporter

WINDOW_S: Final = 300
LEAST_PEOPLE: Final = 6
LEAST_PLACES: Final = 3
HISTORY_DAYS: Final = 28
FEW_DAYS: Final = 5
"""With fewer days behind it an error has no history yet."""
FIRST_USUAL: Final = 3.0
LEAST_USUAL: Final = 1.0
"""Reports an hour that are taken for usual at least: in the first days, and later."""
SPREAD: Final = 1.5
"""People write in clusters: chance brings so many times its mean."""
RISK: Final = 2e-6
"""How seldom chance may bring as many reports as make an incident."""


@dataclass(frozen=True, slots=True)
class Report:
    at_ms: int
    reporter: Reporter
    unit: str
    """Of the dossier; empty when none was named."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Reports of one error: those of the last minutes, and how many an hour are usual now."""

    recent: tuple[Report, ...]
    usual: float


def is_incident(traffic: Traffic, new: Report) -> bool:
    reports = {report.reporter.person: report for report in (*within(traffic, new.at_ms), new)}
    units = {report.unit for report in reports.values() if report.unit}
    places = len(units) + sum(not report.unit for report in reports.values())
    return places >= LEAST_PLACES and len(reports) >= enough(traffic.usual)


def within(traffic: Traffic, now_ms: int) -> tuple[Report, ...]:
    return tuple(report for report in traffic.recent if report.at_ms > now_ms - WINDOW_S * 1000)


def enough(usual: float) -> int:
    """The fewest people that make an incident where so many reports an hour are usual."""
    expected = usual * SPREAD * WINDOW_S / 3600
    term, people = math.exp(-expected), 0
    more = 1.0 - term
    while more >= RISK or people + 1 < LEAST_PEOPLE:
        people += 1
        term *= expected / people
        more -= term
    return people + 1


def slots(now_ms: int, hours: Hours) -> tuple[tuple[date, int], ...]:
    """The hours of earlier days (of the same kind as today) that this moment is compared with."""
    today = hours.day_of(now_ms)
    days = (today - timedelta(days=ago) for ago in range(1, HISTORY_DAYS + 1))
    alike = [day for day in days if hours.is_workday(day) == hours.is_workday(today)]
    return tuple((day, hour) for hour in sorted(_hours(now_ms, hours)) for day in alike)


def usual(counts: Mapping[tuple[date, int], int], since: date) -> float:
    """Reports an hour, from those of `slots` since the day on which the history began: of the two hours that the last
    minutes may touch, the busier one."""
    by_hour: dict[int, list[int]] = {}
    for (day, hour), count in counts.items():
        if day >= since:
            by_hour.setdefault(hour, []).append(count)
    return max((_usual(each) for each in by_hour.values()), default=FIRST_USUAL)


def _usual(counts: Sequence[int]) -> float:
    """Only one day in five was busier: incidents of the past are among those."""
    if len(counts) < FEW_DAYS:
        return max(FIRST_USUAL, *counts)
    return max(LEAST_USUAL, sorted(counts)[(len(counts) - 1) * 4 // 5])


def _hours(now_ms: int, hours: Hours) -> set[int]:
    return {datetime.fromtimestamp(at_ms / 1000, hours.zone).hour for at_ms in (now_ms, now_ms - WINDOW_S * 1000)}
