"""`python -m tests.bench.incidents`: made-up months of reports, replayed against the detection.

Reports come as in an office: more in the morning and on Mondays, days and hours differ by chance, and a fifth of them
draws another one after some minutes ('em cũng bị'). The figures are written to incidents.md beside this file.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bot.dialogue import surge
from bot.dialogue.hours import Hours
from bot.dialogue.surge import Report, Traffic
from bot.model import Chat, IntentId, MessageId, PersonId, Reporter
from tests.dialogue.world import ZONE

HOURS: Final = Hours(ZONE)
BEGINS: Final = date(2026, 3, 2)
DAYS: Final = 30
OUTAGES: Final = 6
BY_HOUR: Final = {
    7: 0.9,
    8: 1.6,
    9: 1.5,
    10: 1.2,
    11: 0.5,
    12: 0.1,
    13: 0.7,
    14: 1.5,
    15: 1.3,
    16: 1.0,
    17: 0.3,
    20: 0.1,
}
ERRORS: Final = {IntentId(f"error-{number}"): 1 / (number + 1) for number in range(12)}
GROUP: Final = Chat("group", "g")
FOUND_IN_S: Final = 300


@dataclass(frozen=True)
class Outage:
    error: IntentId
    from_ms: int
    """Of its first report."""
    to_ms: int


@dataclass
class Month:
    reports: list[tuple[int, IntentId, PersonId, str]] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)


def month(seed: int, reports_a_day: float, outage_reports_a_minute: tuple[float, float] | None) -> Month:
    dice, made = random.Random(seed), Month()
    for number in range(DAYS):
        _ordinary_day(dice, made, BEGINS + timedelta(days=number), reports_a_day)
    for _ in range(OUTAGES if outage_reports_a_minute else 0):
        _outage(dice, made, dice.uniform(*outage_reports_a_minute or (0, 0)))
    made.reports.sort()
    return made


def _ordinary_day(dice: random.Random, made: Month, day: date, reports: float) -> None:
    reports *= dice.lognormvariate(0, 0.35) * (1 if HOURS.is_workday(day) else 0.08)
    reports *= 1.3 if day.weekday() == 0 else 1
    for hour, busy in BY_HOUR.items():
        for error, share in ERRORS.items():
            expected = reports * busy / sum(BY_HOUR.values()) * share / sum(ERRORS.values())
            for _ in range(_poisson(dice, expected * dice.lognormvariate(0, 0.3))):
                at_s = _at(day, hour) + dice.random() * 3600
                _report(dice, made, at_s, error)
                while dice.random() < 0.2:
                    at_s += dice.expovariate(1 / 240)
                    _report(dice, made, at_s, error)


def _outage(dice: random.Random, made: Month, reports_a_minute: float) -> None:
    day = dice.choice([day for n in range(DAYS) if HOURS.is_workday(day := BEGINS + timedelta(days=n))])
    error = dice.choice(list(ERRORS)[:6])
    at_s = began_s = _at(day, dice.choice([7, 8, 9, 10, 13, 14, 15, 16])) + dice.random() * 1800
    lasts_s = dice.uniform(30, 90) * 60
    moments = []
    while at_s < began_s + lasts_s:
        at_s += dice.expovariate(reports_a_minute / 60)
        moments.append(at_s)
        _report(dice, made, at_s, error)
    made.outages.append(Outage(error, int(moments[0] * 1000), int(at_s * 1000)))


def _report(dice: random.Random, made: Month, at_s: float, error: IntentId) -> None:
    """By one of 200 officials in 102 communes; every second one names a dossier, and with it the commune."""
    unit = f"H20.{dice.randrange(102)}" if dice.random() < 0.5 else ""
    made.reports.append((int(at_s * 1000), error, PersonId(f"p{dice.randrange(200)}"), unit))


def _poisson(dice: random.Random, expected: float) -> int:
    count, product = 0, dice.random()
    while product > math.exp(-expected):
        count, product = count + 1, product * dice.random()
    return count


def _at(day: date, hour: int) -> float:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp()


@dataclass
class Result:
    false_alarms: int = 0
    found_after_s: list[float] = field(default_factory=list)
    missed: int = 0

    def __iadd__(self, other: Result) -> Result:
        self.false_alarms += other.false_alarms
        self.found_after_s += other.found_after_s
        self.missed += other.missed
        return self

    @property
    def found_in_time(self) -> float:
        """Share of the outages that were found within five minutes of their first report."""
        outages = len(self.found_after_s) + self.missed
        return sum(after_s <= FOUND_IN_S for after_s in self.found_after_s) / outages


def replay(made: Month) -> Result:
    """As the bot sees it: an incident that was an outage ends with it, a false one after an hour."""
    result, found = Result(), set[Outage]()
    recent: dict[IntentId, list[Report]] = defaultdict(list)
    counts: dict[IntentId, Counter[tuple[date, int]]] = defaultdict(Counter)
    since: dict[IntentId, date] = {}
    ends_ms: dict[IntentId, int] = {}
    for at_ms, error, person, unit in made.reports:
        today = HOURS.day_of(at_ms)
        since.setdefault(error, today)
        if 0 < ends_ms.get(error, 0) <= at_ms:
            del ends_ms[error]
            recent[error].clear()
        new = Report(at_ms, Reporter(person, GROUP, MessageId("m")), unit)
        known = {slot: counts[error][slot] for slot in surge.slots(at_ms, HOURS)}
        traffic = Traffic(tuple(recent[error]), surge.usual(known, since[error]))
        if error not in ends_ms and surge.is_incident(traffic, new):
            outage = next((o for o in made.outages if o.error == error and o.from_ms <= at_ms <= o.to_ms), None)
            ends_ms[error] = outage.to_ms if outage else at_ms + 3_600_000
            if outage and outage not in found:
                found.add(outage)
                result.found_after_s.append((at_ms - outage.from_ms) / 1000)
            result.false_alarms += outage is None
        recent[error] = [*surge.within(Traffic(tuple(recent[error]), 0), at_ms), new]
        counts[error][today, datetime.fromtimestamp(at_ms / 1000, ZONE).hour] += 1
    result.missed = len(made.outages) - len(found)
    return result


def main() -> None:
    months = 20
    lines = [
        "# How well incidents are found",
        "",
        f"Written by `python -m tests.bench.incidents`: {months} made-up months a row, {OUTAGES} outages in each,",
        f"200 officials. An incident is {surge.LEAST_PEOPLE} people or more within {surge.WINDOW_S // 60} minutes,",
        "and more than chance brings at that hour (`bot/dialogue/surge.py`). Times count from the first report.",
        "",
        "| reports a day | a minute in an outage | false alarms a month | found | in 5 minutes | median | 90 % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for reports_a_day in (40, 80, 160):
        for rate in (None, (0.7, 1.0), (1.0, 1.5), (1.5, 3.0), (3.0, 6.0)):
            total = Result()
            for seed in range(months):
                total += replay(month(seed, reports_a_day, rate))
            lines.append(f"| {reports_a_day} | {_row(total, months, rate)} |")
    Path(__file__).with_suffix(".md").write_text("\n".join(lines) + "\n", "utf-8")


def _row(total: Result, months: int, rate: tuple[float, float] | None) -> str:
    false_alarms = f"{total.false_alarms / months:.2f}"
    if rate is None:
        return f"no outages | {false_alarms} | | |"
    after_s = total.found_after_s
    found = f"{len(after_s)} of {len(after_s) + total.missed} | {total.found_in_time:.0%}"
    times = f"{median(after_s) / 60:.1f} min | {quantiles(after_s, n=10)[-1] / 60:.1f} min"
    return f"{rate[0]}–{rate[1]} | {false_alarms} | {found} | {times}"


if __name__ == "__main__":
    main()
