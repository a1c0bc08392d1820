"""The figures of a day or a range, read from the counters that every decision keeps up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from bot.dialogue.figures import Counted, Figures, Measured
from bot.model import IntentId
from bot.store.connection import Client
from bot.store.keys import Keys


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def read_figures(client: Client, keys: Keys, first: date, last: date) -> Figures:
    """One round trip, whatever the range."""
    pipe = client.pipeline(transaction=False)
    for day in days_of(first, last):
        pipe.hgetall(keys.counters(day))
        pipe.lrange(keys.samples(day, "claim"), 0, -1)
        pipe.lrange(keys.samples(day, "resolve"), 0, -1)
    pipe.zcard(keys.open_tickets())
    *found, open_now = await pipe.execute()
    return Figures(first, last, counts_of(found[0::3]), int(open_now), _measured(found[1::3]), _measured(found[2::3]))


def counts_of(counters: Iterable[Mapping[str, str]]) -> Counter[Counted]:
    """The counters of some days together."""
    counts: Counter[Counted] = Counter()
    for field, count in added_up(counters).items():
        name, intent, unit = field.split("|")
        counts[name, IntentId(intent), unit] = count
    return counts


def added_up(days: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """Each field once: a year has a thousand times as many as it has different ones."""
    sums: dict[str, int] = {}
    for day in days:
        for field, value in day.items():
            sums[field] = sums.get(field, 0) + int(value)
    return sums


def measured(sample: str) -> tuple[IntentId, int, int | None]:
    """Of which error, how many seconds, and which ticket (unknown of those that an older bot measured)."""
    intent, seconds, *number = sample.split("|")
    return IntentId(intent), int(seconds), int(number[0]) if number else None


def _measured(samples: Iterable[Iterable[str]]) -> Measured:
    return tuple(measured(sample)[:2] for day in samples for sample in day)
