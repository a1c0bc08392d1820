"""The picture of a day or a range: figures, charts, and the complaints behind every number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.charts import Painter, Spec, Stacked, column_chart, line_chart, stacked_chart
from bot.dashboard.pages import HEADERS
from bot.dashboard.period import day_of, period, whole
from bot.dashboard.report import MEAN_DAYS, OUTCOMES, Report, read_cases, read_report, span_ms
from bot.dashboard.sheets import Sheets
from bot.dashboard.tables import Table, send
from bot.dashboard.view import View
from bot.language.codes import is_within, unit_of_codes
from bot.model import Case
from bot.store.connection import Client
from bot.store.figures import days_of
from bot.store.keys import Keys
from bot.store.page_sessions import Visitor

COLOURS: Final = {
    "self": "#009e73",
    "ticket-solved": "#0072b2",
    "ticket-open": "#e69f00",
    "incident": "#cc79a7",
    "open": "#56b4e9",
    "withdrawn": "#999999",
    "unknown": "#d0d3d9",
}
"""Okabe and Ito: told apart by colour-blind people and, by their lightness, in print."""
TRENDS: Final = {"trend-30": 30, "trend-90": 90}
"""Charts, with how many days each shows."""
PAGE: Final = 50
MOST_SCANNED: Final = 5_000
"""Complaints that one page looks through; a link leads to the next ones."""
MOST_ROWS: Final = 30


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address asks for."""

    first: date
    last: date
    intent: str
    outcome: str
    unit: str
    hour: str = ""
    returned: bool = False
    """Only those after which the same error of the same dossier was told again."""

    @property
    def query(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "unit": self.unit}

    def holds(self, case: Case, outcome: str, zone: ZoneInfo) -> bool:
        unit = unit_of_codes(case.codes)
        return (
            (not self.intent or case.intent == self.intent)
            and (not self.outcome or outcome == self.outcome)
            and (not unit if self.unit == "-" else is_within(unit, self.unit))
            and (not self.hour or datetime.fromtimestamp(case.opened_ms / 1000, zone).hour == int(self.hour))
        )


