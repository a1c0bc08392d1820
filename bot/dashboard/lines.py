"""The tickets that a page of the board lists: the open ones by urgency, or older ones a page at a time, or those that
were claimed or resolved in some days and so stand behind a figure of the day page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, cast, get_args

from bot.dashboard.view import View
from bot.dialogue.hours import Hours
from bot.dialogue.targets import deadline
from bot.language.codes import is_within, unit_of_codes
from bot.language.normalise import fold
from bot.model import OPEN_STATES, Ticket
from bot.store.codec import TICKET
from bot.store.connection import Client
from bot.store.figures import days_of, measured
from bot.store.keys import Keys

PAGE: Final = 50
MOST_SCANNED: Final = 2_000
"""Tickets that one page looks through; a link leads to older ones."""

Measure = Literal["claim", "resolve"]
MEASURES: Final = frozenset(get_args(Measure))


@dataclass(frozen=True, slots=True)
class Filter:
    state: str
    """'open', 'new', 'claimed', 'waiting', 'resolved', 'closed', 'all'; 'late': past a target."""
    intent: str
    unit: str
    owner: str
    text: str
    done: Measure | None = None
    """Only what was claimed, or resolved, from the first to the last day."""
    first: date = date.min
    last: date = date.min

    @property
    def query(self) -> dict[str, str]:
        names = {"state": self.state, "intent": self.intent, "unit": self.unit, "owner": self.owner, "q": self.text}
        if self.done:
            names |= {"done": self.done, "from": self.first.isoformat(), "to": self.last.isoformat()}
        return {name: value for name, value in names.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    ticket: Ticket
    due_ms: int | None
    late: bool
    took_s: int | None = None
    """Until it was claimed or resolved, where that is asked for."""


Page = tuple[list[Line], int | None]
"""Lines, and where the next page begins."""


class Lines:
    def __init__(self, client: Client, keys: Keys, view: View, hours: Hours) -> None:
        self._client = client
        self._keys = keys
        self._view = view
        self._hours = hours

    async def read(self, wanted: Filter, start: int, count: int = PAGE) -> Page:
        """`start`: 0, or what the page before named."""
        if wanted.done:
            return await self._done(wanted, start, count)
        if wanted.state in {"open", "new", "claimed", "waiting", "late"}:
            return await self._open(wanted), None
        return await self._older(wanted, start, count)

    def line(self, ticket: Ticket, took_s: int | None = None) -> Line:
        due = deadline(ticket, self._view.knowledge.targets_of(ticket.intent), self._hours)
        return Line(ticket, due.at_ms if due else None, bool(due and due.at_ms < time.time_ns() // 1_000_000), took_s)

    async def _open(self, wanted: Filter) -> list[Line]:
        numbers = [int(str(each)) for each in await self._client.zrange(self._keys.open_tickets(), 0, -1)]
        lines = [line for line in map(self.line, await self._read(numbers)) if _fits(line, wanted)]
        return sorted(lines, key=lambda line: (line.due_ms is None, line.due_ms or 0, line.ticket.number))

    async def _older(self, wanted: Filter, before: int, count: int) -> Page:
        """By number, the newest first."""
        newest = before - 1 if before else int(await self._client.get(self._keys.last_ticket()) or 0)
        found: list[Line] = []
        for first in range(newest, max(0, newest - MOST_SCANNED), -PAGE):
            numbers = list(range(first, max(0, first - PAGE), -1))
            for line in map(self.line, await self._read(numbers)):
                if _fits(line, wanted):
                    found.append(line)
                    if len(found) == count:
                        return found, line.ticket.number
        lowest = max(0, newest - MOST_SCANNED)
        return found, lowest + 1 if lowest else None

    async def _done(self, wanted: Filter, start: int, count: int) -> Page:
        """In the order in which it was done; a ticket that was reopened may come twice."""
        found: list[Line] = []
        place, last = 0, start + MOST_SCANNED
        for day in days_of(wanted.first, wanted.last):
            samples = cast(list[str], await self._client.lrange(self._keys.samples(day, str(wanted.done)), 0, -1))
            for batch in range(max(0, start - place), len(samples), PAGE):
                if place + batch >= last:
                    return found, place + batch
                for number, line in await self._behind(samples[batch : batch + PAGE], wanted):
                    if len(found) == count:
                        return found, place + batch + number
                    found.append(line)
            place += len(samples)
        return found, None

    async def _behind(self, samples: list[str], wanted: Filter) -> list[tuple[int, Line]]:
        """The tickets that these samples were measured of, with the sample's place."""
        took = [measured(sample) for sample in samples]
        tickets = {ticket.number: ticket for ticket in await self._read([number for *_, number in took if number])}
        return [
            (place, line)
            for place, (_, seconds, number) in enumerate(took)
            if number in tickets and _fits(line := self.line(tickets[number], seconds), wanted)
        ]

    async def _read(self, numbers: list[int]) -> list[Ticket]:
        if not numbers:
            return []
        texts = cast(list[str | None], await self._client.mget([self._keys.ticket(number) for number in numbers]))
        return [TICKET.validate_json(text) for text in texts if text]


def _fits(line: Line, wanted: Filter) -> bool:
    ticket = line.ticket
    states = {"open": OPEN_STATES, "late": OPEN_STATES, "all": None}.get(wanted.state, {wanted.state})
    said = fold(f"{ticket.words} {' '.join(ticket.codes)} {ticket.resolution} #{ticket.number}")
    unit = unit_of_codes(ticket.codes)
    return (
        (states is None or ticket.state in states)
        and (wanted.state != "late" or line.late)
        and (not wanted.intent or ticket.intent == wanted.intent)
        and (not unit if wanted.unit == "-" else is_within(unit, wanted.unit))
        and (not wanted.owner or ticket.owner == wanted.owner)
        and fold(wanted.text) in said
    )
