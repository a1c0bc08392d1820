"""When a ticket is to be claimed and resolved: in working time, and not while it waits for its reporter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.dialogue.hours import Hours
from bot.language.intent import Targets
from bot.model import Ticket

Kind = Literal["claim", "resolve"]


@dataclass(frozen=True, slots=True)
class Deadline:
    kind: Kind
    at_ms: int


def deadline(ticket: Ticket, targets: Targets, hours: Hours) -> Deadline | None:
    """The next target of a ticket; None while its clock stands still."""
    return min(deadlines(ticket, targets, hours), key=lambda each: each.at_ms, default=None)


def deadlines(ticket: Ticket, targets: Targets, hours: Hours, percent: int = 100) -> Iterator[Deadline]:
    """When each target that the ticket still has is reached, or so much of it."""
    if ticket.state == "new":
        free_ms = ticket.opened_ms if ticket.free_ms is None else ticket.free_ms
        yield Deadline("claim", hours.after_ms(free_ms, targets.claim_s * 10 * percent))
    if ticket.state in {"new", "claimed"}:
        yield Deadline("resolve", _resolved_by(ticket, targets.resolve_s * 10 * percent, hours))


def _resolved_by(ticket: Ticket, work_ms: int, hours: Hours) -> int:
    from_ms = ticket.opened_ms
    for stopped_ms, resumed_ms in ticket.stops:
        ran_ms = hours.worked_ms(from_ms, stopped_ms)
        if ran_ms >= work_ms:
            break
        work_ms, from_ms = work_ms - ran_ms, resumed_ms
    return hours.after_ms(from_ms, work_ms)


def idle_ms(ticket: Ticket, now_ms: int, hours: Hours) -> int:
    """Working time for which the owner did nothing about it."""
    if ticket.state != "claimed":
        return 0
    return hours.worked_ms(ticket.touched_ms or ticket.claimed_ms or ticket.opened_ms, now_ms)
