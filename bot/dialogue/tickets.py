"""What can happen to a ticket: pure changes, each with its line of history. What may not happen raises Refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final, Literal

from bot.model import (
    OPEN_STATES,
    THE_BOT,
    Attachment,
    Chat,
    Message,
    PersonId,
    Reporter,
    Session,
    Ticket,
    TicketEvent,
    TicketState,
    TicketVerb,
)

LONGEST_TEXT: Final = 1_000
"""Characters of a note, a question or an answer that a ticket keeps."""

RUNNING: Final[frozenset[TicketState]] = frozenset({"new", "claimed"})
"""While it is in one of these states a ticket's clock runs."""

Reason = Literal["claimed", "not-claimed", "not-yours", "done", "not-done", "merged", "same"]


class Refused(Exception):
    """The ticket's state does not allow the change; `ticket` is as it is."""

    def __init__(self, reason: Reason, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number}: {reason}")
        self.reason: Final = reason
        self.ticket: Final = ticket


def opened(number: int, session: Session, reporter: Reporter, at_ms: int) -> Ticket:
    """A new ticket from what a person's conversation has brought together."""
    if session.intent is None:
        raise ValueError("a ticket needs an error that it is about")
    ticket = Ticket(
        number=number,
        intent=session.intent,
        state="new",
        words=session.words,
        opened_ms=at_ms,
        reporters=(reporter,),
        codes=session.codes,
        tried=session.tried,
        attachments=session.attachments,
    )
    return _changed(ticket, at_ms, reporter.person, "opened", session.words)


def joined(ticket: Ticket, session: Session, reporter: Reporter, at_ms: int) -> Ticket:
    """One more person reports the same: +1."""
    if all(known.person != reporter.person for known in ticket.reporters):
        ticket = replace(ticket, reporters=(*ticket.reporters, reporter))
    ticket = with_findings(ticket, session.codes, session.attachments)
    return _changed(ticket, at_ms, reporter.person, "joined", session.words)


def with_findings(ticket: Ticket, codes: tuple[str, ...], attachments: tuple[Attachment, ...]) -> Ticket:
    return replace(
        ticket,
        codes=tuple(dict.fromkeys((*ticket.codes, *codes))),
        attachments=tuple(dict.fromkeys((*ticket.attachments, *attachments))),
    )


def claimed(ticket: Ticket, by: PersonId, at_ms: int, away: Collection[PersonId] = ()) -> Ticket:
    """Also from somebody who is `away`."""
    _must_be_open(ticket)
    if ticket.owner and (ticket.owner == by or ticket.owner not in away):
        raise Refused("claimed", ticket)
    return _changed(replace(ticket, state=_held(ticket), owner=by, claimed_ms=at_ms), at_ms, by, "claimed")


def returned(ticket: Ticket, by: PersonId, at_ms: int, *, is_supervisor: bool = False) -> Ticket:
    _must_be_open(ticket)
    if ticket.owner is None:
        raise Refused("not-claimed", ticket)
    if ticket.owner != by and not is_supervisor:
        raise Refused("not-yours", ticket)
    return _freed(ticket, by, "", at_ms)


def taken_back(ticket: Ticket, reason: str, at_ms: int) -> Ticket:
    """From an owner who did nothing about it."""
    _must_be_open(ticket)
    return _freed(ticket, THE_BOT, reason, at_ms)


def _freed(ticket: Ticket, by: PersonId, reason: str, at_ms: int) -> Ticket:
    ticket = replace(ticket, state="new", owner=None, claimed_ms=None, free_ms=at_ms)
    return _changed(ticket, at_ms, by, "returned", reason)


def handed(ticket: Ticket, by: PersonId, to: PersonId, at_ms: int, *, is_supervisor: bool = False) -> Ticket:
    """To another technician, by the one who has it or a supervisor, or by anybody while nobody has."""
    _must_be_open(ticket)
    if ticket.owner not in {None, by} and not is_supervisor:
        raise Refused("not-yours", ticket)
    if ticket.owner == to:
        raise Refused("claimed", ticket)
    ticket = replace(ticket, state=_held(ticket), owner=to, claimed_ms=at_ms)
    return _changed(ticket, at_ms, by, "handed", to=to)


def _held(ticket: Ticket) -> TicketState:
    """What waits for its reporter still does so when somebody else holds it."""
    return "waiting" if ticket.state == "waiting" else "claimed"


def noted(ticket: Ticket, by: PersonId, text: str, at_ms: int) -> Ticket:
    return _changed(ticket, at_ms, by, "noted", text)


