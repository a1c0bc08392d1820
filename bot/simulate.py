"""A simulated stretch of time in the store, for demos and benches: complaints, tickets with histories, figures.

What the bot would have decided is made up, and written by the same code (Commit) to the same keys. Ordinary talk leaves
nothing in the store, so of all messages only those about a complaint are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bot.language.codes import unit_of_codes
from bot.language.intent import SILENCE
from bot.language.knowledge import Knowledge
from bot.model import (
    OTHER_ERROR,
    Case,
    Chat,
    Count,
    Decision,
    Incident,
    IntentId,
    MessageId,
    Outcome,
    PersonId,
    Reporter,
    Review,
    ReviewKind,
    Sample,
    Ticket,
    TicketEvent,
)
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.transaction import Transaction

COMPLAINTS: Final = 0.15
"""Of all messages, those that begin a complaint."""
TICKETS: Final = 0.4
"""Of the complaints, those that come to the technicians."""
OUTCOMES: Final[tuple[Outcome, ...]] = ("self", "unknown", "withdrawn")
SHARES: Final = (0.6, 0.35, 0.05)
OPEN_S: Final = 2 * 24 * 3600
"""Tickets younger than this may still be open."""
REVIEWED: Final = 0.05
INCIDENT_DAYS: Final = 21
OFFICIALS: Final = 200
UNITS: Final = 60
BATCH: Final = 200
GROUP: Final = Chat("group", "9000000000000000001")


class NotEmpty(Exception):
    """There is something in the store already."""


class Simulation:
    def __init__(
        self, knowledge: Knowledge, technicians: tuple[str, ...], zone: ZoneInfo, *, seed: int, now_ms: int
    ) -> None:
        self._random = Random(seed)
        self._texts = [(label, text) for label, text in knowledge.labelled_examples() if label != SILENCE]
        self._technicians = [PersonId(each) for each in technicians]
        self._solved = knowledge.phrases.say("board.resolved")
        self._zone = zone
        self._now_ms = now_ms
        self.ticket = self.incident = 0

    def day(self, day: date, messages: int) -> Iterator[tuple[MessageId, Decision]]:
        """What was decided about the complaints of one day, in order, each under the id of its message."""
        midnight = datetime.combine(day, time(), self._zone).timestamp() * 1000
        count = round(messages * COMPLAINTS)
        moments = sorted(int(midnight + self._hour() * 3_600_000) for _ in range(count))
        for number, at_ms in enumerate(each for each in moments if each < self._now_ms):
            case = self._case(MessageId(f"simulated-{day:%Y%m%d}-{number}"), at_ms)
            yield MessageId(case.id), self._decision(case)
        if day.toordinal() % INCIDENT_DAYS == 0 and moments and moments[0] + 7_200_000 < self._now_ms:
            yield (
                MessageId(f"simulated-incident-{day}"),
                Decision(incidents=(self._incident(moments[len(moments) // 2]),)),
            )

    def answer_s(self) -> int:
        return int(self._random.lognormvariate(0.3, 0.6))

    def _hour(self) -> float:
        """Busy in the morning and in the afternoon."""
        return min(23.9, max(0.0, self._random.gauss(self._random.choice((9.0, 14.7)), 1.3)))

    def _case(self, id_: MessageId, at_ms: int) -> Case:
        draw = self._random
        intent, words = draw.choice(self._texts)
        unit = f"H20.{draw.randrange(10, 10 + UNITS)}.{draw.randrange(10, 30)}"
        day = datetime.fromtimestamp(at_ms / 1000, self._zone)
        codes = (f"{unit}-{day:%y%m%d}-{draw.randrange(10_000):04}",) if draw.random() < 0.7 else ()
        person = PersonId(f"80000000000000{draw.randrange(OFFICIALS):05}")
        return Case(id_, GROUP, person, intent, codes, words, at_ms, "open", confidence=0.9)

    def _decision(self, case: Case) -> Decision:
        unit = unit_of_codes(case.codes)
        complaint = Count(case.opened_ms, "complaint", case.intent, unit)
        reviews: tuple[Review, ...] = ()
        if case.intent == OTHER_ERROR or self._random.random() < REVIEWED:
            kind: ReviewKind = "other-error" if case.intent == OTHER_ERROR else "not-solved"
            message = MessageId(case.id)
            reviews = (Review(kind, message, case.words, case.opened_ms, case.intent, case.person),)
        if self._random.random() >= TICKETS:
            outcome = self._random.choices(OUTCOMES, SHARES)[0]
            ended = replace(case, outcome=outcome, ended_ms=case.opened_ms + self._random.randrange(60_000, 7_200_000))
            count = Count(case.opened_ms, outcome, case.intent, unit)
            return Decision(cases=(ended,), counts=(complaint, count), reviews=reviews)
        ticket, samples = self._ticket(case)
        ended = replace(case, outcome="ticket", ticket=ticket.number, ended_ms=case.opened_ms)
        counts: tuple[Count, ...] = (complaint, Count(case.opened_ms, "ticket", case.intent, unit))
        if ticket.resolved_ms:
            counts = (*counts, Count(ticket.resolved_ms, "resolved", case.intent, unit))
        return Decision(cases=(ended,), tickets=(ticket,), counts=counts, samples=samples, reviews=reviews)

    def _ticket(self, case: Case) -> tuple[Ticket, tuple[Sample, ...]]:
        self.ticket += 1
        draw, opened_ms = self._random, case.opened_ms
        reporter = Reporter(case.person, case.chat, MessageId(case.id))
        opened = TicketEvent(opened_ms, case.person, "opened")
        ticket = Ticket(
            self.ticket, case.intent, "new", case.words, opened_ms, (reporter,), case.codes, history=(opened,)
        )
        claim_s, solve_s = int(draw.lognormvariate(6.5, 1)), int(draw.lognormvariate(8.5, 1))
        claimed_ms, resolved_ms = opened_ms + claim_s * 1000, opened_ms + (claim_s + solve_s) * 1000
        young = opened_ms > self._now_ms - OPEN_S * 1000
        if claimed_ms > self._now_ms or (young and draw.random() < 0.2):
            return ticket, ()
        owner = draw.choice(self._technicians)
        claimed = TicketEvent(claimed_ms, owner, "claimed")
        samples = (Sample(claimed_ms, "claim", case.intent, claim_s, ticket.number),)
        ticket = replace(
            ticket,
            state="claimed",
            owner=owner,
            claimed_ms=claimed_ms,
            touched_ms=claimed_ms,
            history=(opened, claimed),
        )
        if resolved_ms > self._now_ms or (young and draw.random() < 0.2):
            return ticket, samples
        resolved = TicketEvent(resolved_ms, owner, "resolved", self._solved)
        ticket = replace(
            ticket, state="resolved" if young else "closed", resolved_ms=resolved_ms, stopped_ms=resolved_ms,
            resolution=self._solved, history=(opened, claimed, resolved),
        )  # fmt: skip
        return ticket, (*samples, Sample(resolved_ms, "resolve", case.intent, claim_s + solve_s, ticket.number))

    def _incident(self, at_ms: int) -> Incident:
        self.incident += 1
        intent, words = self._random.choice(self._texts)
        by = self._random.choice(self._technicians)
        return Incident(self.incident, IntentId(intent), words, by, at_ms, at_ms + 3_600_000, self._solved)


async def simulate(
    client: Client, keys: Keys, simulation: Simulation, zone: ZoneInfo, days: list[date], messages: int,
    force: bool, done: Callable[[], object],
) -> int:  # fmt: skip
    """Fills the store and returns the number of tickets; `done` is called after each day. Raises NotEmpty."""
    if not force and await client.dbsize():
        raise NotEmpty("the store is not empty; --force adds to what is there")
    simulation.ticket = int(await client.get(keys.last_ticket()) or 0)
    simulation.incident = int(await client.get(keys.last_incident()) or 0)
    before, commit = simulation.ticket, Commit(keys, zone)
    weights = [1.0 if day.weekday() < 5 else 0.15 for day in days]
    for day, weight in zip(days, weights, strict=True):
        decided = list(simulation.day(day, round(messages * weight / sum(weights))))
        for begin in range(0, len(decided), BATCH):
            transaction = Transaction()
            for message, decision in decided[begin : begin + BATCH]:
                commit.write(transaction, decision, message, {})
                for case in decision.cases:
                    transaction.write("HINCRBY", keys.answers(day), f"{case.intent}|{simulation.answer_s()}", 1)
            await transaction.commit(client)
        done()
    await client.mset({keys.last_ticket(): simulation.ticket, keys.last_incident(): simulation.incident})
    return simulation.ticket - before


def days_until(last: date, count: int) -> list[date]:
    return [last - timedelta(days=ago) for ago in range(count - 1, -1, -1)]
