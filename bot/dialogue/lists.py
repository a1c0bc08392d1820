"""Tickets as lines: the lists of /ds and /phieucuatoi, and one ticket with its whole history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bot.dialogue.call import Call
from bot.dialogue.memory import Memory
from bot.dialogue.targets import Deadline, Kind, deadline, deadlines
from bot.dialogue.tickets import place_of
from bot.dialogue.voice import Voice, shortened
from bot.language.knowledge import Knowledge
from bot.language.normalise import fold
from bot.model import Chat, Ticket

LIST_LENGTH: Final = 15
"""Tickets that a list shows."""


class Board:
    """The open tickets as technicians see them."""

    def __init__(self, voice: Voice, memory: Memory, knowledge: Knowledge) -> None:
        self._voice = voice
        self._memory = memory
        self._knowledge = knowledge
        self._now_ms = memory.now_ms
        self._open = memory.open_tickets
        self._due = {
            ticket.number: deadline(ticket, knowledge.targets_of(ticket.intent), memory.rules.hours)
            for ticket in (*self._open, *memory.tickets.values())
        }

    def by_urgency(self) -> list[Ticket]:
        """What is late longest comes first, then the nearest target; last what waits for its reporter."""

        def urgency(ticket: Ticket) -> tuple[bool, int]:
            due = self._due[ticket.number]
            return (due is None, due.at_ms if due else ticket.opened_ms)

        return sorted(self._open, key=urgency)

    def is_late(self, ticket: Ticket) -> bool:
        due = self._due[ticket.number]
        return due is not None and due.at_ms <= self._now_ms

    def line(self, ticket: Ticket, kind: Kind | None = None) -> str:
        """With its next target, or that of `kind`."""
        due = self._target(ticket, kind) if kind else self._due[ticket.number]
        line = ticket_line(self._voice, ticket)
        if due is None:
            return line
        key = f"target.{due.kind}_missed" if due.at_ms <= self._now_ms else f"target.{due.kind}"
        return f"{line} · {self._voice.say(key, time=self._voice.moment(due.at_ms))}"

    def _target(self, ticket: Ticket, kind: Kind) -> Deadline | None:
        targets = self._knowledge.targets_of(ticket.intent)
        found = deadlines(ticket, targets, self._memory.rules.hours)
        return next((each for each in found if each.kind == kind), None)

    def lines(self, tickets: list[Ticket], kinds: Mapping[int, Kind] = MappingProxyType({})) -> str:
        """`kinds`: the targets that are meant, by ticket; else the next one."""
        shown = [self.line(ticket, kinds.get(ticket.number)) for ticket in tickets[:LIST_LENGTH]]
        if len(tickets) > LIST_LENGTH:
            shown.append(self._voice.say("list.more", more=len(tickets) - LIST_LENGTH))
        return "\n".join(shown)


def list_tickets(call: Call) -> str:
    """The most urgent first; 'moi' unclaimed, 'toi' one's own, 'tre' past their target."""
    board = Board(call.voice, call.memory, call.knowledge)
    which = fold(call.words).strip()
    kept: dict[str, tuple[str, Callable[[Ticket], bool]]] = {
        "": ("", lambda _: True),
        "tatca": ("", lambda _: True),
        "tat ca": ("", lambda _: True),
        "moi": ("_new", lambda ticket: ticket.state == "new"),
        "toi": ("_mine", lambda ticket: ticket.owner == call.message.sender),
        "tre": ("_late", board.is_late),
    }
    if which not in kept:
        return call.refuse("list.which")
    title, is_meant = kept[which]
    found = [ticket for ticket in board.by_urgency() if is_meant(ticket)]
    if not found:
        return call.say(f"list.none{title}", "told")
    return call.reply(f"{call.voice.say(f'list.title{title}', count=len(found))}\n{board.lines(found)}", "told")


def my_tickets(call: Call) -> str:
    if not call.memory.my_tickets:
        return call.say("list.mine_none", "told")
    lines = [ticket_line(call.voice, ticket) for ticket in call.memory.my_tickets]
    return call.reply("\n".join([call.voice.say("list.mine"), *lines]), "told")


def show(call: Call) -> str:
    ticket = call.ticket()
    if ticket is None:
        return call.refuse("command.no_such_ticket", number=call.number or 0)
    voice = call.voice
    lines = [
        Board(voice, call.memory, call.knowledge).line(ticket),
        voice.say("announce.words", words=ticket.words) if ticket.words else "",
        voice.say("show.reporters", names=", ".join(voice.name(reporter.person) for reporter in ticket.reporters)),
        voice.say("announce.tried", tried=", ".join(ticket.tried)) if ticket.tried else "",
        *(voice.say("announce.attachment", kind=voice.say(f"media.{a.kind}"), url=a.url) for a in ticket.attachments),
        voice.say("show.history"),
        *_history(voice, ticket, call.memory.tech_group),
    ]
    return call.reply("\n".join(line for line in lines if line), "told", ticket=ticket.number)


def _history(voice: Voice, ticket: Ticket, desk: Chat | None) -> Iterable[str]:
    for event in ticket.history:
        what = voice.say(f"verbs.{event.verb}", to=voice.name(event.to))
        said = f": {shortened(event.text)}" if event.text and event.verb != "opened" else ""
        time, name = voice.moment(event.at_ms), voice.name(event.by)
        if place := place_of(event, desk):
            where = voice.say(f"where.{place}")
            yield voice.say("show.event_at", time=time, name=name, what=what, where=where, said=said)
        else:
            yield voice.say("show.event", time=time, name=name, what=what, said=said)


def ticket_line(voice: Voice, ticket: Ticket) -> str:
    since_ms = ticket.stopped_ms if ticket.state == "waiting" else ticket.claimed_ms
    values = {"name": voice.name(ticket.owner), "time": voice.moment(since_ms or ticket.opened_ms)}
    if ticket.state == "merged":
        values["into"] = str(ticket.merged_into)
    return voice.say(
        "list.line",
        number=ticket.number,
        error=voice.error(ticket.intent),
        codes=voice.codes(ticket.codes),
        state=voice.say(f"states.{ticket.state}", **values),
    )
