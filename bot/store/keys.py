"""The only place that spells a key. Every key of an OA carries its hash tag, so a transaction stays in one slot."""

from __future__ import annotations

from binascii import crc32
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from bot.model import Chat, IntentId, MessageId, PersonId

PARTITIONS: Final = 8
"""Inbox and outbox are cut into this many streams: the most workers that can share the work of one OA."""

CONSUMER_GROUP: Final = "workers"


def partition_of(id_: str) -> int:
    """A person's messages (and a chat's replies) always go to the same partition: that keeps their order."""
    return crc32(id_.encode()) % PARTITIONS


@dataclass(frozen=True)
class Keys:
    oa_id: str

    def _key(self, *parts: str | int) -> str:
        return self.prefix + ":".join(map(str, parts))

    @cached_property
    def prefix(self) -> str:
        return f"{{{self.oa_id}}}:"

    # the message's way
    def inbox(self, partition: int) -> str:
        return self._key("inbox", partition)

    def outbox(self, partition: int) -> str:
        return self._key("outbox", partition)

    def done(self, message: MessageId) -> str:
        return self._key("done", message)

    def attempts(self) -> str:
        return self._key("attempts")

    def dead_letters(self) -> str:
        return self._key("dead-letters")

    def alive(self) -> str:
        """When the last worker was alive."""
        return self._key("alive")

    def catching_up(self) -> str:
        return self._key("catching-up")

    def last_seen(self) -> str:
        """When the last message of each group was sent."""
        return self._key("last-seen")

    # the pages
    def page_links_of(self, person: PersonId) -> str:
        """Digests of the links that the person has not used."""
        return self._key("page-links-of", person)

    def page_link(self, digest: str) -> str:
        return self._key("page-link", digest)

    def page_session(self, digest: str) -> str:
        return self._key("page-session", digest)

    def page_answer(self, message: MessageId) -> str:
        return self._key("page-answer", message)

    def page_epochs(self) -> str:
        """How often each person has ended all their page sessions."""
        return self._key("page-epochs")

    def alerted(self, what: str) -> str:
        return self._key("alerted", what)

    def timers(self) -> str:
        return self._key("timers")

    def timer_data(self) -> str:
        return self._key("timers", "data")

    # processes
    def workers(self) -> str:
        return self._key("workers")

    def lease(self, partition: int) -> str:
        return self._key("lease", partition)

    # what is remembered
    def session(self, chat: Chat, person: PersonId) -> str:
        return self._key("session", chat.kind, chat.id, person)

    def ref(self, message: MessageId) -> str:
        return self._key("ref", message)

    def case(self, case: str) -> str:
        return self._key("case", case)

    def cases_of(self, day: date) -> str:
        return self._key("cases", day.isoformat())

    def returned(self) -> str:
        """Complaints after which the same error of the same dossier was told again within RETURNED_DAYS."""
        return self._key("cases", "returned")

    def cases_about(self, intent: IntentId, code: str) -> str:
        """The complaints about one error of one dossier."""
        return self._key("cases", "about", intent, code)

    def last_complaint(self, chat: Chat) -> str:
        return self._key("last-complaint", chat.id)

    def said(self, chat_id: str, minute: int) -> str:
        return self._key("said", chat_id, minute)

    def told(self, chat_id: str) -> str:
        return self._key("told", chat_id)

    def reviews(self) -> str:
        return self._key("reviews")

    def taught(self) -> str:
        """Examples that people taught on the pages."""
        return self._key("taught")

    def taught_errors(self) -> str:
        """Errors that people described on the pages."""
        return self._key("taught", "errors")

    def trial(self, session: str) -> str:
        """What was tried last in a session of the pages."""
        return self._key("page", "trial", session)

    def ticket(self, number: int) -> str:
        return self._key("ticket", number)

    def tickets_prefix(self) -> str:
        """With which the key of every ticket begins; its number follows."""
        return self._key("ticket", "")

    def ticket_history(self, number: int) -> str:
        return self._key("ticket", number, "history")

    def last_ticket(self) -> str:
        return self._key("tickets", "last")

    def open_tickets(self) -> str:
        return self._key("tickets", "open")

    def all_tickets(self) -> str:
        return self._key("tickets", "all")

    def named_tickets(self) -> str:
        """Those that still say who reported them."""
        return self._key("tickets", "named")

    def tickets_held_by(self, person: PersonId) -> str:
        return self._key("tickets", "held-by", person)

    def tickets_by(self, person: PersonId) -> str:
        return self._key("tickets", "by", person)

    def tickets_asked(self, person: PersonId) -> str:
        """Those about which a technician waits for the person's answer."""
        return self._key("tickets", "asked", person)

    def solved(self, intent: IntentId) -> str:
        return self._key("solved", intent)

    def dossier(self, intent: IntentId, code: str) -> str:
        return self._key("dossier", intent, code)

    def incidents(self) -> str:
        """The open ones, by intent."""
        return self._key("incidents")

    def incident(self, number: int) -> str:
        return self._key("incident", number)

    def incident_reporters(self, number: int) -> str:
        return self._key("incident", number, "reporters")

    def last_incident(self) -> str:
        return self._key("incidents", "last")

    def recent(self, intent: IntentId) -> str:
        """Reports of the last minutes."""
        return self._key("recent", intent)

    def hourly(self, intent: IntentId) -> str:
        """How many reports each hour saw, and since when that is counted."""
        return self._key("hourly", intent)

    def hourly_of_all(self) -> str:
        """The same for all errors together."""
        return self._key("hourly")

    def drawn(self) -> str:
        """How many others each report draws, as learnt from the last weeks."""
        return self._key("drawn")

    # people and places
    def roles(self) -> str:
        return self._key("roles")

    def away(self) -> str:
        return self._key("away")

    def names(self) -> str:
        return self._key("names")

    def heard(self) -> str:
        """When each person was last heard from."""
        return self._key("heard")

    def place(self, person: PersonId) -> str:
        """The unit that a person named last."""
        return self._key("place", person)

    def traces(self, person: PersonId) -> str:
        """What is remembered of one person, for their own request."""
        return self._key("traces", person)

    def units(self) -> str:
        return self._key("units")

    def tokens(self) -> str:
        return self._key("tokens")

    # keeping
    def schema(self) -> str:
        """The version of the data, or that a restore is under way."""
        return self._key("schema")

    def schema_lock(self) -> str:
        return self._key("schema", "lock")

    def kept(self, day: date) -> str:
        """Some process does, or did, that day's clearing out."""
        return self._key("kept", day.isoformat())

    # figures
    def counters(self, day: date) -> str:
        return self._key("stats", day.isoformat())

    def hours(self, day: date) -> str:
        """Complaints by hour and unit."""
        return self._key("hours", day.isoformat())

    def totals(self, day: date) -> str:
        """The counters of a day without the units: for trends over many days."""
        return self._key("totals", day.isoformat())

    def desk_version(self) -> str:
        """Grows with every change of a ticket: open pages watch it."""
        return self._key("tickets", "version")

    def answers(self, day: date) -> str:
        """How many complaints of a day had their first answer after so many seconds, by error."""
        return self._key("answers", day.isoformat())

    def samples(self, day: date, name: str) -> str:
        return self._key("samples", day.isoformat(), name)
