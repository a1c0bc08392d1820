"""Collects what one message changes, while the handlers find it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from bot.language.codes import unit_of_codes
from bot.model import (
    OTHER_ERROR,
    Case,
    Chat,
    Count,
    Decision,
    Incident,
    IncidentReport,
    IntentId,
    Leave,
    Meaning,
    Message,
    MessageId,
    Outcome,
    Pace,
    PageLink,
    PersonId,
    Ref,
    Reply,
    Review,
    ReviewKind,
    RoleChange,
    Sample,
    Session,
    Ticket,
    Timer,
    Why,
)


class Draft:
    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._changed: dict[str, Any] = {}
        """The fields of the decision that are no longer as in an empty one."""

    def reply(self, *replies: Reply) -> None:
        self._add("replies", *replies)

    def keep(self, session: Session) -> None:
        """The conversation goes on."""
        is_new = session.updated_ms == self.now_ms
        self._changed["session"] = session if is_new else replace(session, updated_ms=self.now_ms)

    def end(self, session: Session) -> None:
        self._add("end_sessions", (session.chat, session.person))

    def ticket(self, *tickets: Ticket) -> None:
        self._add("tickets", *tickets)

    def case(self, case: Case) -> None:
        self._add("cases", case)

    def ended_case(self, case: Case, outcome: Outcome, ticket: int | None = None) -> None:
        """The complaint's outcome counts on the day of the complaint."""
        self.case(replace(case, outcome=outcome, ended_ms=self.now_ms, ticket=ticket or case.ticket))
        self.count(outcome, case.intent, case.codes, case.opened_ms)

    def count(self, name: str, intent: IntentId, codes: tuple[str, ...], at_ms: int | None = None) -> None:
        count = Count(self.now_ms if at_ms is None else at_ms, name, intent, unit_of_codes(codes))
        self._add("counts", count)

    def case_named(self, id_: str) -> Case | None:
        """The case as this message has left it so far; None when it was not touched."""
        return next((case for case in reversed(self._cases) if case.id == id_), None)

    @property
    def last_case(self) -> Case | None:
        return self._cases[-1] if self._cases else None

    def move_complaint(self, before: Case, after: Case) -> None:
        """A complaint that was counted as `before` belongs where `after` says."""
        was, is_ = ((case.intent, unit_of_codes(case.codes)) for case in (before, after))
        if was == is_:
            return
        moved = (Count(after.opened_ms, "complaint", *was, -1), Count(after.opened_ms, "complaint", *is_))
        self._add("counts", *moved)

    def sample(self, name: Literal["claim", "resolve"], ticket: Ticket) -> None:
        seconds = max(0, (self.now_ms - ticket.opened_ms) // 1000)
        sample = Sample(self.now_ms, name, ticket.intent, seconds, ticket.number)
        self._add("samples", sample)

    def timer(self, timer: Timer) -> None:
        self._add("set_timers", timer)

    def cancel_timers(self, *ids: str) -> None:
        self._add("cancel_timers", *ids)

    def review(self, kind: ReviewKind, case: Case | Session, *, by: PersonId, label: IntentId | None = None) -> None:
        """Files the words of a complaint for those who teach the bot."""
        message = MessageId(case.id if isinstance(case, Case) else case.case)
        intent = case.intent or OTHER_ERROR
        review = Review(kind, message, case.words, self.now_ms, intent, by, label)
        self._add("reviews", review)

    def unanswered(self, message: Message, meaning: Meaning) -> None:
        """Files a message that may be a complaint and gets no answer."""
        review = Review("silent", message.id, message.text, self.now_ms, meaning.intent or OTHER_ERROR, message.sender)
        self._add("reviews", review)

    def role(self, change: RoleChange) -> None:
        self._add("roles", change)

    def incident(self, incident: Incident) -> None:
        self._add("incidents", incident)

    def incident_report(self, *reports: IncidentReport) -> None:
        self._add("incident_reports", *reports)

    def pace(self, pace: Pace) -> None:
        self._add("paces", pace)

    def page_link(self, link: PageLink) -> None:
        self._changed["page_link"] = link

    def log_out(self, person: PersonId) -> None:
        self._changed["logged_out"] = person

    def leave(self, leave: Leave) -> None:
        self._add("leaves", leave)

    def name_unit(self, code: str, name: str) -> None:
        self._add("units", (code, name))

    def decision(self, outcome: str) -> Decision:
        return Decision(outcome=outcome, **self._changed)

    def explained(self, why: Why, chat: Chat) -> None:
        """Every reply in this chat remembers why it was said."""
        replies: tuple[Reply, ...] = self._changed.get("replies", ())
        self._changed["replies"] = tuple(
            replace(reply, ref=replace(reply.ref or Ref(chat), why=why)) if reply.chat == chat else reply
            for reply in replies
        )

    @property
    def _cases(self) -> tuple[Case, ...]:
        cases: tuple[Case, ...] = self._changed.get("cases", ())
        return cases

    def _add(self, name: str, *items: object) -> None:
        self._changed[name] = (*self._changed.get(name, ()), *items)


def quiet_timer(session: Session) -> str:
    return f"quiet|{session.chat.id}|{session.person}"


def follow_up_timer(session: Session) -> str:
    return f"follow-up|{session.chat.id}|{session.person}"


def belongs_to(timer: Timer, session: Session | None) -> bool:
    """A timer that fell due while its conversation went on means nothing any more."""
    return session is not None and timer.due_ms >= session.updated_ms and timer.purpose.endswith(f"|{session.case}")
