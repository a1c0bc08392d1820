"""Made-up months of reports, as in an office: more in the morning and on Mondays, days and hours differ by chance, and
a fifth of them draws another one after some minutes ('em cũng bị').

Beside the errors of the guide stand those that it does not know, with words (sayings.py): a quarter as many, each of
another trouble, and who is drawn says the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from bot.dialogue.hours import Hours
from bot.model import OTHER_ERROR, Chat, IntentId, PersonId
from tests.bench.sayings import Sayings
from tests.dialogue.world import ZONE

HOURS: Final = Hours(ZONE)
BEGINS: Final = date(2026, 3, 2)
BEFORE: Final = 21
"""Days of history before the month that counts."""
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
BUSY: Final = (7, 8, 9, 10, 13, 14, 15, 16)
ERRORS: Final = {IntentId(f"error-{number}"): 1 / (number + 1) for number in range(12)}
OFFICIALS: Final = 200
LARGE_UNIT: Final = 10
GROUP: Final = Chat("group", "g")
FOUND_IN_S: Final = 300
OTHERS: Final = 0.25
"""Reports of what the guide does not know, as a share of those of what it knows."""
DRAWN_AFTER_S: Final = 240
"""On average."""


@dataclass(frozen=True)
class Plan:
    """What a made-up month is like."""

    reports_a_day: float = 80
    rate: tuple[float, float] | None = None
    """Reports a minute in an outage, from and to; None: no outages."""
    unknown: str = ""
    """The outages are of errors that the guide does not know, those of sayings.py of that name."""
    at: Sequence[int] = BUSY
    """Hours in which an outage begins."""
    slowly: bool = False
    """An outage takes half an hour to reach its rate."""
    errors_at_once: int = 1
    colleagues: int = 0
    """How often 4 to 9 people of one unit report the same error within three minutes, half of them with a dossier."""
    drawn: float = 0.2
    before: int = BEFORE
    days: int = DAYS


class Said(NamedTuple):
    at_ms: int
    error: IntentId
    person: PersonId
    unit: str
    words: str = ""


@dataclass(frozen=True)
class Outage:
    error: IntentId
    from_ms: int
    """Of its first report."""
    to_ms: int
    words: frozenset[str] = frozenset()
    """What is said of it, where the guide does not know the error."""

    def brings(self, said: Said) -> bool:
        meant = said.error == self.error and (not self.words or said.words in self.words)
        return meant and self.from_ms <= said.at_ms <= self.to_ms


@dataclass
class Month:
    plan: Plan
    reports: list[Said] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    sayings: Sayings = field(default_factory=Sayings)
    expected: dict[tuple[date, int, IntentId], float] = field(default_factory=dict)
    """Reports in an hour, without those that an outage brings."""

    @property
    def from_ms(self) -> int:
        return int(_at(BEGINS + timedelta(days=self.plan.before), 0) * 1000)

    def outage_of(self, said: Said) -> Outage | None:
        return next((outage for outage in self.outages if outage.brings(said)), None)

    def expect(self, day: date, hour: int, error: IntentId, first: float) -> float:
        """So many in that hour that nobody drew."""
        self.expected[day, hour, error] = first / (1 - self.plan.drawn)
        return first


def month(seed: int, plan: Plan) -> Month:
    dice, others, again = (random.Random(each) for each in (seed, f"others {seed}", f"again {seed}"))
    made = Month(plan)
    for number in range(plan.before + plan.days):
        day = BEGINS + timedelta(days=number)
        _others(others, made, day, _ordinary_day(dice, made, day))
    for _ in range(OUTAGES // plan.errors_at_once if plan.rate else 0):
        _outages(dice, again, made, dice.uniform(*plan.rate or (0, 0)))
    for _ in range(plan.colleagues):
        _colleagues(dice, made)
    made.reports.sort()
    return made


def _ordinary_day(dice: random.Random, made: Month, day: date) -> float:
    """Returns how many reports are expected on that day."""
    reports = made.plan.reports_a_day * dice.lognormvariate(0, 0.35) * (1 if HOURS.is_workday(day) else 0.08)
    reports *= 1.3 if day.weekday() == 0 else 1
    for hour in BY_HOUR:
        for error in ERRORS:
            first = made.expect(day, hour, error, _share(reports, hour, error) * dice.lognormvariate(0, 0.3))
            for _ in range(_poisson(dice, first)):
                _with_drawn(dice, made, _at(day, hour) + dice.random() * 3600, error)
    return reports


def _others(dice: random.Random, made: Month, day: date, reports: float) -> None:
    for hour in BY_HOUR:
        first = made.expect(day, hour, OTHER_ERROR, _share(reports, hour, OTHER_ERROR) * dice.lognormvariate(0, 0.3))
        for _ in range(_poisson(dice, first)):
            _with_drawn(dice, made, _at(day, hour) + dice.random() * 3600, OTHER_ERROR, made.sayings.everyday(dice))


def _with_drawn(dice: random.Random, made: Month, at_s: float, error: IntentId, words: str = "") -> None:
    _report(dice, made, at_s, error, words=words)
    while dice.random() < made.plan.drawn:
        at_s += dice.expovariate(1 / DRAWN_AFTER_S)
        _report(dice, made, at_s, error, words=words)


def _share(reports_a_day: float, hour: int, error: IntentId) -> float:
    if error == OTHER_ERROR:
        return reports_a_day * OTHERS * _share_of_hour(hour)
    return reports_a_day * _share_of_hour(hour) * ERRORS[error] / sum(ERRORS.values())


def _share_of_hour(hour: int) -> float:
    return BY_HOUR.get(hour, 0.02) / sum(BY_HOUR.values())


def _outages(dice: random.Random, again: random.Random, made: Month, reports_a_minute: float) -> None:
    """`again`: draws another moment where the same trouble is there already."""
    plan, day = made.plan, _workday(dice, made)
    errors = [OTHER_ERROR] if plan.unknown else dice.sample(list(ERRORS)[:6], plan.errors_at_once)
    kind = dice.choice(made.sayings.kinds(plan.unknown)) if plan.unknown else ""
    said = made.sayings.outage(dice, kind) if kind else iter(())
    words = made.sayings.ways(kind) if kind else frozenset[str]()
    began_s = _at(day, dice.choice(plan.at)) + dice.random() * 1800
    lasts_s = dice.uniform(30, 90) * 60
    same = [each for each in made.outages if each.error in errors and each.words == words]
    while any(each.from_ms < (began_s + lasts_s) * 1000 and began_s * 1000 < each.to_ms for each in same):
        began_s = _at(_workday(again, made), again.choice(plan.at)) + again.random() * 1800
    for error in errors:
        at_s, moments = began_s, []
        while at_s < began_s + lasts_s:
            grown = min(1, 0.05 + (at_s - began_s) / 1800) if plan.slowly else 1
            at_s += dice.expovariate(grown * reports_a_minute / 60)
            moments.append(at_s)
            meant, told = next(said) if kind else (error, "")
            if meant:
                _report(dice, made, at_s, meant, words=told)
        made.outages.append(Outage(error, int(moments[0] * 1000), int(at_s * 1000), words))


def _colleagues(dice: random.Random, made: Month) -> None:
    at_s = _at(_workday(dice, made), dice.choice(BUSY)) + dice.random() * 3600
    error, first = dice.choice(list(ERRORS)), OFFICIALS - dice.choice((1, 2)) * LARGE_UNIT
    for official in dice.sample(range(first, first + LARGE_UNIT), dice.randint(4, 9)):
        _report(dice, made, at_s + dice.random() * 180, error, official)


def _workday(dice: random.Random, made: Month) -> date:
    days = (BEGINS + timedelta(days=made.plan.before + number) for number in range(made.plan.days))
    return dice.choice([day for day in days if HOURS.is_workday(day)])


def _report(
    dice: random.Random, made: Month, at_s: float, error: IntentId, official: int | None = None, words: str = ""
) -> None:
    """By anybody, where nobody is said; every second report names a dossier, and with it the unit."""
    official = dice.randrange(OFFICIALS) if official is None else official
    named = _unit(official) if dice.random() < 0.5 else ""
    made.reports.append(Said(int(at_s * 1000), error, PersonId(f"p{official}"), named, words))


def unit_of(person: PersonId) -> str:
    return _unit(int(person.removeprefix("p")))


def _unit(official: int) -> str:
    """Two in each of 90 communes, and ten in each of two large units."""
    return f"H20.{official // (2 if official < OFFICIALS - 2 * LARGE_UNIT else LARGE_UNIT)}"


def _poisson(dice: random.Random, expected: float) -> int:
    count, product = 0, dice.random()
    while product > math.exp(-expected):
        count, product = count + 1, product * dice.random()
    return count


@cache
def _at(day: date, hour: int) -> float:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp()
