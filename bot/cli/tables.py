"""How the command line shows reports to a person."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.doctor import Diagnosis
from bot.language.evaluate import Report
from bot.language.explain import Explanation
from bot.store.dead_letters import DeadLetter

WIDEST_CONFUSIONS: Final = 40
LONGEST_CELL: Final = 120


def print_report(report: Report) -> None:
    out = Console(highlight=False)
    for name in ("n", "accuracy", "macro_f1", "false_reply_rate", "silent_rate", "clarify_rate", "codes_exact"):
        if name in report:
            out.print(f"{name:<18}{report[name]}")
    if "per_label" not in report:
        return
    out.print(f"{'us_per_message':<18}p50 {report['us_per_message']['p50']}, p99 {report['us_per_message']['p99']}")
    table = Table("label", "n", "precision", "recall", "f1")
    for label, figures in report["per_label"].items():
        shown = (figures["precision"], figures["recall"], figures["f1"])
        table.add_row(label, str(figures["n"]), *(f"{figure:.3f}" for figure in shown))
    out.print(table)
    confused = Counter((each["expected"], each["got"]) for each in report["confusions"])
    if confused:
        table = Table("expected", "got", "times", "ids")
        for (expected, got), times in confused.most_common(WIDEST_CONFUSIONS):
            ids = [each["id"] for each in report["confusions"] if (each["expected"], each["got"]) == (expected, got)]
            table.add_row(expected, got, str(times), Text(" ".join(ids)))
        out.print(table)


def print_dead_letters(found: Sequence[DeadLetter], done: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([asdict(letter) for letter in found], ensure_ascii=False) + "\n")
        return
    out = Console(highlight=False)
    table = Table("id", "set aside", "from", "reason", "what")
    for letter in found:
        at = datetime.fromtimestamp(letter.at_ms / 1000).astimezone()
        last_line = letter.reason.strip().rpartition("\n")[2]
        what = letter.what if len(letter.what) <= LONGEST_CELL else letter.what[:LONGEST_CELL] + "…"
        cells = (letter.id, f"{at:%d/%m %H:%M:%S}", letter.stream.rpartition("}:")[2], last_line, what)
        table.add_row(*map(Text, cells))
    if found:
        out.print(table)
    out.print({"list": "waiting here", "retry": "tried again", "drop": "dropped"}[done] + f": {len(found)}")


def print_diagnoses(found: Sequence[Diagnosis]) -> None:
    out = Console(highlight=False)
    for each in found:
        style = {"ok": "green", "warning": "yellow", "wrong": "bold red"}[each.state]
        out.print(Text.assemble((f"{each.state:<8}", style), f"{each.what:<12}{each.text}"), soft_wrap=True)


def print_explanation(found: Explanation) -> None:
    out = Console(highlight=False)
    meaning = found.meaning
    out.print(Text(f"verdict   {meaning.verdict}: {found.because}", style="bold"))
    out.print(Text(f"read as   {' '.join(found.words)}"))
    out.print(Text(f"concepts  {', '.join(found.concepts) or '-'}"))
    out.print(Text(f"codes     {' '.join(meaning.codes) or '-'}"))
    out.print(Text(f"small talk {', '.join(sorted(meaning.small_talk)) or '-'}   number {meaning.number or '-'}"))
    out.print(Text(f"facts     {', '.join(f'{name}={value}' for name, value in meaning.slots.items()) or '-'}"))
    table = Table("meaning", "probability")
    for label, chance in found.chances:
        table.add_row(label, f"{chance:.3f}")
    out.print(table)
    table = Table("patterns of", "pattern that fired", "points")
    for owner, pattern, points in found.patterns:
        table.add_row(owner, Text(pattern), f"{points:+.1f}")
    out.print(table)
    table = Table(f"examples say, for {found.chances[0][0]} rather than {found.versus}", "weight")
    for feature, weight in found.weights:
        table.add_row(Text(feature), f"{weight:+.2f}")
    out.print(table)
