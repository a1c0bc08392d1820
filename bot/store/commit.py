"""A Decision becomes the writes of one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.dialogue.questions import open_question
from bot.language.codes import unit_of_codes
from bot.model import (
    GONE,
    OPEN_STATES,
    SOLVED,
    Case,
    Count,
    Decision,
    Message,
    MessageId,
    Ref,
    Reply,
    Review,
    Sample,
    Session,
    Ticket,
)
from bot.store.codec import (
    BUTTONS,
    CASE,
    CHART,
    REF,
    REVIEW,
    SESSION,
    TICKET,
    TICKET_EVENT,
    to_json,
    to_short_json,
)
from bot.store.incidents import write_incidents
from bot.store.keys import Keys, partition_of
from bot.store.outbox import REF_S
from bot.store.pace import write_pace
from bot.store.page_sessions import LINK_S, digest
from bot.store.streams import Entry
from bot.store.timers import cancel_timers, set_timers
from bot.store.traces import trace_case, trace_session
from bot.store.traffic import count_report
from bot.store.transaction import Transaction, discard
from bot.zalo.text import split_text

DAY_S: Final = 24 * 3600
DONE_S: Final = 180 * DAY_S
"""For so long a message that comes again is known: Zalo re-sends for hours, with the old timestamp, and somebody who
has read along may do so whenever they like. A hundred bytes a message."""
SESSION_S: Final = 3 * DAY_S
PAGE_ANSWER_S: Final = 60
GATHERING_S: Final = 60
CASE_S: Final = 400 * DAY_S
RETURNED_DAYS: Final = 7
LAST_COMPLAINT_S: Final = 600
"""For so long 'em cũng bị' without a quote means the group's last complaint."""
MOST_SOLVED: Final = 100
"""Solved tickets of each error among which those most like a new one are looked for."""
MOST_REVIEWS: Final = 20_000


