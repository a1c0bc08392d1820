"""Figures and tickets as JSON, for the province's own systems: a token opens it, OpenAPI describes it, no words and no
people are in it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, cast
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from bot.dashboard.period import LONGEST_DAYS, YEARS
from bot.dashboard.report import Row, read_report
from bot.language.codes import unit_of_codes
from bot.model import OPEN_STATES, Ticket, TicketState
from bot.store.codec import TICKET
from bot.store.connection import Client
from bot.store.keys import Keys

MOST_TICKETS: Final = 500


class ByKey(BaseModel):
    key: str
    complaints: int
    outcomes: Mapping[str, int]


class Duration(BaseModel):
    count: int
    median_s: int | None
    p90_s: int | None


class Figures(BaseModel):
    """Complaints of the days `first` to `last`, both included. Outcomes: self, ticket-solved, ticket-open, incident,
    open, withdrawn, unknown."""

    first: date
    last: date
    complaints: int
    errors: list[ByKey]
    units: list[ByKey]
    hours: Sequence[int]
    self_service_share: float | None
    answer: Duration
    claim: Duration
    resolve: Duration
    tickets_resolved: int
    tickets_open_now: int


class TicketOut(BaseModel):
    number: int
    error: str
    state: TicketState
    unit: str
    codes: Sequence[str]
    reports: int
    opened: datetime
    claimed: datetime | None
    resolved: datetime | None


def api(client: Client, keys: Keys, zone: ZoneInfo, token: str) -> FastAPI:
    """To be mounted under /api. Without a token nothing is told."""

    def must_know(given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]) -> None:
        if given is None or not token or not secrets.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(401, "a bearer token is needed: API_TOKEN", {"WWW-Authenticate": "Bearer"})

    app = FastAPI(
        title="Tổ Hỗ Trợ",
        version="1",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(must_know)],
        responses={401: {"description": "Without the bearer token"}},
    )

    @app.get("/v1/figures")
    async def figures(first: date, last: date) -> Figures:
        known = first.year in YEARS and last.year in YEARS
        if not known or last < first or last - first >= timedelta(days=LONGEST_DAYS):
            reason = f"first to last is not a range of at most {LONGEST_DAYS} days since {YEARS[0]}"
            raise RequestValidationError([{"loc": ("query", "last"), "msg": reason, "type": "range"}])
        report = await read_report(client, keys, zone, first, last)
        return Figures(
            first=first,
            last=last,
            complaints=report.complaints,
            errors=_by_key(report.errors),
            units=_by_key(report.units),
            hours=report.hours,
            self_service_share=report.self_service.share,
            answer=Duration.model_validate(report.answer, from_attributes=True),
            claim=Duration.model_validate(report.claim, from_attributes=True),
            resolve=Duration.model_validate(report.resolve, from_attributes=True),
            tickets_resolved=report.resolved,
            tickets_open_now=report.open_now,
        )

    @app.get("/v1/tickets")
    async def tickets(
        state: Literal["open", "all"] = "open",
        before: Annotated[int | None, Query(ge=1, description="only tickets with a lower number")] = None,
        count: Annotated[int, Query(ge=1, le=MOST_TICKETS)] = 100,
    ) -> list[TicketOut]:
        """The newest first."""
        found = await _tickets(client, keys, state == "open", before, count)
        return [_shown(ticket, zone) for ticket in found]

    return app


def _by_key(rows: Sequence[Row]) -> list[ByKey]:
    return [ByKey.model_validate(row, from_attributes=True) for row in rows]


async def _tickets(client: Client, keys: Keys, only_open: bool, before: int | None, count: int) -> list[Ticket]:
    if only_open:
        listed = [int(str(number)) for number in await client.zrange(keys.open_tickets(), 0, -1)]
        numbers = sorted((number for number in listed if before is None or number < before), reverse=True)[:count]
    else:
        last = int(await client.get(keys.last_ticket()) or 0)
        newest = min(last, before - 1) if before else last
        numbers = list(range(newest, max(0, newest - count), -1))
    if not numbers:
        return []
    texts = cast(list[str | None], await client.mget([keys.ticket(number) for number in numbers]))
    tickets = [TICKET.validate_json(text) for text in texts if text]
    return [ticket for ticket in tickets if not only_open or ticket.state in OPEN_STATES]


def _shown(ticket: Ticket, zone: ZoneInfo) -> TicketOut:
    def moment(at_ms: int | None) -> datetime | None:
        return datetime.fromtimestamp(at_ms / 1000, zone) if at_ms else None

    return TicketOut(
        number=ticket.number,
        error=ticket.intent,
        state=ticket.state,
        unit=unit_of_codes(ticket.codes),
        codes=ticket.codes,
        reports=len(ticket.reporters),
        opened=datetime.fromtimestamp(ticket.opened_ms / 1000, zone),
        claimed=moment(ticket.claimed_ms),
        resolved=moment(ticket.resolved_ms),
    )