class Days:
    def __init__(self, client: Client, keys: Keys, view: View, zone: ZoneInfo, painter: Painter) -> None:
        self._client = client
        self._keys = keys
        self._view = view
        self._zone = zone
        self._painter = painter

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._shown("day.html", self._chosen(request), visitor)

    async def month(self, request: Request, visitor: Visitor) -> Response:
        """Everything about one month ('2026-11'), to be printed."""
        first = day_of(f"{request.path_params['month']}-01")
        if first is None:
            return self._view.page("message.html", 404, title="no-month", visitor=visitor)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return await self._shown("month.html", Chosen(first, last, "", "", ""), visitor)

    async def _shown(self, template: str, chosen: Chosen, visitor: Visitor) -> Response:
        report = await self._report(chosen)
        return self._view.page(
            template, visitor=visitor, chosen=chosen, report=report, outcomes=OUTCOMES, units=await self._units(),
            today=self._today(), days=timedelta, most=MOST_ROWS, mean_days=MEAN_DAYS,
            targets_of=self._view.knowledge.targets_of,
        )  # fmt: skip

    async def chart(self, request: Request, _: Visitor) -> Response:
        report = await self._report(self._chosen(request))
        spec = self._spec(request.path_params["name"], report)
        if spec is None:
            return Response(status_code=404, headers=HEADERS)
        return Response(await self._painter.svg(spec), media_type="image/svg+xml", headers=HEADERS)

    async def cases(self, request: Request, visitor: Visitor) -> Response:
        """The complaints behind a number, oldest first, some at a time."""
        chosen = self._chosen(request)
        start = whole(request.query_params.get("start"))
        found, following = await self._found(chosen, start, PAGE)
        return self._view.page(
            "cases.html", visitor=visitor, chosen=chosen, cases=found, following=following, units=await self._units(),
            names=await self._names([case.person for case, _ in found]), outcomes=OUTCOMES,
            intents=[str(intent) for intent in self._view.knowledge.intents],
        )  # fmt: skip

    async def export(self, request: Request, _: Visitor) -> Response:
        chosen, what = self._chosen(request), request.path_params["what"]
        if what == "day":
            tables = Sheets(self._view, self._zone, await self._report(chosen), await self._units()).all()
        elif what == "cases":
            tables = [self._case_table(await self._all(chosen))]
        else:
            return Response(status_code=404, headers=HEADERS)
        name = f"{what}-{chosen.first:%Y%m%d}-{chosen.last:%Y%m%d}"
        return send(tables, request.path_params["form"], name, request.query_params.get("sheet", ""))

    async def _report(self, chosen: Chosen) -> Report:
        return await read_report(self._client, self._keys, self._zone, chosen.first, chosen.last, chosen.unit)

    def _spec(self, name: str, report: Report) -> Spec | None:
        if name == "errors":
            rows = [Stacked(self._view.error(row.key), self._named(row.outcomes)) for row in report.errors]
            return stacked_chart(rows, {self._view.say(f"outcomes.{part}"): COLOURS[part] for part in OUTCOMES})
        if name == "hours":
            return column_chart([(f"{hour:02}", count) for hour, count in enumerate(report.hours)])
        if name in TRENDS:
            trend = report.trend[-TRENDS[name] :]
            lines = {
                self._view.say("trend.complaints"): [(each.isoformat(), count) for each, count, _ in trend],
                self._view.say("trend.solved"): [(each.isoformat(), solved) for each, _, solved in trend],
            }
            return line_chart(lines, dict(zip(lines, (COLOURS["ticket-solved"], COLOURS["self"]), strict=True)))
        return None

    def _named(self, outcomes: Mapping[str, int]) -> Mapping[str, int]:
        return {self._view.say(f"outcomes.{name}"): count for name, count in outcomes.items()}

    def _case_table(self, cases: list[tuple[Case, str]]) -> Table:
        say = self._view.say
        names = ("opened", "error", "codes", "words", "outcome", "ticket")
        rows: list[list[object]] = [
            [
                datetime.fromtimestamp(case.opened_ms / 1000, self._zone), self._view.error(case.intent),
                ", ".join(case.codes), case.words, say(f"outcomes.{outcome}"), case.ticket,
            ]
            for case, outcome in cases
        ]  # fmt: skip
        return Table(say("sheets.cases"), [say(f"columns.{name}") for name in names], rows)

    async def _all(self, chosen: Chosen) -> list[tuple[Case, str]]:
        found, start = await self._found(chosen, 0, PAGE * 10)
        while start is not None:
            more, start = await self._found(chosen, start, PAGE * 10)
            found += more
        return found

    async def _found(self, chosen: Chosen, start: int, count: int) -> tuple[list[tuple[Case, str]], int | None]:
        """Complaints with their outcomes from the place `start` on, and where the next ones begin."""
        found: list[tuple[Case, str]] = []
        place, last = 0, start + MOST_SCANNED
        for day in days_of(chosen.first, chosen.last):
            ids = await self._ids(chosen, day)
            if place + len(ids) <= start:
                place += len(ids)
                continue
            for batch in range(max(0, start - place), len(ids), count):
                if place + batch >= last:
                    return found, place + batch
                part = ids[batch : batch + count]
                cases = {case.id: case for case in await read_cases(self._client, self._keys, part)}
                outcomes = await self._outcomes(list(cases.values()))
                for number, id_ in enumerate(part):
                    case = cases.get(id_)
                    if case and chosen.holds(case, outcomes[id_], self._zone):
                        if len(found) == count:
                            return found, place + batch + number
                        found.append((case, outcomes[id_]))
            place += len(ids)
        return found, None

    async def _ids(self, chosen: Chosen, day: date) -> list[str]:
        if chosen.returned:
            span = span_ms(day, day, self._zone)
            return cast(list[str], await self._client.zrange(self._keys.returned(), *span, byscore=True))
        return cast(list[str], await self._client.zrange(self._keys.cases_of(day), 0, -1))

    async def _outcomes(self, cases: list[Case]) -> dict[str, str]:
        """As the day page counts them: a ticket is with the technicians until it is resolved."""
        numbers = sorted({case.ticket for case in cases if case.outcome == "ticket" and case.ticket})
        pipe = self._client.pipeline(transaction=False)
        for number in numbers:
            pipe.zscore(self._keys.open_tickets(), number)
        still = dict(zip(numbers, await pipe.execute() if numbers else (), strict=True))
        return {case.id: _outcome(case, still) for case in cases}

    async def _units(self) -> dict[str, str]:
        return cast(dict[str, str], await self._client.hgetall(self._keys.units()))

    async def _names(self, people: list[str]) -> dict[str, str]:
        if not people:
            return {}
        names = cast(list[str | None], await self._client.hmget(self._keys.names(), people))
        return {person: name for person, name in zip(people, names, strict=True) if name}

    def _today(self) -> date:
        return datetime.now(self._zone).date()

    def _chosen(self, request: Request) -> Chosen:
        given = request.query_params
        first, last = period(given, self._today())
        hour = given.get("hour", "")[:3]
        return Chosen(
            first, last, given.get("intent", ""), given.get("outcome", ""), given.get("unit", "").strip().upper(),
            hour if hour.isdecimal() and int(hour) < 24 else "", given.get("returned") == "1",
        )  # fmt: skip


def _outcome(case: Case, open_tickets: Mapping[int, object]) -> str:
    if case.outcome != "ticket":
        return case.outcome
    return "ticket-open" if open_tickets.get(case.ticket or 0) is not None else "ticket-solved"
