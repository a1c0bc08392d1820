"""Reads what the dialogue needs to know about one message, in as few round trips as there are steps of finding out:
the message names a person, a quote, numbers and codes; those name a conversation and tickets.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast
from zoneinfo import ZoneInfo

from bot.dialogue.memory import Memory, Wants
from bot.dialogue.rules import Rules
from bot.model import (
    SOLVED,
    Case,
    Chat,
    Decision,
    Incoming,
    IntentId,
    Message,
    PersonId,
    Ref,
    Role,
    Session,
    Ticket,
    TimerDue,
)
from bot.store.codec import CASE, INCIDENT, SESSION, TICKET
from bot.store.connection import Client
from bot.store.figures import read_figures
from bot.store.incidents import expect_incidents, read_reporters
from bot.store.keys import Keys
from bot.store.named import Named, Question
from bot.store.people import KnownNames
from bot.store.pointed import Seen, Wanted, dossiers_about, read_pointed
from bot.store.rounds import Rounds
from bot.store.scripts import Script
from bot.store.traces import read_traces
from bot.store.transaction import Transaction

NOBODY: Final = PersonId("")
BEFORE: Final = Script("""
local tickets = redis.call('LRANGE', KEYS[1], 0, -1)
for i, number in ipairs(tickets) do tickets[i] = ARGV[1] .. number end
if #tickets > 0 then tickets = redis.call('MGET', unpack(tickets)) end
return {redis.call('GET', KEYS[2]), tickets}
""")
"""Numbers and what they name in one round trip; all keys of an OA are in one slot."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The dialogue's memory, and what must not have changed when its decision is committed."""

    done: bool
    memory: Memory
    sender: PersonId
    seen: Seen
    keys: Keys
    incident_texts: Mapping[str, str]

    def expect_unchanged(self, transaction: Transaction, decision: Decision) -> None:
        """A decision that changes nothing needs nothing to be unchanged."""
        if decision == Decision(outcome=decision.outcome):
            return
        owners = {ticket.owner for ticket in decision.tickets}
        for person, held in self.memory.held.items():
            if person in owners:
                transaction.expect("held", str(held), "SCARD", self.keys.tickets_held_by(person))
        role = self.memory.roles.get(self.sender)
        transaction.expect("role", role, "HGET", self.keys.roles(), self.sender)
        if decision.roles:  # two supervisors who resign at once must not both go
            for person, has in self.memory.roles.items():
                if has == "supervisor" and person != self.sender:
                    transaction.expect("supervisor", has, "HGET", self.keys.roles(), person)
        for key, text in self.seen.texts.items():
            transaction.expect(key, text, "GET", key)
        if any(ticket.number == self.memory.next_ticket for ticket in decision.tickets):
            last = str(self.memory.next_ticket - 1) if self.memory.next_ticket > 1 else None
            transaction.expect("last ticket", last, "GET", self.keys.last_ticket())
            transaction.write("SET", self.keys.last_ticket(), self.memory.next_ticket)
        expect_incidents(transaction, self.keys, self.memory, decision, self.incident_texts)


