"""Model objects to JSON and back. Unknown fields are dropped and new ones take their defaults, so that a new version
reads what an old one wrote."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter

from bot.dialogue.surge import Report
from bot.model import Button, Case, Chart, Incident, Ref, Reporter, Review, Session, Ticket, TicketEvent, Timer

SESSION: TypeAdapter[Session] = TypeAdapter(Session)
TICKET: TypeAdapter[Ticket] = TypeAdapter(Ticket)
TICKET_EVENT: TypeAdapter[TicketEvent] = TypeAdapter(TicketEvent)
INCIDENT: TypeAdapter[Incident] = TypeAdapter(Incident)
REPORTER: TypeAdapter[Reporter] = TypeAdapter(Reporter)
REPORT: TypeAdapter[Report] = TypeAdapter(Report)
CASE: TypeAdapter[Case] = TypeAdapter(Case)
TIMER: TypeAdapter[Timer] = TypeAdapter(Timer)
REF: TypeAdapter[Ref] = TypeAdapter(Ref)
CHART: TypeAdapter[Chart] = TypeAdapter(Chart)
BUTTONS: TypeAdapter[tuple[Button, ...]] = TypeAdapter(tuple[Button, ...])
REVIEW: TypeAdapter[Review] = TypeAdapter(Review)


T = TypeVar("T")


def to_json(adapter: TypeAdapter[T], value: T, *, exclude: set[str] | None = None) -> str:
    return adapter.dump_json(value, exclude=exclude).decode()


def to_short_json(adapter: TypeAdapter[T], value: T) -> str:
    """Without what is as the type has it by itself: for what is written with every message."""
    return adapter.dump_json(value, exclude_defaults=True).decode()
