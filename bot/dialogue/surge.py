"""Is this an incident? When reports of one error rise far over what this hour usually sees.

The usual comes from the same hour of earlier days of the same kind (working or not) and from how busy today is with all
errors; how often one report draws another, from the last weeks (contagion.py). What all this would hardly bring in a
few minutes, from different people in different places, is an incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from bot.dialogue.hours import Hours
from bot.language.codes import unit_of_codes
from bot.model import OTHER_ERROR, Case, MessageId, Reporter

Slot = tuple[date, int]
"""An hour of a day."""
HISTORY_DAYS: Final = 28
FEW_DAYS: Final = 5
"""With fewer days behind it an error has no history yet."""
FIRST_USUAL: Final = 5.0
LEAST_USUAL: Final = 0.25
"""Reports an hour that are taken for usual at least: in the first days, and later."""
LEVEL_HOURS: Final = 3
LEVEL_PRIOR: Final = 8
"""Reports beside those of the last hours: so many weigh as much as knowing nothing of the day."""
MOST_LEVEL: Final = 3.0
MOST_OVER: Final = 1.5
"""So many times what four days of five see at most is counted of a day."""
RARE_H: Final = 1600
"""Chance may make an incident of an error once in so many such hours: ten months in the office."""
RARE_ALIKE_H: Final = 600
"""Of errors that the guide does not know: that those who come by chance also tell alike is rarer than reckoned."""


@dataclass(frozen=True, slots=True)
class Window:
    seconds: int
    least_people: int
    clusters: float
    """How much of what is drawn counts: most of it comes only after a short window, and in a long one it is also
    what makes a busy day."""


WINDOWS: Final = (Window(300, 5, 0.625), Window(900, 8, 1.5625))
"""What comes at once, and what comes slowly."""
FIRST_DRAWN: Final = 0.16
"""Others that each report draws within five minutes, until that is learnt."""
LONGEST_S: Final = WINDOWS[-1].seconds
MOST_READ: Final = 100
"""Reports of the last minutes that are looked at: more than any hour needs for an incident."""


@dataclass(frozen=True, slots=True)
class Report:
    at_ms: int
    reporter: Reporter
    unit: str
    """Of the dossier, or the one that the reporter named last; empty when there is none."""
    words: str = ""
    """Of an error that the guide does not know."""


def report_of(case: Case) -> Report:
    unit = unit_of_codes(case.codes) or case.place
    words = case.words if case.intent == OTHER_ERROR else ""
    return Report(case.opened_ms, Reporter(case.person, case.chat, MessageId(case.id)), unit, words)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Reports of one error: those of the last minutes, and how many an hour are usual now."""

    recent: tuple[Report, ...]
    usual: float
    drawn: float = FIRST_DRAWN
    share: float = 1.0
    """Of what is usual, what could be told of the same trouble; each of the others may be the first of another one."""
    rare_h: int = RARE_H


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
        if places(reports) >= enough(window, traffic.usual, traffic.drawn, traffic.share, traffic.rare_h):
            return Rise(reports, window.seconds, traffic.usual * traffic.share)
    return None


def places(reports: Sequence[Report]) -> int:
    """Colleagues are one place. Those who named no unit are colleagues as often as those who did."""
    named = [report.unit for report in reports if report.unit]
    return len(reports) * len(set(named)) // len(named) if named else len(reports)


def enough(window: Window, usual: float, drawn: float = FIRST_DRAWN, share: float = 1.0, rare_h: int = RARE_H) -> int:
    """The fewest people of different places that make an incident where so many reports an hour are usual. `share`: of
    the usual ones, those that could be told of the same trouble; any of all may be the first of one, by chance.

    The others who come by chance together with one report are those of the window and those whom each of them draws:
    negative binomial.
    """
    risk, clustered = 1 / (rare_h * max(usual, LEAST_USUAL)), drawn * window.clusters
    others, size = 0, 1 + usual * share * window.seconds / 3600 * (1 - clustered) / clustered
    term = (1 - clustered) ** size
    more = 1 - term
    while others < MOST_READ and (more >= risk or others + 2 < window.least_people):
        term *= clustered * (size + others) / (others + 1)
        others += 1
        more -= term
    return others + 2


def slots(now_ms: int, hours: Hours) -> tuple[Slot, ...]:
    """The hours of earlier days (of the same kind as today) that this moment is compared with."""
    alike = _days_alike(hours.day_of(now_ms), hours)
    return tuple([(day, hour) for hour in sorted(_hours(now_ms, hours)) for day in alike])


def level_slots(now_ms: int, hours: Hours) -> tuple[Slot, ...]:
    """The hours before this one, today and on these days: what kind of day is it?"""
    now_hour = datetime.fromtimestamp(now_ms / 1000, hours.zone).hour
    before = range(max(0, now_hour - LEVEL_HOURS), now_hour)
    today = hours.day_of(now_ms)
    return tuple([(day, hour) for day in (today, *_days_alike(today, hours)) for hour in before])


def level(counts: Mapping[Slot, int], since: date, today: date) -> float:
    """How much busier today is than such days are, from the reports of all errors in `level_slots`."""
    by_day: dict[date, int] = {}
    for (day, _), count in counts.items():
        if day >= since:
            by_day[day] = by_day.get(day, 0) + count
    now = by_day.pop(today, 0)
    if len(by_day) < FEW_DAYS:
        return 1.0
    busier = (LEVEL_PRIOR + now) / (LEVEL_PRIOR + _mean(tuple(by_day.values())))
    return min(MOST_LEVEL, max(1 / MOST_LEVEL, busier))


def usual(counts: Mapping[Slot, int], since: date, busier: float = 1.0) -> float:
    """Reports an hour, from those of `slots` since the day on which the history began: of the two hours that the last
    minutes may touch, the busier one. `busier`: today's level."""
    by_hour: dict[int, list[int]] = {}
    for (day, hour), count in counts.items():
        if day >= since:
            by_hour.setdefault(hour, []).append(count)
    return max((_usual(each, busier) for each in by_hour.values()), default=FIRST_USUAL)


def _usual(counts: Sequence[int], busier: float) -> float:
    if len(counts) < FEW_DAYS:
        return max(FIRST_USUAL, *counts)
    return max(LEAST_USUAL, _mean(counts) * busier)


def _mean(counts: Sequence[int]) -> float:
    """What stands far above four days of five was an outage, and counts little."""
    most = MOST_OVER * (sorted(counts)[(len(counts) - 1) * 4 // 5] + 1)
    return sum(min(count, most) for count in counts) / len(counts)


@lru_cache(maxsize=8)
def _days_alike(today: date, hours: Hours) -> tuple[date, ...]:
    days = (today - timedelta(days=ago) for ago in range(1, HISTORY_DAYS + 1))
    return tuple(day for day in days if hours.is_workday(day) == hours.is_workday(today))


def _hours(now_ms: int, hours: Hours) -> set[int]:
    return {datetime.fromtimestamp(at_ms / 1000, hours.zone).hour for at_ms in (now_ms, now_ms - LONGEST_S * 1000)}
