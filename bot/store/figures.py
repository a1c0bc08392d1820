"""The figures of a day or a range, read from the counters that every decision keeps up to date."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from bot.dialogue.figures import Figures
from bot.model import IntentId
from bot.store.connection import Client
from bot.store.keys import Keys


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def read_figures(client: Client, keys: Keys, first: date, last: date) -> Figures:
    """One round trip, whatever the range."""
    pipe = client.pipeline(transaction=False)
    days = days_of(first, last)
    for day in days:
        pipe.hgetall(keys.counters(day))
        pipe.lrange(keys.samples(day, "claim"), 0, -1)
        pipe.lrange(keys.samples(day, "resolve"), 0, -1)
    pipe.zcard(keys.open_tickets())
    *found, open_now = await pipe.execute()
    counts: Counter[tuple[str, IntentId, str]] = Counter()
    for counters in found[0::3]:
        for field, value in counters.items():
            name, intent, unit = field.split("|")
            counts[name, IntentId(intent), unit] += int(value)
    return Figures(first, last, counts, int(open_now), _samples(found[1::3]), _samples(found[2::3]))


def _samples(days: list[list[str]]) -> list[tuple[IntentId, int]]:
    parts = (sample.rpartition("|") for day in days for sample in day)
    return [(IntentId(intent), int(seconds)) for intent, _, seconds in parts]
