"""What the day page shows, put together from the same counters that /thongke reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from statistics import median, quantiles
from typing import Final, cast
from zoneinfo import ZoneInfo

from bot.dialogue.figures import Counted
from bot.language.codes import is_within, unit_of_codes
from bot.model import Case, Incident, IntentId
from bot.store.codec import CASE, INCIDENT
from bot.store.connection import Client
from bot.store.figures import added_up, counts_of, days_of, measured
from bot.store.keys import Keys

OUTCOMES: Final = ("self", "ticket-solved", "ticket-open", "incident", "open", "withdrawn", "unknown")
"""Every complaint is one of these. 'open': the conversation goes on; 'unknown': nobody said how it ended."""
MEAN_DAYS: Final = 28
TREND_DAYS: Final = 90
FIRST_LEVEL: Final = 2
"""Parts of a unit's code that the first table tells apart: 'H20.27'."""

KINDS: Final = 5
"""What is read of each day."""

Counts = Counter[Counted]
Seconds = Mapping[str, list[int]]
"""By error."""


@dataclass(frozen=True, slots=True)
class Row:
    """Complaints about one error, or of one unit, by outcome."""

    key: str
    complaints: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds; None where nothing was measured."""

    count: int
    median_s: int | None
    p90_s: int | None


@dataclass(frozen=True, slots=True)
class ErrorTimes:
    intent: IntentId
    answer: Times
    claim: Times
    resolve: Times


@dataclass(frozen=True, slots=True)
class SelfService:
    """Solved by the officials themselves: they said so, and the same dossier did not come back with it in a week."""

    said: int
    came_back: int
    unknown: int
    complaints: int

    @property
    def share(self) -> float | None:
        return (self.said - self.came_back) / self.complaints if self.complaints else None


@dataclass(frozen=True, slots=True)
class Report:
    first: date
    last: date
    errors: tuple[Row, ...]
    units: tuple[Row, ...]
    """By unit, as exact as the codes are."""
    parts: tuple[Row, ...]
    """By unit, one level below the one that is asked for."""
    hours: tuple[int, ...]
    """Complaints by the hour of the day."""
    self_service: SelfService
    answer: Times
    """From a complaint to the bot's first answer."""
    claim: Times
    resolve: Times
    times: tuple[ErrorTimes, ...]
    """By error, for all units: times are not known by unit."""
    resolved: int
    """Tickets that were resolved in these days."""
    open_now: int
    before: int
    """Complaints of as many days before."""
    mean: float
    """Complaints a day in the four weeks before."""
    trend: tuple[tuple[date, int, int], ...]
    """Day, complaints, solved by themselves; up to the last day."""
    incidents: tuple[Incident, ...]

    @property
    def complaints(self) -> int:
        return sum(row.complaints for row in self.errors)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


async def read_report(client: Client, keys: Keys, zone: ZoneInfo, first: date, last: date, unit: str = "") -> Report:
    """A few round trips, whatever the range; reads the days' counters, and the complaints of at most these days.
    `unit`: only of it and those below it ('-': without a code); what is before and the trend are of all units."""
    days = days_of(first, last)
    pipe = client.pipeline(transaction=False)
    for day in days:
        pipe.hgetall(keys.counters(day))
        pipe.lrange(keys.samples(day, "claim"), 0, -1)
        pipe.lrange(keys.samples(day, "resolve"), 0, -1)
        pipe.hgetall(keys.hours(day))
        pipe.hgetall(keys.answers(day))
    for day in (trend_days := days_of(last - timedelta(days=TREND_DAYS - 1), last)):
        pipe.hgetall(keys.totals(day))
    earlier = days_of(first - timedelta(days=max(MEAN_DAYS, len(days))), first - timedelta(days=1))
    for day in earlier:
        pipe.hgetall(keys.totals(day))
    pipe.zcard(keys.open_tickets())
    pipe.get(keys.last_incident())
    pipe.zrange(keys.returned(), *span_ms(first, last, zone), byscore=True)
    *found, returned = await pipe.execute()
    counters, claims, resolves, hours, answers = (found[n : KINDS * len(days) : KINDS] for n in range(KINDS))
    totals = found[KINDS * len(days) : KINDS * len(days) + TREND_DAYS]
    complaints_before = [_of(each, "complaint") for each in found[KINDS * len(days) + TREND_DAYS : -2]]
    counts = Counter({key: n for key, n in counts_of(counters).items() if _is_of(key[2], unit)})
    came_back = [case for case in await read_cases(client, keys, returned) if _is_of(_unit(case), unit)]
    answered, claimed, resolved = _answers(answers), _samples(claims), _samples(resolves)
    return Report(
        first=first,
        last=last,
        errors=_rows(counts, by=1),
        units=_rows(counts, by=2),
        parts=_rows(_by_level(counts, unit), by=2),
        hours=_hours(hours, unit),
        self_service=_self_service(counts, came_back),
        answer=_all_times(answered),
        claim=_all_times(claimed),
        resolve=_all_times(resolved),
        times=_by_error(answered, claimed, resolved),
        resolved=sum(n for (name, _, _), n in counts.items() if name == "resolved"),
        open_now=int(found[-2]),
        before=sum(complaints_before[-len(days) :]),
        mean=sum(complaints_before[-MEAN_DAYS:]) / MEAN_DAYS,
        trend=tuple(
            (day, _of(each, "complaint"), _of(each, "self")) for day, each in zip(trend_days, totals, strict=True)
        ),
        incidents=await _incidents(client, keys, int(found[-1] or 0), first, last, zone),
    )


