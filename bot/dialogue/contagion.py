"""How often one report draws another ('em cũng bị'): learnt from the complaints of the last weeks.

Others who report the same error within five minutes come by chance, or because the first one was read. By chance as
many come within any five minutes of the same hour: what stands between half an hour and an hour later tells how many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.dialogue.surge import FIRST_DRAWN, Report

NEAR_S: Final = 300
FAR_S: Final = (1800, 3600)
MOST_NEAR: Final = 3
"""Others that are counted behind one report: in an outage that nobody noticed there are very many."""
FIRST_REPORTS: Final = 100
"""So many reports weigh as much as what is taken for usual at first."""
LEAST: Final = 0.14
MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """Of reports, and of those who were drawn within five minutes."""

    reports: float
    drawn: float


def tally(reports: Sequence[Report]) -> Tally:
    """`reports`: those of one error on one day without an incident, in order."""
    more = (_more_than_chance(report, reports[place + 1 :]) for place, report in enumerate(reports))
    return Tally(len(reports), sum(more))


def drawn(tallies: Iterable[Tally]) -> float:
    """How many others each report draws within five minutes."""
    known = (Tally(FIRST_REPORTS, FIRST_DRAWN * FIRST_REPORTS), *tallies)
    share = sum(each.drawn for each in known) / sum(each.reports for each in known)
    return min(MOST, max(LEAST, share))


def _more_than_chance(report: Report, later: Sequence[Report]) -> float:
    near, far = 0, 0
    for other in later:
        lag_s = (other.at_ms - report.at_ms) / 1000
        if lag_s > FAR_S[1]:
            break
        if other.reporter.person == report.reporter.person or (report.unit and other.unit == report.unit):
            continue
        near += lag_s <= NEAR_S
        far += lag_s > FAR_S[0]
    return min(near, MOST_NEAR) - far * NEAR_S / (FAR_S[1] - FAR_S[0])