class Loader:
    def __init__(self, client: Client, keys: Keys, rules: Rules, tech_group: Chat | None) -> None:
        self._client = client
        self._rounds = Rounds(client)
        self.names = KnownNames(client, keys)
        self._keys = keys
        self._rules = rules
        self._tech_group = tech_group
        self.roles: Mapping[PersonId, Role] = {}
        """Everybody's who is not an official, as they were read last."""

    @property
    def zone(self) -> ZoneInfo:
        return self._rules.hours.zone

    async def load(self, incoming: Incoming, wants: Wants, now_ms: int) -> Loaded:
        """`now_ms` is the moment at which the message came in."""
        question = self._question(incoming, wants, now_ms)
        named = question.read(await self._rounds.ask(question.commands))
        chat, person = _who(incoming)
        seen = Seen({self._keys.session(chat, person): named.session})
        session = _session(named.session)
        quoted = await self._quoted(named.ref, wants, chat, person, seen)
        own, own_session = await self._own(person, chat, seen) if wants.own_complaint else (None, None)
        conversations = [found for found in (session, quoted, own_session) if found]
        tickets = {found.ticket for found in (session, quoted, named.ref, own) if found and found.ticket}
        about = session or quoted or named.ref
        wanted = Wanted(
            dossiers_about(wants, conversations, own),
            {*wants.tickets, *named.asked, *tickets},
            about.case if about else None,
        )
        pointed = await read_pointed(self._rounds, self._keys, wanted, named.dossiers, seen)
        listed = await self._listed({*named.open_tickets, *named.my_tickets})
        memory = await self._memory(named, person, now_ms)
        gathers = session is not None and session.stage == "gathering"
        reporters = wants.incident_reporters and await read_reporters(
            self._client, self._keys, memory.incidents.values()
        )
        memory = replace(
            memory,
            session=None if gathers else session,
            gathered=session if gathers else None,
            quoted_session=quoted,
            own_complaint=own,
            own_session=own_session,
            tickets=pointed.tickets,
            dossier_tickets=pointed.dossiers,
            open_tickets=tuple(listed[number] for number in named.open_tickets if number in listed),
            my_tickets=tuple(listed[number] for number in named.my_tickets if number in listed),
            figures=await read_figures(self._client, self._keys, *wants.days) if wants.days else None,
            case=pointed.case,
            incident_reporters=reporters or {},
        )
        return Loaded(named.done, memory, person, seen, self._keys, named.incidents)

    def unread(self, person: PersonId, gathered: Session | None, now_ms: int) -> Memory:
        """What is known without asking the store of somebody in no conversation; a commit must expect that there is
        none, and the role."""
        return Memory(
            now_ms=now_ms,
            zone=self.zone,
            role=self.roles.get(person, "official"),
            roles=self.roles,
            gathered=gathered,
            tech_group=self._tech_group,
            rules=self._rules,
        )

    def _question(self, incoming: Incoming, wants: Wants, now_ms: int) -> Question:
        return Question(self._keys, incoming, *_who(incoming), wants, self._rules.hours, now_ms)

    async def _memory(self, named: Named, person: PersonId, now_ms: int) -> Memory:
        """Without what only further reading tells."""
        self.roles = named.roles
        return Memory(
            now_ms=now_ms,
            zone=self.zone,
            role=named.roles.get(person, "official"),
            roles=named.roles,
            quoted=named.ref,
            quoted_by_bot=named.ref_by_bot,
            asked=named.asked,
            names=await self.names.all(named.names),
            next_ticket=named.last_ticket + 1,
            last_complaint=named.last_complaint,
            tech_group=self._tech_group,
            incidents={int(number): INCIDENT.validate_json(text) for number, text in named.incidents.items()},
            next_incident=named.last_incident + 1,
            traffic=named.traffic,
            place=named.place,
            said=named.said,
            told=named.told,
            secret=secrets.token_urlsafe(24),
            rules=self._rules,
            away=named.away,
            held=named.held,
        )

    async def _quoted(self, ref: Ref | None, wants: Wants, chat: Chat, person: PersonId, seen: Seen) -> Session | None:
        """The conversation that the quoted message belongs to, or that of the person whom the message names."""
        if ref and ref.person and (ref.chat, ref.person) != (chat, person):
            key = self._keys.session(ref.chat, ref.person)
        elif wants.conversation_of and wants.conversation_of != person:
            key = self._keys.session(chat, wants.conversation_of)
        else:
            return None
        seen.note([key], cast(list[str | None], await self._client.mget([key])))
        return _session(seen[key])

    async def _own(self, person: PersonId, chat: Chat, seen: Seen) -> tuple[Case | None, Session | None]:
        """The person's latest complaint, and the conversation about it in another chat than `chat`."""
        cases = (await read_traces(self._client, self._keys, person)).cases
        text = await self._client.get(self._keys.case(cases[-1])) if cases else None
        case = CASE.validate_json(text) if text else None
        if case is None or case.chat == chat:
            return case, None
        key = self._keys.session(case.chat, person)
        seen.note([key], cast(list[str | None], await self._client.mget([key])))
        session = _session(seen[key])
        return case, session if session and session.case == case.id and not session.ticket else None

    async def _listed(self, numbers: set[int]) -> dict[int, Ticket]:
        """Tickets without their history, only to be shown."""
        if not numbers:
            return {}
        texts = await self._client.mget([self._keys.ticket(number) for number in numbers])
        return {number: TICKET.validate_json(text) for number, text in zip(numbers, texts, strict=True) if text}

    async def before_ticket(self, intent: IntentId) -> tuple[tuple[Ticket, ...], int]:
        """The last solved tickets of an error, newest first, without their history; and the last number given."""
        keys = [self._keys.solved(intent), self._keys.last_ticket()]
        last, texts = await BEFORE.run(self._client, keys, self._keys.tickets_prefix())
        solved = (TICKET.validate_json(text) for text in texts if text)
        return tuple(ticket for ticket in solved if ticket.state in SOLVED), int(last or 0)


def _who(incoming: Incoming) -> tuple[Chat, PersonId]:
    """Whose conversation it is: the sender's, or that for which a timer was set."""
    if isinstance(incoming, Message):
        return incoming.chat, incoming.sender
    if isinstance(incoming, TimerDue):
        return incoming.timer.chat, incoming.timer.person
    chat = getattr(incoming, "chat", Chat("private", ""))
    return chat, PersonId(chat.id) if chat.kind == "private" else NOBODY


def _session(text: str | None) -> Session | None:
    return SESSION.validate_json(text) if text else None
