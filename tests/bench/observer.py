"""Who watches a made-up month and knows what no bot can: which unit each person works in, how many reports of each
error are expected in each hour, how often one draws another, and which tell of which
outage that the guide does not know.

He calls it an incident when so many different places report one error within five minutes as ordinary reports reach, at
this rate, once in 1300 hours of an error. He raises at most one false alarm a month, mostly fewer than the bot.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Final

from bot.model import OTHER_ERROR, IntentId
from tests.bench.months import DRAWN_AFTER_S, FOUND_IN_S, Month, Outage, Said, unit_of
from tests.dialogue.world import ZONE

LEAST_PLACES: Final = 5
RARE_H: Final = 1300
MOST: Final = 60
STEPS: Final = 30
"""Parts of a window, where something is summed over it."""
RATES_A_STEP: Final = 1.1
"""What is expected is rounded up to the next power of it."""


def risen(made: Month) -> Iterator[Said]:
    """The reports at which he would say so: every one while it is so."""
    last: dict[tuple[IntentId, Outage | None], deque[Said]] = defaultdict(deque)
    for said in made.reports:
        outage = made.outage_of(said) if said.error == OTHER_ERROR else None
        if said.error == OTHER_ERROR and outage is None:
            continue
        recent = last[said.error, outage]
        recent.append(said)
        while recent[0].at_ms <= said.at_ms - FOUND_IN_S * 1000:
            recent.popleft()
        places = len({unit_of(each.person) for each in recent})
        if places >= LEAST_PLACES and places >= enough(_expected(made, said.error, said.at_ms), made.plan.drawn):
            yield said


def _expected(made: Month, error: IntentId, at_ms: int) -> float:
    """Reports an hour. Each ordinary one that the guide does not know tells of another trouble."""
    if error == OTHER_ERROR:
        return 0
    moments = (datetime.fromtimestamp(ms / 1000, ZONE) for ms in (at_ms, at_ms - FOUND_IN_S * 1000))
    mean = sum(made.expected.get((at.date(), at.hour, error), 0) for at in moments) / 2
    return RATES_A_STEP ** math.ceil(math.log(mean, RATES_A_STEP)) if mean else 0


@cache
def enough(expected: float, drawn: float) -> int:
    """The fewest reports within five minutes that ordinary ones, so many an hour, reach seldom enough.

    A report is the last of so many when those of its own chain that came shortly before it and all others of five
    minutes are so many; the others are a sum of pieces of chains (Panjer's recursion).
    """
    own = [_chain(count, FOUND_IN_S, drawn) for count in range(MOST)]
    pieces = _pieces(expected, drawn)
    others = [math.exp(-sum(pieces))]
    for count in range(1, MOST):
        others.append(sum(size * pieces[size] * others[count - size] for size in range(1, count + 1)) / count)
    before, more = 0, 1.0
    while expected * more > 1 / RARE_H:
        more -= sum(own[count] * others[before - count] for count in range(before + 1))
        before += 1
    return before + 1


def _pieces(expected: float, drawn: float) -> list[float]:
    """How many chains with so many reports in the window are expected, by when the first of these comes."""
    found = [0.0] * MOST
    for step in range(STEPS):
        into_s = (step + 0.5) * FOUND_IN_S / STEPS
        begun_before = drawn * (1 - math.exp(-into_s / DRAWN_AFTER_S))
        first = expected / 3600 * FOUND_IN_S / STEPS * (1 - begun_before)
        for size in range(1, MOST):
            found[size] += first * _chain(size - 1, FOUND_IN_S - into_s, drawn)
    return found


def _chain(count: int, within_s: float, drawn: float) -> float:
    """How likely exactly so many are drawn, one by the other, within that time."""

    def at_least(count: int) -> float:
        mean = within_s / DRAWN_AFTER_S
        fewer = sum(mean**each / math.factorial(each) for each in range(count)) * math.exp(-mean)
        return drawn**count * max(0.0, 1 - fewer)

    return at_least(count) - at_least(count + 1)
