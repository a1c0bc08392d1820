"""Model objects to JSON and back. Unknown fields are dropped and new ones take their defaults, so that a new version
reads what an old one wrote."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter
from pydantic_core import CoreConfig, SchemaValidator

from bot.dialogue.surge import Report
from bot.model import Button, Case, Chart, Incident, Ref, Reporter, Review, Session, Ticket, TicketEvent, Timer

T = TypeVar("T")


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """By itself pydantic keeps the last 16,384 short texts that it met, a megabyte of ids and words of which hardly one
    comes again."""
    adapter = TypeAdapter(kind)
    adapter.validator = SchemaValidator(adapter.core_schema, CoreConfig(cache_strings="keys"))
    return adapter


SESSION: TypeAdapter[Session] = _adapter(Session)
TICKET: TypeAdapter[Ticket] = _adapter(Ticket)
TICKET_EVENT: TypeAdapter[TicketEvent] = _adapter(TicketEvent)
INCIDENT: TypeAdapter[Incident] = _adapter(Incident)
REPORTER: TypeAdapter[Reporter] = _adapter(Reporter)
REPORT: TypeAdapter[Report] = _adapter(Report)
CASE: TypeAdapter[Case] = _adapter(Case)
TIMER: TypeAdapter[Timer] = _adapter(Timer)
REF: TypeAdapter[Ref] = _adapter(Ref)
CHART: TypeAdapter[Chart] = _adapter(Chart)
BUTTONS: TypeAdapter[tuple[Button, ...]] = _adapter(tuple[Button, ...])
REVIEW: TypeAdapter[Review] = _adapter(Review)


def to_json(adapter: TypeAdapter[T], value: T, *, exclude: set[str] | None = None) -> str:
    return adapter.dump_json(value, exclude=exclude).decode()


def to_short_json(adapter: TypeAdapter[T], value: T) -> str:
    """Without what is as the type has it by itself: for what is written with every message."""
    return adapter.dump_json(value, exclude_defaults=True).decode()
