"""Everything that is stored about one person: to hand it out at their request, and to know what to erase.

Found through indexes (`tickets_by`, `traces`) and in the few hashes and streams in which everybody stands together.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final, cast

from bot.model import (
    Case,
    Incident,
    IntentId,
    MessageId,
    PersonId,
    Ref,
    Reporter,
    Review,
    Session,
    Ticket,
    Timer,
)
from bot.store.codec import CASE, INCIDENT, REF, REPORTER, REVIEW, SESSION, TICKET, TICKET_EVENT, TIMER
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.teaching import read_taught
from bot.store.traces import Traces, read_traces

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Personal:
    """What is known of one person. Fields that end in `_by_id` keep the stream id that an erasure needs."""

    person: PersonId
    name: str | None
    role: str | None
    on_leave: bool
    last_heard_ms: int | None
    place: str | None
    """The unit that the person named last."""
    conversations: tuple[Session, ...]
    complaints: tuple[Case, ...]
    tickets: tuple[Ticket, ...]
    incidents: Mapping[int, Reporter]
    incidents_declared: tuple[Incident, ...]
    reviews_by_id: Mapping[str, Review]
    timers: tuple[Timer, ...]
    quotable: Mapping[MessageId, Ref]
    """Messages of the bot to the person, by id, and what a quote of them stands for."""
    taught: Mapping[str, IntentId]
    """Words of the person's complaints from which the bot was taught."""
    failed_by_id: Mapping[str, Mapping[str, str]]
    """What came from the person or goes to them and could not be dealt with."""

    def as_json(self) -> Mapping[str, object]:
        return asdict(self)

    @property
    def known(self) -> bool:
        """Whether anything at all is stored."""
        return self != replace(NOTHING, person=self.person)


NOTHING: Final = Personal(PersonId(""), None, None, False, None, None, (), (), (), {}, (), {}, (), {}, {}, {})


async def read_personal(client: Client, keys: Keys, person: PersonId) -> Personal:
    traces = await read_traces(client, keys, person)
    heard = await client.zscore(keys.heard(), person)
    complaints = await _complaints(client, keys, traces)
    role = cast("str | None", await client.hget(keys.roles(), person))
    ids, words = {case.id for case in complaints}, {case.words for case in complaints}
    incidents = [incident async for incident in _incidents(client, keys)]
    return Personal(
        person=person,
        name=cast("str | None", await client.hget(keys.names(), person)),
        role=role,
        on_leave=bool(await client.sismember(keys.away(), person)),
        last_heard_ms=int(heard) if heard is not None else None,
        place=cast("str | None", await client.get(keys.place(person))),
        conversations=await _conversations(client, keys, person, traces),
        complaints=complaints,
        tickets=await _tickets(client, keys, person, staff=role is not None),
        incidents=await _reported(client, keys, person, incidents),
        incidents_declared=tuple(incident for incident in incidents if incident.by == person),
        reviews_by_id={
            id_: review
            async for id_, fields in _stream(client, keys.reviews())
            if (review := REVIEW.validate_json(fields["review"])).by == person or review.message in ids
        },
        timers=await _timers(client, keys, person),
        quotable=await _quotable(client, keys, traces),
        taught={text: label for text, label in (await read_taught(client, keys)).examples.items() if text in words},
        failed_by_id={
            id_: fields async for id_, fields in _stream(client, keys.dead_letters()) if person in str(fields)
        },
    )


async def _conversations(client: Client, keys: Keys, person: PersonId, traces: Traces) -> tuple[Session, ...]:
    found = await _texts(client, [keys.session(chat, person) for chat in traces.chats])
    return tuple(SESSION.validate_json(text) for text in found.values())


async def _complaints(client: Client, keys: Keys, traces: Traces) -> tuple[Case, ...]:
    found = await _texts(client, [keys.case(case) for case in traces.cases])
    return tuple(CASE.validate_json(text) for text in found.values())


async def _quotable(client: Client, keys: Keys, traces: Traces) -> dict[MessageId, Ref]:
    found = await _texts(client, [keys.ref(message) for message in traces.messages])
    texts = ((message, found.get(keys.ref(message))) for message in traces.messages)
    return {message: REF.validate_json(text.partition("|")[2]) for message, text in texts if text}


async def _tickets(client: Client, keys: Keys, person: PersonId, *, staff: bool) -> tuple[Ticket, ...]:
    """Those that the person reported; of the staff also those that they had a hand in, among all."""
    key = keys.all_tickets() if staff else keys.tickets_by(person)
    found: list[Ticket] = []
    numbers = [int(str(number)) for number in await client.zrange(key, 0, -1)]
    for begin in range(0, len(numbers), PAGE):
        page = numbers[begin : begin + PAGE]
        pipe = client.pipeline(transaction=False)
        for number in page:
            pipe.get(keys.ticket(number))
            pipe.lrange(keys.ticket_history(number), 0, -1)
        answers = await pipe.execute()
        for text, events in zip(answers[::2], answers[1::2], strict=True):
            if text and person in f"{text}{events}":
                history = tuple(TICKET_EVENT.validate_json(event) for event in events)
                found.append(replace(TICKET.validate_json(text), history=history))
    return tuple(found)


async def _incidents(client: Client, keys: Keys) -> AsyncIterator[Incident]:
    last = int(await client.get(keys.last_incident()) or 0)
    for text in (await _texts(client, [keys.incident(number) for number in range(1, last + 1)])).values():
        yield INCIDENT.validate_json(text)


async def _reported(client: Client, keys: Keys, person: PersonId, incidents: list[Incident]) -> dict[int, Reporter]:
    found = {}
    for incident in incidents:
        text = await client.hget(keys.incident_reporters(incident.number), person)
        if text:
            found[incident.number] = REPORTER.validate_json(text)
    return found


async def _timers(client: Client, keys: Keys, person: PersonId) -> tuple[Timer, ...]:
    texts = await client.hvals(keys.timer_data())
    timers = (TIMER.validate_json(str(text).partition("|")[2]) for text in texts)
    return tuple(timer for timer in timers if timer.person == person)


async def _texts(client: Client, keys: list[str]) -> dict[str, str]:
    """The values of those keys that are there."""
    texts = cast("list[str | None]", await client.mget(keys)) if keys else []
    return {key: text for key, text in zip(keys, texts, strict=True) if text}


async def _stream(client: Client, key: str) -> AsyncIterator[tuple[str, dict[str, str]]]:
    after = "-"
    while entries := cast("list[tuple[str, dict[str, str]]]", await client.xrange(key, after, "+", count=PAGE) or []):
        for id_, fields in entries:
            yield id_, fields
        after = f"({entries[-1][0]}"