def _of(totals: Mapping[str, str], name: str) -> int:
    return sum(int(value) for field, value in totals.items() if field.startswith(f"{name}|"))


def span_ms(first: date, last: date, zone: ZoneInfo) -> tuple[float, str]:
    """From the first moment of the first day to before that of the day after the last."""
    begin, end = (datetime.combine(day, time(), zone).timestamp() * 1000 for day in (first, last + timedelta(days=1)))
    return begin, f"({end}"


def _is_of(unit: str, wanted: str) -> bool:
    return not unit if wanted == "-" else is_within(unit, wanted)


def _unit(case: Case) -> str:
    return unit_of_codes(case.codes)


def _by_level(counts: Counts, unit: str) -> Counts:
    """Units that are below the same one, a level below `unit`, are counted together: 'H20.27.21' under 'H20.27'."""
    parts = len(unit.split(".")) + 1 if unit else FIRST_LEVEL
    together: Counts = Counter()
    for (name, intent, of), n in counts.items():
        together[name, intent, ".".join(of.split(".")[:parts])] += n
    return together


def _rows(counts: Counts, by: int) -> tuple[Row, ...]:
    """By error (1) or by unit (2), the most complaints first."""
    named: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, n in counts.items():
        named[key[by]][key[0]] += n
    rows = [Row(key, mine["complaint"], _outcomes(mine)) for key, mine in named.items() if mine["complaint"] > 0]
    return tuple(sorted(rows, key=lambda row: (-row.complaints, row.key)))


def _outcomes(counts: Mapping[str, int]) -> Mapping[str, int]:
    solved = min(max(0, counts["ticket-solved"]), counts["ticket"])
    found = {
        "self": counts["self"],
        "ticket-solved": solved,
        "ticket-open": counts["ticket"] - solved,
        "incident": counts["incident"],
        "withdrawn": counts["withdrawn"],
        "unknown": counts["unknown"],
    }
    found["open"] = max(0, counts["complaint"] - sum(found.values()))
    return {name: found[name] for name in OUTCOMES}


def _hours(days: Iterable[Mapping[str, str]], unit: str) -> tuple[int, ...]:
    hours = Counter[int]()
    for field, count in added_up(days).items():
        hour, _, of = field.partition("|")
        if _is_of(of, unit):
            hours[int(hour)] += count
    return tuple(hours[hour] for hour in range(24))


def _by_error(answered: Seconds, claimed: Seconds, resolved: Seconds) -> tuple[ErrorTimes, ...]:
    kinds = (answered, claimed, resolved)
    found = [
        ErrorTimes(IntentId(intent), *(_times(kind.get(intent, [])) for kind in kinds))
        for intent in sorted(set().union(*kinds))
    ]
    return tuple(sorted(found, key=lambda each: -max(each.answer.count, each.claim.count, each.resolve.count)))


def _answers(days: Iterable[Mapping[str, str]]) -> Seconds:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for field, count in added_up(days).items():
        intent, _, seconds = field.rpartition("|")
        found[intent] += [int(seconds)] * count
    return found


def _samples(days: Sequence[Sequence[str]]) -> Seconds:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for day in days:
        for sample in day:
            intent, seconds, _ = measured(sample)
            found[intent].append(seconds)
    return found


def _all_times(seconds: Seconds) -> Times:
    return _times(list(chain.from_iterable(seconds.values())))


def _times(seconds: Sequence[int]) -> Times:
    if not seconds:
        return Times(0, None, None)
    p90 = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return Times(len(seconds), round(median(seconds)), round(p90))


def _self_service(counts: Counts, came_back: Sequence[Case]) -> SelfService:
    total = Counter[str]()
    for (name, _, _), n in counts.items():
        total[name] += n
    again = sum(case.outcome == "self" for case in came_back)
    return SelfService(total["self"], again, total["unknown"], total["complaint"])


async def read_cases(client: Client, keys: Keys, ids: Sequence[str]) -> list[Case]:
    """In the order of `ids`; those that are kept no longer are left out."""
    if not ids:
        return []
    texts = cast(list[str | None], await client.mget([keys.case(id_) for id_ in ids]))
    return [CASE.validate_json(text) for text in texts if text]


async def _incidents(
    client: Client, keys: Keys, last_number: int, first: date, last: date, zone: ZoneInfo
) -> tuple[Incident, ...]:
    if not last_number:
        return ()
    numbers = range(max(1, last_number - 99), last_number + 1)
    texts = cast(list[str | None], await client.mget([keys.incident(number) for number in numbers]))
    found = [INCIDENT.validate_json(text) for text in texts if text]
    return tuple(each for each in found if first <= datetime.fromtimestamp(each.opened_ms / 1000, zone).date() <= last)
