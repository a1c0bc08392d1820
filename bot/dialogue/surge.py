"""Is this an incident? When reports of one error rise far over what this hour usually sees.

The usual comes from the same hour of earlier days of the same kind (working or not). What chance would hardly bring in
a few minutes, from different people in different places, is an incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.dialogue.hours import Hours
from bot.model import Reporter

HISTORY_DAYS: Final = 28
FEW_DAYS: Final = 5
"""With fewer days behind it an error has no history yet."""
FIRST_USUAL: Final = 5.0
LEAST_USUAL: Final = 0.25
"""Reports an hour that are taken for usual at least: in the first days, and later (four days of five saw none)."""
RARE_H: Final = 2000
"""Chance may make an incident of an error once in so many such hours: a year in the office."""


@dataclass(frozen=True, slots=True)
class Window:
    seconds: int
    least_people: int
    drawn: float
    """People write in clusters ('em cũng bị'), and some days are busy: share of the reports that another one draws."""


WINDOWS: Final = (Window(300, 5, 0.1), Window(900, 8, 0.25))
"""What comes at once, and what comes slowly."""
LONGEST_S: Final = WINDOWS[-1].seconds
MOST_READ: Final = 100
"""Reports of the last minutes that are looked at: more than any hour needs for an incident."""


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


@dataclass(frozen=True, slots=True)
class Rise:
    """Why it is an incident: so many people within so many seconds."""

    reports: tuple[Report, ...]
    """The last of each person, the newest included."""
    seconds: int
    usual: float


def rise(traffic: Traffic, new: Report) -> Rise | None:
    for window in WINDOWS:
        begins_ms = new.at_ms - window.seconds * 1000
        recent = (report for report in traffic.recent if report.at_ms > begins_ms)
        reports = tuple({report.reporter.person: report for report in (*recent, new)}.values())
        if places(reports) >= enough(traffic.usual, window):
            return Rise(reports, window.seconds, traffic.usual)
    return None


def places(reports: Sequence[Report]) -> int:
    """Colleagues are one place. Those who named no unit are colleagues as often as those who did."""
    named = [report.unit for report in reports if report.unit]
    return len(reports) * len(set(named)) // len(named) if named else len(reports)


def enough(usual: float, window: Window) -> int:
    """The fewest people of different places that make an incident where so many reports an hour are usual.

    The others who come by chance together with one report are those of the window and those whom each of them draws:
    negative binomial.
    """
    risk = 1 / (RARE_H * max(usual, LEAST_USUAL))
    others, size = 0, 1 + usual * window.seconds / 3600 * (1 - window.drawn) / window.drawn
    term = (1 - window.drawn) ** size
    more = 1 - term
    while others < MOST_READ and (more >= risk or others + 2 < window.least_people):
        term *= window.drawn * (size + others) / (others + 1)
        others += 1
        more -= term
    return others + 2


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
    return {datetime.fromtimestamp(at_ms / 1000, hours.zone).hour for at_ms in (now_ms, now_ms - LONGEST_S * 1000)}