class Commit:
    """Writes decisions about one message into a transaction."""

    def __init__(self, keys: Keys, zone: ZoneInfo, *, case_s: int = CASE_S) -> None:
        self._keys = keys
        self._zone = zone
        self._case_s = case_s

    def write(
        self, transaction: Transaction, decision: Decision, message: MessageId, known: Mapping[int, Ticket]
    ) -> None:
        """Everything that `decision` changes. `message` is the one that it answers; `known` are the tickets as they
        are stored."""
        self.conversation(transaction, decision)
        for ticket in decision.tickets:
            self.ticket(transaction, ticket, known.get(ticket.number))
        for case in {case.id: case for case in decision.cases}.values():  # as this message leaves each
            self._case(transaction, case)
            if case.id == message and case.chat.kind == "group":
                key = self._keys.last_complaint(case.chat)
                transaction.write("SET", key, to_short_json(CASE, case), "EX", LAST_COMPLAINT_S)
        begun = [case for case in decision.cases if case.id == message]
        if begun:
            count_report(transaction, self._keys, begun[-1], self._zone)
        for review in decision.reviews:
            self._review(transaction, review)
        set_timers(transaction, self._keys, decision.set_timers)
        for count in decision.counts:
            self._count(transaction, count)
        for sample in decision.samples:
            self._sample(transaction, sample)
        for change in decision.roles:
            transaction.write("HSET", self._keys.roles(), change.person, change.role)
        if decision.page_answer:
            transaction.write("SET", self._keys.page_answer(message), decision.page_answer, "EX", PAGE_ANSWER_S)
        if decision.page_link:
            key = self._keys.page_link(digest(decision.page_link.secret))
            transaction.write("SET", key, decision.page_link.person, "EX", LINK_S)
            unused = self._keys.page_links_of(decision.page_link.person)
            transaction.write("SADD", unused, digest(decision.page_link.secret))
            transaction.write("EXPIRE", unused, LINK_S)
        if decision.logged_out:
            transaction.write("HINCRBY", self._keys.page_epochs(), decision.logged_out, 1)
            transaction.write("DEL", self._keys.page_links_of(decision.logged_out))
        for pace in decision.paces:
            write_pace(transaction, self._keys, pace)
        write_incidents(transaction, self._keys, decision)
        for leave in decision.leaves:
            transaction.write("SADD" if leave.on else "SREM", self._keys.away(), leave.person)
        for unit, name in decision.units:
            transaction.write("HSET", self._keys.units(), unit, name)
        waiting = begun[-1] if begun else None
        for number, reply in enumerate(decision.replies):
            is_first = waiting is not None and reply.chat == waiting.chat
            self._reply(transaction, reply, f"{message}/{number}", waiting if is_first else None)
            waiting = None if is_first else waiting

    def conversation(self, transaction: Transaction, decision: Decision) -> None:
        """What becomes of conversations, and of the timers that waited in them."""
        for chat, person in decision.end_sessions:
            transaction.write("DEL", self._keys.session(chat, person))
        if decision.session:
            self._session(transaction, decision.session)
        cancel_timers(transaction, self._keys, decision.cancel_timers)

    def finish(self, transaction: Transaction, entry: Entry | None, message: MessageId) -> None:
        """Marks the message as done and takes its entry, if it has one, out of the inbox."""
        transaction.write("SET", self._keys.done(message), "1", "EX", DONE_S)
        if entry:
            discard(transaction, entry)

    def heard(self, transaction: Transaction, message: Message, at_ms: int) -> None:
        """When the sender was heard last, and the group."""
        transaction.write("ZADD", self._keys.heard(), at_ms, message.sender)
        if message.chat.kind == "group":
            transaction.write("HSET", self._keys.last_seen(), message.chat.id, message.sent_ms)

    def _session(self, transaction: Transaction, session: Session) -> None:
        key = self._keys.session(session.chat, session.person)
        kept_s = GATHERING_S if session.stage == "gathering" else SESSION_S
        transaction.write("SET", key, to_short_json(SESSION, session), "EX", kept_s)
        trace_session(transaction, self._keys, session, kept_s)

    def ticket(self, transaction: Transaction, ticket: Ticket, known: Ticket | None) -> None:
        keys, number = self._keys, ticket.number
        transaction.write("SET", keys.ticket(number), to_json(TICKET, ticket, exclude={"history"}))
        new = [to_json(TICKET_EVENT, event) for event in ticket.history[len(known.history) if known else 0 :]]
        if new:
            transaction.write("RPUSH", keys.ticket_history(number), *new)
        self._count_solved(transaction, ticket, known)
        transaction.write("INCR", keys.desk_version())
        transaction.write("ZADD", keys.all_tickets(), ticket.opened_ms, number)
        transaction.write("ZADD", keys.named_tickets(), ticket.opened_ms, number)
        for reporter in ticket.reporters:
            transaction.write("ZADD", keys.tickets_by(reporter.person), ticket.opened_ms, number)
        if ticket.state in OPEN_STATES:
            transaction.write("ZADD", keys.open_tickets(), ticket.opened_ms, number)
        else:
            transaction.write("ZREM", keys.open_tickets(), number)
        if ticket.state == "resolved" and ticket.resolution and (known is None or known.state != "resolved"):
            transaction.write("LREM", keys.solved(ticket.intent), 0, number)
            transaction.write("LPUSH", keys.solved(ticket.intent), number)
            transaction.write("LTRIM", keys.solved(ticket.intent), 0, MOST_SOLVED - 1)
        owner = ticket.owner if ticket.state in OPEN_STATES else None
        if known and known.owner and known.owner != owner:
            transaction.write("SREM", keys.tickets_held_by(known.owner), number)
        if owner:
            transaction.write("SADD", keys.tickets_held_by(owner), number)
        self._asked(transaction, ticket, known)
        for code in known.codes if known else ():
            if code not in ticket.codes:
                transaction.delete_if(keys.dossier(ticket.intent, code), number)
        for code in ticket.codes:
            if ticket.state in OPEN_STATES:
                transaction.write("SET", keys.dossier(ticket.intent, code), number, "NX")
            else:
                transaction.delete_if(keys.dossier(ticket.intent, code), number)

    def _asked(self, transaction: Transaction, ticket: Ticket, known: Ticket | None) -> None:
        """By whose answer a technician waits for: they may write it in any chat."""
        for person in {reporter.person for reporter in ticket.reporters}:
            was_asked, is_asked = (each and open_question(each, person) is not None for each in (known, ticket))
            if is_asked != bool(was_asked):
                transaction.write("SADD" if is_asked else "SREM", self._keys.tickets_asked(person), ticket.number)

    def _count_solved(self, transaction: Transaction, ticket: Ticket, known: Ticket | None) -> None:
        """Complaints that the technicians solved count on the day of the complaint, until they are reopened."""
        before, now = (each.state in SOLVED if each else False for each in (known, ticket))
        if before != now:
            by = len(ticket.reporters) * (1 if now else -1)
            unit = unit_of_codes(ticket.codes)
            self._count(transaction, Count(ticket.opened_ms, "ticket-solved", ticket.intent, unit, by))

    def _case(self, transaction: Transaction, case: Case) -> None:
        unit = unit_of_codes(case.codes)
        if unit and unit != case.place:
            transaction.write("SET", self._keys.place(case.person), unit, "EX", self._case_s)
        for code in case.codes:
            key = self._keys.cases_about(case.intent, code)
            transaction.write("ZADD", key, case.opened_ms, case.id)
            transaction.write("EXPIRE", key, self._case_s)
        note_returns(transaction, self._keys, case)
        transaction.write("SET", self._keys.case(case.id), to_short_json(CASE, case), "EX", self._case_s)
        trace_case(transaction, self._keys, case, self._case_s)
        transaction.write("ZADD", self._keys.cases_of(self._day(case.opened_ms)), case.opened_ms, case.id)
        ref = Ref(case.chat, case.person, case.id, case.ticket)
        transaction.write("SET", self._keys.ref(MessageId(case.id)), f"person|{to_json(REF, ref)}", "EX", REF_S)

    def _count(self, transaction: Transaction, count: Count) -> None:
        at = datetime.fromtimestamp(count.at_ms / 1000, self._zone)
        day, name = at.date(), f"{count.name}|{count.intent}"
        transaction.write("HINCRBY", self._keys.counters(day), f"{name}|{count.unit}", count.by)
        transaction.write("HINCRBY", self._keys.totals(day), name, count.by)
        if count.name == "complaint":
            transaction.write("HINCRBY", self._keys.hours(day), f"{at.hour}|{count.unit}", count.by)

    def _sample(self, transaction: Transaction, sample: Sample) -> None:
        key = self._keys.samples(self._day(sample.at_ms), sample.name)
        transaction.write("RPUSH", key, f"{sample.intent}|{sample.seconds}|{sample.ticket}")

    def _review(self, transaction: Transaction, review: Review) -> None:
        key, data = self._keys.reviews(), to_json(REVIEW, review)
        transaction.write("XADD", key, "MAXLEN", "~", MOST_REVIEWS, "*", "review", data)

    def _reply(self, transaction: Transaction, reply: Reply, id_: str, answered: Case | None) -> None:
        """Puts a reply in the outbox, one entry a part that fits Zalo's length; the first one quotes. `answered` is the
        complaint of which it is the first answer."""
        if reply.chat.id == GONE:
            return
        parts = split_text(reply.text)
        for number, part in enumerate(parts):
            fields = {
                "id": f"{id_}.{number}",
                "chat": f"{reply.chat.kind}:{reply.chat.id}",
                "text": part,
                "quote": (reply.quote or "") if number == 0 else "",
                "ref": to_json(REF, reply.ref or Ref(reply.chat)),
                "chart": to_json(CHART, reply.chart) if reply.chart and number == 0 else "",
                "answers": self._answers(answered) if answered and number == 0 else "",
                "buttons": to_json(BUTTONS, reply.buttons) if reply.buttons and number == len(parts) - 1 else "",
            }
            flat = [word for pair in fields.items() for word in pair]
            transaction.write("XADD", self._keys.outbox(partition_of(reply.chat.id)), "*", *flat)

    def _answers(self, case: Case) -> str:
        return f"{self._keys.answers(self._day(case.opened_ms))} {case.intent} {case.opened_ms}"

    def _day(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).date()


def note_returns(transaction: Transaction, keys: Keys, case: Case) -> None:
    """The complaints of the days before `case` about the same error of the same dossier have come back with it."""
    since_ms = case.opened_ms - RETURNED_DAYS * DAY_S * 1000
    for code in case.codes:
        transaction.copy(keys.cases_about(case.intent, code), since_ms, case.opened_ms, keys.returned())
