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

    @cached_property
    def prefix(self) -> str:
        return f"{{{self.oa_id}}}:"

    # the message's way
    def inbox(self, partition: int) -> str:
        return f"{self.prefix}inbox:{partition}"

    def outbox(self, partition: int) -> str:
        return f"{self.prefix}outbox:{partition}"

    def done(self, message: MessageId) -> str:
        return f"{self.prefix}done:{message}"

    def attempts(self) -> str:
        return f"{self.prefix}attempts"

    def dead_letters(self) -> str:
        return f"{self.prefix}dead-letters"

    def alive(self) -> str:
        """When the last worker was alive."""
        return f"{self.prefix}alive"

    def catching_up(self) -> str:
        return f"{self.prefix}catching-up"

    def last_seen(self) -> str:
        """When the last message of each group was sent."""
        return f"{self.prefix}last-seen"

    # the pages
    def page_links_of(self, person: PersonId) -> str:
        """Digests of the links that the person has not used."""
        return f"{self.prefix}page-links-of:{person}"

    def page_link(self, digest: str) -> str:
        return f"{self.prefix}page-link:{digest}"

    def page_session(self, digest: str) -> str:
        return f"{self.prefix}page-session:{digest}"

    def page_answer(self, message: MessageId) -> str:
        return f"{self.prefix}page-answer:{message}"

    def page_epochs(self) -> str:
        """How often each person has ended all their page sessions."""
        return f"{self.prefix}page-epochs"

    def alerted(self, what: str) -> str:
        return f"{self.prefix}alerted:{what}"

    def timers(self) -> str:
        return f"{self.prefix}timers"

    def timer_data(self) -> str:
        return f"{self.prefix}timers:data"

    # processes
    def workers(self) -> str:
        return f"{self.prefix}workers"

    def lease(self, partition: int) -> str:
        return f"{self.prefix}lease:{partition}"

    # what is remembered
    def session(self, chat: Chat, person: PersonId) -> str:
        return f"{self.prefix}session:{chat.kind}:{chat.id}:{person}"

    def ref(self, message: MessageId) -> str:
        return f"{self.prefix}ref:{message}"

    def case(self, case: str) -> str:
        return f"{self.prefix}case:{case}"

    def cases_of(self, day: date) -> str:
        return f"{self.prefix}cases:{day}"

    def returned(self) -> str:
        """Complaints after which the same error of the same dossier was told again within RETURNED_DAYS."""
        return f"{self.prefix}cases:returned"

    def cases_about(self, intent: IntentId, code: str) -> str:
        """The complaints about one error of one dossier."""
        return f"{self.prefix}cases:about:{intent}:{code}"

    def last_complaint(self, chat: Chat) -> str:
        return f"{self.prefix}last-complaint:{chat.id}"

    def said(self, chat_id: str, minute: int) -> str:
        return f"{self.prefix}said:{chat_id}:{minute}"

    def told(self, chat_id: str) -> str:
        return f"{self.prefix}told:{chat_id}"

    def reviews(self) -> str:
        return f"{self.prefix}reviews"

    def taught(self) -> str:
        """Examples that people taught on the pages."""
        return f"{self.prefix}taught"

    def taught_errors(self) -> str:
        """Errors that people described on the pages."""
        return f"{self.prefix}taught:errors"

    def trial(self, session: str) -> str:
        """What was tried last in a session of the pages."""
        return f"{self.prefix}page:trial:{session}"

    def ticket(self, number: int) -> str:
        return f"{self.prefix}ticket:{number}"

    def tickets_prefix(self) -> str:
        """With which the key of every ticket begins; its number follows."""
        return f"{self.prefix}ticket:"

    def ticket_history(self, number: int) -> str:
        return f"{self.prefix}ticket:{number}:history"

    def last_ticket(self) -> str:
        return f"{self.prefix}tickets:last"

    def open_tickets(self) -> str:
        return f"{self.prefix}tickets:open"

    def all_tickets(self) -> str:
        return f"{self.prefix}tickets:all"

    def named_tickets(self) -> str:
        """Those that still say who reported them."""
        return f"{self.prefix}tickets:named"

    def tickets_held_by(self, person: PersonId) -> str:
        return f"{self.prefix}tickets:held-by:{person}"

    def tickets_by(self, person: PersonId) -> str:
        return f"{self.prefix}tickets:by:{person}"

    def tickets_asked(self, person: PersonId) -> str:
        """Those about which a technician waits for the person's answer."""
        return f"{self.prefix}tickets:asked:{person}"

    def solved(self, intent: IntentId) -> str:
        return f"{self.prefix}solved:{intent}"

    def dossier(self, intent: IntentId, code: str) -> str:
        return f"{self.prefix}dossier:{intent}:{code}"

    def incidents(self) -> str:
        """The open ones, by number."""
        return f"{self.prefix}incidents"

    def incident(self, number: int) -> str:
        return f"{self.prefix}incident:{number}"

    def incident_reporters(self, number: int) -> str:
        return f"{self.prefix}incident:{number}:reporters"

    def last_incident(self) -> str:
        return f"{self.prefix}incidents:last"

    def recent(self, intent: IntentId) -> str:
        """Reports of the last minutes."""
        return f"{self.prefix}recent:{intent}"

    def hourly(self, intent: IntentId) -> str:
        """How many reports each hour saw, and since when that is counted."""
        return f"{self.prefix}hourly:{intent}"

    def hourly_of_all(self) -> str:
        """The same for all errors together."""
        return f"{self.prefix}hourly"

    def drawn(self) -> str:
        """How many others each report draws, as learnt from the last weeks."""
        return f"{self.prefix}drawn"

    # people and places
    def roles(self) -> str:
        return f"{self.prefix}roles"

    def away(self) -> str:
        return f"{self.prefix}away"

    def names(self) -> str:
        return f"{self.prefix}names"

    def heard(self) -> str:
        """When each person was last heard from."""
        return f"{self.prefix}heard"

    def place(self, person: PersonId) -> str:
        """The unit that a person named last."""
        return f"{self.prefix}place:{person}"

    def traces(self, person: PersonId) -> str:
        """What is remembered of one person, for their own request."""
        return f"{self.prefix}traces:{person}"

    def units(self) -> str:
        return f"{self.prefix}units"

    def tokens(self) -> str:
        return f"{self.prefix}tokens"

    # keeping
    def schema(self) -> str:
        """The version of the data, or that a restore is under way."""
        return f"{self.prefix}schema"

    def schema_lock(self) -> str:
        return f"{self.prefix}schema:lock"

    def kept(self, day: date) -> str:
        """Some process does, or did, that day's clearing out."""
        return f"{self.prefix}kept:{day}"

    # figures
    def counters(self, day: date) -> str:
        return f"{self.prefix}stats:{day}"

    def hours(self, day: date) -> str:
        """Complaints by hour and unit."""
        return f"{self.prefix}hours:{day}"

    def totals(self, day: date) -> str:
        """The counters of a day without the units: for trends over many days."""
        return f"{self.prefix}totals:{day}"

    def desk_version(self) -> str:
        """Grows with every change of a ticket: open pages watch it."""
        return f"{self.prefix}tickets:version"

    def answers(self, day: date) -> str:
        """How many complaints of a day had their first answer after so many seconds, by error."""
        return f"{self.prefix}answers:{day}"

    def samples(self, day: date, name: str) -> str:
        return f"{self.prefix}samples:{day}:{name}"
