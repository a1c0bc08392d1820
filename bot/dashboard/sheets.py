"""The day page's tables for spreadsheets: one a section of the page, with the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.dashboard.report import OUTCOMES, Report, Times
from bot.dashboard.tables import Table
from bot.dashboard.view import View

TIMES: Final = ("answer", "claim", "resolve")


class Sheets:
    """`units` names units by their codes."""

    def __init__(self, view: View, zone: ZoneInfo, report: Report, units: Mapping[str, str]) -> None:
        self._say = view.say
        self._view = view
        self._zone = zone
        self._report = report
        self._units = units

    def all(self) -> list[Table]:
        return [self._errors(), self._by_unit(), self._hours(), self._times(), self._incidents(), self._trend()]

    def _errors(self) -> Table:
        rows = [[self._view.error(row.key), row.complaints, *row.outcomes.values()] for row in self._report.errors]
        return self._table("errors", ["error", *self._outcomes()], rows)

    def _by_unit(self) -> Table:
        rows = [
            [row.key, self._units.get(row.key, ""), row.complaints, *row.outcomes.values()]
            for row in self._report.units
        ]
        return self._table("units", ["unit", "name", *self._outcomes()], rows)

    def _hours(self) -> Table:
        return self._table("hours", ["hour", "complaints"], [list(pair) for pair in enumerate(self._report.hours)])

    def _times(self) -> Table:
        """Seconds: medians, what nine in ten stay under, and targets, each for the answer, the claim and the end."""
        heads = [f"{name}-{part}" for name in TIMES for part in ("median", "p90", "target")]
        rows = []
        for each in self._report.times:
            targets = self._view.knowledge.targets_of(each.intent)
            rows.append(
                [
                    self._view.error(each.intent),
                    *_with(each.answer, targets.answer_s),
                    *_with(each.claim, targets.claim_s),
                    *_with(each.resolve, targets.resolve_s),
                ]
            )
        return self._table("times", ["error", *heads], rows)

    def _incidents(self) -> Table:
        rows = [
            [each.number, each.name, self._view.error(each.intent), *map(self._moment, (each.opened_ms, each.ended_ms))]
            for each in self._report.incidents
        ]
        return self._table("incidents", ["number", "name", "error", "opened", "resolved"], rows)

    def _trend(self) -> Table:
        rows = [list(each) for each in self._report.trend]
        return self._table("trend", ["day", "complaints", "outcomes.self"], rows)

    def _outcomes(self) -> list[str]:
        return ["complaints", *(f"outcomes.{name}" for name in OUTCOMES)]

    def _table(self, name: str, heads: list[str], rows: Sequence[Sequence[object]]) -> Table:
        said = [self._say(head if "." in head else f"columns.{head}") for head in heads]
        return Table(self._say(f"sheets.{name}"), said, rows, name)

    def _moment(self, at_ms: int | None) -> datetime | None:
        return datetime.fromtimestamp(at_ms / 1000, self._zone) if at_ms else None


def _with(times: Times, target_s: int) -> tuple[int | None, int | None, int]:
    return times.median_s, times.p90_s, target_s