def asked(ticket: Ticket, by: PersonId, text: str, at_ms: int) -> Ticket:
    """A question to the reporter; who asks an unclaimed ticket's reporter has claimed it."""
    _must_be_open(ticket)
    owner, claimed_ms = ticket.owner or by, ticket.claimed_ms or at_ms
    return _changed(replace(ticket, state="waiting", owner=owner, claimed_ms=claimed_ms), at_ms, by, "asked", text)


def answered(ticket: Ticket, by: PersonId, text: str, at_ms: int) -> Ticket:
    """The reporter says something about it."""
    state = "claimed" if ticket.state == "waiting" else ticket.state
    return _changed(replace(ticket, state=state), at_ms, by, "answered", text)


def corrected(ticket: Ticket, by: PersonId, wrong: str, code: str, words: str, at_ms: int) -> Ticket:
    """The reporter gave a wrong code before."""
    codes = tuple(dict.fromkeys(code if known == wrong else known for known in ticket.codes))
    return answered(replace(ticket, codes=codes), by, words, at_ms)


def resolved(ticket: Ticket, by: PersonId, how: str, at_ms: int) -> Ticket:
    _must_be_open(ticket)
    owner, claimed_ms = ticket.owner or by, ticket.claimed_ms or at_ms
    ticket = replace(
        ticket, state="resolved", owner=owner, claimed_ms=claimed_ms, resolved_ms=at_ms, resolution=how[:LONGEST_TEXT]
    )
    return _changed(ticket, at_ms, by, "resolved", how)


def reopened(ticket: Ticket, by: PersonId, text: str, at_ms: int) -> Ticket:
    """Whoever had it has it again."""
    if ticket.state == "merged":
        raise Refused("merged", ticket)
    if ticket.state in OPEN_STATES:
        raise Refused("not-done", ticket)
    state: Literal["claimed", "new"] = "claimed" if ticket.owner else "new"
    return _changed(replace(ticket, state=state, resolved_ms=None, resolution=""), at_ms, by, "reopened", text)


def closed(ticket: Ticket, at_ms: int) -> Ticket:
    """Nobody objected to its end."""
    if ticket.state != "resolved":
        raise Refused("not-done", ticket)
    return _changed(replace(ticket, state="closed"), at_ms, THE_BOT, "closed")


def merged(ticket: Ticket, into: Ticket, by: PersonId, at_ms: int) -> tuple[Ticket, Ticket]:
    """`ticket` ends in `into`, which takes over its reporters, codes and pictures. Returns both as they are then."""
    _must_be_open(ticket)
    _must_be_open(into)
    if ticket.number == into.number:
        raise Refused("same", ticket)
    known = {reporter.person for reporter in into.reporters}
    into = replace(into, reporters=(*into.reporters, *(r for r in ticket.reporters if r.person not in known)))
    into = with_findings(into, ticket.codes, ticket.attachments)
    ended = replace(ticket, state="merged", merged_into=into.number)
    return (
        _changed(ended, at_ms, by, "merged", f"#{into.number}"),
        _changed(into, at_ms, by, "merged", f"#{ticket.number}"),
    )


def placed(ticket: Ticket, known: Ticket | None, message: Message) -> Ticket:
    """With where the lines that its history has got beyond `known`'s were said."""
    old = len(known.history) if known else 0
    new = (replace(event, chat=message.chat, from_page=message.from_page) for event in ticket.history[old:])
    return replace(ticket, history=(*ticket.history[:old], *new))


def place_of(event: TicketEvent, desk: Chat | None) -> str:
    """Of responses/phrases.toml [where]; '' when the bot did it, and in the history of older versions."""
    if event.chat is None:
        return ""
    return "page" if event.from_page else "desk" if event.chat == desk else event.chat.kind


def _must_be_open(ticket: Ticket) -> None:
    if ticket.state == "merged":
        raise Refused("merged", ticket)
    if ticket.state not in OPEN_STATES:
        raise Refused("done", ticket)


def _changed(
    ticket: Ticket, at_ms: int, by: PersonId, verb: TicketVerb, text: str = "", to: PersonId | None = None
) -> Ticket:
    running, resumes = ticket.state in RUNNING, False
    if running and ticket.stopped_ms is not None:
        resumes = True
        ticket = replace(ticket, stopped_ms=None, stops=(*ticket.stops, (ticket.stopped_ms, at_ms)))
    elif not running and ticket.stopped_ms is None:
        ticket = replace(ticket, stopped_ms=at_ms)
    if resumes or to or by == ticket.owner:
        ticket = replace(ticket, touched_ms=at_ms)
    return replace(ticket, history=(*ticket.history, TicketEvent(at_ms, by, verb, text[:LONGEST_TEXT], to)))
