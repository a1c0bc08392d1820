"""`python -m tests.bench.incidents`: made-up months of reports (months.py), replayed against the detection. How often a
report draws another, who works where and how busy a day is, the bot learns as it goes. The figures are written to
incidents.md beside this file. Whether and when an outage *has risen*, an observer says who knows what is usual
(observer.py).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import repeat
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bot.dialogue import contagion, incidents, surge
from bot.dialogue.likeness import telling
from bot.dialogue.surge import Report, Traffic
from bot.model import OTHER_ERROR, THE_BOT, Incident, IntentId, MessageId, PersonId, Reporter
from tests.bench import observer, sayings
from tests.bench.months import (
    BEFORE,
    BEGINS,
    FOUND_IN_S,
    GROUP,
    HOURS,
    OUTAGES,
    Month,
    Outage,
    Plan,
    Said,
    month,
)
from tests.dialogue.world import ZONE, knowledge


@dataclass(frozen=True)
class Found:
    outage: Outage
    at_ms: int | None
    risen_ms: int | None
    """When the observer would have said so; None: never."""
    shown: bool
    """Within five minutes of its first report as many people had reported as are needed at least."""

    @property
    def after_s(self) -> float:
        """From the first report."""
        return math.inf if self.at_ms is None else (self.at_ms - self.outage.from_ms) / 1000

    @property
    def risen_after_s(self) -> float:
        return math.inf if self.risen_ms is None else (self.risen_ms - self.outage.from_ms) / 1000


@dataclass
class Result:
    months: int = 0
    false_alarms: int = 0
    false_unknown: int = 0
    """Those of errors that the guide does not know."""
    again: int = 0
    """Incidents of an outage that was one already."""
    observed: int = 0
    """False alarms of the observer."""
    outages: list[Found] = field(default_factory=list)
    told: list[bool] = field(default_factory=list)
    """Of who reported an unknown error in an outage that was found: whether the bot takes it for the same."""

    def __iadd__(self, other: Result) -> Result:
        self.months += other.months
        self.false_alarms += other.false_alarms
        self.false_unknown += other.false_unknown
        self.again += other.again
        self.observed += other.observed
        self.outages += other.outages
        self.told += other.told
        return self

    @property
    def found(self) -> list[float]:
        return [each.after_s for each in self.outages if each.at_ms is not None]

    @property
    def in_time(self) -> float:
        """Share of all outages that were found within five minutes of their first report."""
        return _share_in_time([each.after_s for each in self.outages])

    @property
    def observed_in_time(self) -> float:
        return _share_in_time([each.risen_after_s for each in self.outages])

    @property
    def shown_in_time(self) -> float:
        """More than that cannot be found in time by whoever waits for so many people."""
        return sum(each.shown for each in self.outages) / len(self.outages) if self.outages else math.nan

    @property
    def risen(self) -> list[Found]:
        return [each for each in self.outages if each.risen_ms is not None]

    @property
    def risen_in_time(self) -> float:
        """Within five minutes of the moment at which they had risen, of those that did."""
        return _share_in_time([each.after_s - each.risen_after_s for each in self.risen])


def _share_in_time(after_s: list[float]) -> float:
    return sum(each <= FOUND_IN_S for each in after_s) / len(after_s) if after_s else math.nan


@dataclass
class Watch:
    """What the bot remembers while it reads a month."""

    recent: dict[IntentId, list[Report]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[IntentId, Counter[tuple[date, int]]] = field(default_factory=lambda: defaultdict(Counter))
    all: Counter[tuple[date, int]] = field(default_factory=Counter)
    """Of every error."""
    since: dict[IntentId, date] = field(default_factory=dict)
    places: dict[PersonId, str] = field(default_factory=dict)
    days: dict[tuple[date, IntentId], list[Report]] = field(default_factory=lambda: defaultdict(list))
    """Without those on which there was an incident."""
    with_incident: set[tuple[date, IntentId]] = field(default_factory=set)
    drawn: float = surge.FIRST_DRAWN
    open: dict[int, Incident] = field(default_factory=dict)
    """By number."""
    outages: dict[int, Outage | None] = field(default_factory=dict)
    """Which outage each open incident is."""
    _usual: dict[tuple[IntentId, int, int], float] = field(default_factory=dict)
    _tallies: dict[tuple[date, IntentId], contagion.Tally] = field(default_factory=dict)

    def usual(self, error: IntentId, at_ms: int) -> float:
        hour_ms = 3_600_000  # every zone here is whole hours from UTC
        now = (error, at_ms // hour_ms, (at_ms - surge.LONGEST_S * 1000) // hour_ms)
        if now not in self._usual:
            counts = {slot: self.counts[error][slot] for slot in surge.slots(at_ms, HOURS)}
            before = {slot: self.all[slot] for slot in surge.level_slots(at_ms, HOURS)}
            level = surge.level(before, min(self.since.values()), HOURS.day_of(at_ms))
            self._usual[now] = surge.usual(counts, self.since[error], level)
        return self._usual[now]

    def rise(self, error: IntentId, new: Report) -> surge.Rise | None:
        traffic = Traffic(tuple(self.recent[error]), self.usual(error, new.at_ms), self.drawn)
        if error == OTHER_ERROR:
            traffic = incidents.alike(knowledge(), incidents.unexplained(self.open.values(), knowledge(), traffic), new)
        return surge.rise(traffic, new)

    def about(self, error: IntentId, words: str) -> Incident | None:
        return incidents.about(self.open.values(), knowledge(), error, words)

    def widen(self, error: IntentId, rise: surge.Rise) -> Incident | None:
        """The open incident of which these reports seem to tell."""
        told = [each.words for each in rise.reports]
        known = incidents.in_other_words(self.open.values(), knowledge(), told) if error == OTHER_ERROR else None
        if known:
            self.open[known.number] = known
        return known

    def begin(self, error: IntentId, rise: surge.Rise, ends_ms: int, outage: Outage | None) -> Incident:
        at_ms = rise.reports[-1].at_ms
        words = telling([each.words for each in rise.reports]) if error == OTHER_ERROR else ""
        incident = Incident(at_ms, error, "", THE_BOT, at_ms, ends_ms, words=words)
        self.open[incident.number], self.outages[incident.number] = incident, outage
        return incident

    def end(self, now_ms: int) -> None:
        for incident in [each for each in self.open.values() if (each.ended_ms or 0) <= now_ms]:
            del self.open[incident.number], self.outages[incident.number]
            self.recent[incident.intent].clear()

    def take(self, error: IntentId, new: Report, *, in_incident: bool = False) -> None:
        """What an incident answers tells nothing about what is usual, nor of another incident."""
        at = datetime.fromtimestamp(new.at_ms / 1000, ZONE)
        if not in_incident:
            kept_ms = new.at_ms - surge.LONGEST_S * 1000
            self.recent[error] = [*(each for each in self.recent[error] if each.at_ms > kept_ms), new]
            self.counts[error][at.date(), at.hour] += 1
            self.all[at.date(), at.hour] += 1
        else:
            self.with_incident.add((at.date(), error))
        self.days[at.date(), error].append(new)

    def learn(self, today: date) -> None:
        """What the bot does every night."""
        for day in self.days.keys() - self._tallies.keys():
            self._tallies[day] = contagion.tally(() if day in self.with_incident else self.days[day])
        first = today - timedelta(days=surge.HISTORY_DAYS)
        self.drawn = contagion.drawn(each for (day, _), each in self._tallies.items() if first <= day)


FALSE_ENDS_MS: Final = 3_600_000


def replay(made: Month) -> Result:
    """As the bot sees it: an incident that was an outage ends with it, a false one after an hour."""
    result, found, watch, today = Result(months=1), dict[Outage, int](), Watch(), BEGINS
    for said in made.reports:
        at_ms, error, person, unit, words = said
        if today != HOURS.day_of(at_ms):
            watch.learn(today := HOURS.day_of(at_ms))
        watch.since.setdefault(error, today)
        if unit:
            watch.places[person] = unit
        watch.end(at_ms)
        new = Report(at_ms, Reporter(person, GROUP, MessageId("m")), watch.places.get(person, ""), words)
        incident, outage = watch.about(error, words), made.outage_of(said)
        if words and outage and outage in watch.outages.values():
            result.told.append(incident is not None and watch.outages[incident.number] == outage)
        if incident is None and (rise := watch.rise(error, new)) and not (incident := watch.widen(error, rise)):
            outage = _risen(made, said, rise)
            incident = watch.begin(error, rise, outage.to_ms if outage else at_ms + FALSE_ENDS_MS, outage)
            if outage:
                result.again += outage in found
                found.setdefault(outage, at_ms)
            elif at_ms >= made.from_ms:
                result.false_alarms += 1
                result.false_unknown += error == OTHER_ERROR
        watch.take(error, new, in_incident=incident is not None)
    risen, result.observed = _observed(made)
    result.outages = [
        Found(outage, found.get(outage), risen.get(outage), _shown(made, outage)) for outage in made.outages
    ]
    return result


def _risen(made: Month, said: Said, rise: surge.Rise) -> Outage | None:
    """The outage that an incident is: of errors that the guide does not know, the one of which most of its reports
    tell."""
    if said.error != OTHER_ERROR:
        return made.outage_of(said)
    told = Counter(made.outage_of(said._replace(at_ms=each.at_ms, words=each.words)) for each in rise.reports)
    return told.most_common(1)[0][0]


def _observed(made: Month) -> tuple[dict[Outage, int], int]:
    """When the observer would have called which outage one, and how often he would have been wrong."""
    risen, false_alarms, ends_ms = dict[Outage, int](), 0, dict[IntentId, int]()
    for said in observer.risen(made):
        if outage := made.outage_of(said):
            risen.setdefault(outage, said.at_ms)
        elif said.at_ms >= max(made.from_ms, ends_ms.get(said.error, 0)):
            false_alarms += 1
            ends_ms[said.error] = said.at_ms + FALSE_ENDS_MS
    return risen, false_alarms


def _shown(made: Month, outage: Outage) -> bool:
    until_ms = outage.from_ms + FOUND_IN_S * 1000
    people = {said.person for said in made.reports if outage.brings(said) and said.at_ms <= until_ms}
    return len(people) >= surge.WINDOWS[0].least_people


def months(plan: Plan, seeds: Iterable[int]) -> Result:
    total = Result()
    for seed in seeds:
        total += replay(month(seed, plan))
    return total


MONTHS: Final = 20
OUTAGE_MONTHS: Final = 10
CHOSEN_ON: Final = range(100, 100 + MONTHS)
"""Seeds of months on which the constants of the detection were chosen (and some on 0 to 19)."""
UNSEEN: Final = range(1000, 1000 + MONTHS)
"""Those on which nothing was chosen."""
HEAD: Final = (
    "false alarms a month | found | in 5 minutes | at most | the observer | not risen | 5 minutes after rising |"
    " median | 90 % |",
    "--- | --- | --- | --- | --- | --- | --- | --- | --- |",
)
OTHER_MONTHS: Final = {
    "40 a day, every third report draws another": Plan(40, drawn=1 / 3),
    "80 a day, every third report draws another": Plan(80, drawn=1 / 3),
    "160 a day, every third report draws another": Plan(160, drawn=1 / 3),
    "160 a day, every tenth report draws another": Plan(160, drawn=0.1),
    "80 a day, none draws another": Plan(80, drawn=0),
    "80 a day, every third draws another; 1.0–1.5 a minute": Plan(80, (1.0, 1.5), drawn=1 / 3),
    "80 a day, every third draws another; 1.5–3 a minute": Plan(80, (1.5, 3.0), drawn=1 / 3),
    "80 a day, every tenth draws another; 0.7–1 a minute": Plan(80, (0.7, 1.0), drawn=0.1),
    "80 a day, every tenth draws another; 1.0–1.5 a minute": Plan(80, (1.0, 1.5), drawn=0.1),
    "ten times 4 to 9 colleagues of one unit within three minutes": Plan(colleagues=10),
    "outages over lunch, 0.7–1.5 a minute": Plan(rate=(0.7, 1.5), at=(11, 12)),
    "outages at night, 0.7–1.5 a minute": Plan(rate=(0.7, 1.5), at=(19, 20, 21, 22)),
    "outages that take half an hour to reach 2–4 a minute": Plan(rate=(2.0, 4.0), slowly=True),
    "two errors at once, 1.5–3 a minute each": Plan(rate=(1.5, 3.0), errors_at_once=2),
    "the first week, no history: 40 a day, no outages": Plan(40, before=0, days=7),
    "the first week: 80 a day, no outages": Plan(80, before=0, days=7),
    "the first week: 160 a day, no outages": Plan(160, before=0, days=7),
    "the first week: 80 a day, 1.5–3 a minute": Plan(80, (1.5, 3.0), before=0, days=7),
    "the first week: 80 a day, 3–6 a minute": Plan(80, (3.0, 6.0), before=0, days=7),
}


def _rate(rate: tuple[float, float] | None) -> str:
    return f"{rate[0]}–{rate[1]}" if rate else "no outages"


RATES: Final = (None, (0.7, 1.0), (1.0, 1.5), (1.5, 3.0), (3.0, 6.0))
KNOWN: Final = {f"{a_day} | {_rate(rate)}": Plan(a_day, rate) for a_day in (40, 80, 160) for rate in RATES}
UNKNOWN: Final = {
    f"{kinds} | {a_day} | {_rate(rate)}": Plan(a_day, rate, unknown=kinds)
    for kinds in ("unseen", "chosen on")
    for a_day in (40, 80, 160)
    for rate in RATES[2:]
}


def main() -> None:
    with ProcessPoolExecutor() as pool:
        known, other, unknown = (
            pool.map(months, plans.values(), map(_seeds, plans.values())) for plans in (KNOWN, OTHER_MONTHS, UNKNOWN)
        )
        quiet = {what: plan for what, plan in (KNOWN | OTHER_MONTHS).items() if plan.rate is None}
        looked_at = pool.map(months, quiet.values(), repeat(CHOSEN_ON))
        lines = [
            *_introduction(),
            f"| reports a day | a minute in an outage | {HEAD[0]}",
            f"| --- | --- | {HEAD[1]}",
            *(f"| {what} | {_row(total)}" for what, total in zip(KNOWN, known, strict=True)),
            "",
            "80 reports a day, where nothing else is said:",
            "",
            f"| | {HEAD[0]}",
            f"| --- | {HEAD[1]}",
            *(f"| {what} | {_row(total)}" for what, total in zip(OTHER_MONTHS, other, strict=True)),
            "",
            *_about_unknown(),
            f"| kinds | reports a day | a minute in an outage | {HEAD[0]} get the one line | again |",
            f"| --- | --- | --- | {HEAD[1]} --- | --- |",
            *(
                f"| {what} | {_row(total)} {_told(total)} | {total.again} |"
                for what, total in zip(UNKNOWN, unknown, strict=True)
            ),
            "",
            "False alarms a month, without outages, on the months on which constants were chosen, for comparison:",
            "",
            "| | all | of errors that the guide does not know | the observer's |",
            "| --- | --- | --- | --- |",
            *(_false_alarms(what, total) for what, total in zip(quiet, looked_at, strict=True)),
        ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines) + "\n", "utf-8")


def _seeds(plan: Plan) -> range:
    return UNSEEN[:OUTAGE_MONTHS] if plan.rate else UNSEEN


def _introduction() -> list[str]:
    fewest = surge.WINDOWS[0].least_people
    least = " or ".join(f"{each.least_people} people within {each.seconds // 60} minutes" for each in surge.WINDOWS)
    return [
        "# How well incidents are found",
        "",
        f"Written by `python -m tests.bench.incidents`: {MONTHS} made-up months a row (here and there weeks), or",
        f"{OUTAGE_MONTHS} with {OUTAGES} outages in each; {BEFORE} days of history, 200 officials, and a quarter as",
        f"many reports again of errors that the guide does not know. An incident is {least},",
        "of different places, or more where chance brings as many now and then (`bot/dialogue/surge.py`).",
        f"The months are those of the seeds {UNSEEN[0]} to {UNSEEN[-1]}; constants were chosen on the seeds 0 to 19",
        f"and {CHOSEN_ON[0]} to 139. Times count from the first report, as in *in 5 minutes*; *at most* is the share",
        f"of outages in which {fewest} different people had reported by then at all: whoever waits for so many finds",
        "no more.",
        "",
        "*The observer* knows what no bot can: how many reports of each error are expected in this very hour, how",
        "often one draws another, and who works where. An outage *has risen* as soon as so many different places",
        f"report it within five minutes ({observer.LEAST_PLACES} at least) as ordinary traffic at that rate reaches",
        f"once in {observer.RARE_H} hours of an error: at most one false alarm a month, mostly fewer than the bot",
        "(last table).",
        "*5 minutes after rising* is the share of those outages that the bot has found by then, *the observer* that of",
        "all outages that had risen within five minutes of their first report, *not risen* how many never did.",
        "",
    ]


def _about_unknown() -> list[str]:
    return [
        "Outages of errors that the guide does not know, told in 14 people's words each (`tests/data/outages.tsv`),",
        "half of them without diacritics; what the bot does not understand as such a report counts as not reported.",
        f"*Chosen on* are the kinds on whose words constants were chosen ({', '.join(sayings.CHOSEN_ON)}),",
        f"*unseen* the others ({', '.join(sayings.UNSEEN)}). *Get the one line*: of those who report it later;",
        "*again*: how often those who told of it in other words made a second incident of it.",
        "The report's own months had been seen with `RARE_H` 2000 and 1300 before it was set to 1600 on the others.",
        "Two wordings of `upload` were looked at afterwards, as they were taken for attachments to a rejection.",
        "",
    ]


def _row(total: Result) -> str:
    false_alarms = f"{total.false_alarms / total.months:.2f}"
    if not total.found:
        return f"{false_alarms} | | | | | | | | |"
    shares = (
        f"{len(total.found)} of {len(total.outages)}",
        f"{total.in_time:.0%}",
        f"{total.shown_in_time:.0%}",
        f"{total.observed_in_time:.0%}",
        f"{len(total.outages) - len(total.risen)}",
        f"{total.risen_in_time:.0%}",
        f"{median(total.found) / 60:.1f} min",
        f"{quantiles(total.found, n=10)[-1] / 60:.1f} min",
    )
    return f"{false_alarms} | {' | '.join(shares)} |"


def _false_alarms(what: str, total: Result) -> str:
    shown = (
        what.replace(" | ", " a day, "),
        *(f"{n / total.months:.2f}" for n in (total.false_alarms, total.false_unknown, total.observed)),
    )
    return f"| {' | '.join(shown)} |"


def _told(total: Result) -> str:
    return f"{sum(total.told) / len(total.told):.0%}" if total.told else ""


if __name__ == "__main__":
    main()
