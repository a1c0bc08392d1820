"""Tables as XLSX and CSV: real numbers and dates, and nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from starlette.responses import Response

from bot.dashboard.pages import HEADERS

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
WIDEST: Final = 60
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    name: str = ""
    """By which an address asks for it."""


def send(tables: Sequence[Table], form: str, name: str, only: str = "") -> Response:
    """`form` is xlsx (a sheet a table) or csv (one table: that of the name `only`, else the first)."""
    if form == "xlsx":
        content, kind = xlsx(tables), XLSX
    elif form == "csv":
        content, kind = (
            csv_text(next((table for table in tables if table.name == only), tables[0])).encode("utf-8-sig"),
            "text/csv; charset=utf-8",
        )
    else:
        return Response(status_code=404, headers=HEADERS)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, media_type=kind, headers={**HEADERS, **disposition})


def xlsx(tables: Sequence[Table]) -> bytes:
    import xlsxwriter  # only who downloads a table pays for it

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        days = book.add_format({"num_format": "dd/mm/yyyy"})
        moments = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for table in tables:
            sheet = book.add_worksheet(table.title[:31])
            sheet.write_row(0, 0, table.columns, head)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(number, column, cell.replace(tzinfo=None), moments)
                    elif isinstance(cell, date):
                        sheet.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), days)
                    elif isinstance(cell, int | float):
                        sheet.write_number(number, column, cell)
                    elif cell is not None:
                        sheet.write_string(number, column, str(cell))
            sheet.autofit(WIDEST * 7)
    return target.getvalue()


def csv_text(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([_cell(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _cell(cell: object) -> object:
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS):
        return f"'{cell}"
    return "" if cell is None else cell
