"""The figures of a day or a range, read from the counters that every decision keeps up to date."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from statistics import median

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
    counts: Counter[tuple[str, IntentId]] = Counter()
    for counters in found[0::3]:
        for field, value in counters.items():
            name, intent, _unit = field.split("|")
            counts[name, IntentId(intent)] += int(value)
    return Figures(
        first=first,
        last=last,
        complaints={intent: n for (name, intent), n in counts.items() if name == "complaint" and n > 0},
        solved=_total(counts, "self"),
        handed_over=_total(counts, "ticket"),
        resolved=_total(counts, "resolved"),
        open_now=int(open_now),
        claim_s=_median(found[1::3]),
        resolve_s=_median(found[2::3]),
    )


def _total(counts: Counter[tuple[str, IntentId]], wanted: str) -> int:
    return sum(n for (name, _), n in counts.items() if name == wanted)


def _median(samples: list[list[str]]) -> int | None:
    seconds = [int(sample.rpartition("|")[2]) for day in samples for sample in day]
    return round(median(seconds)) if seconds else None
