"""Judges the understanding on labelled messages, each as a fresh group message by an official."""

from __future__ import annotations

import csv
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from bot.language.codes import find_codes
from bot.language.intent import SILENCE
from bot.model import OTHER_ERROR, Meaning

_SEPARATED: Final = re.compile(r"[^\s,;]+")
"""Codes stand apart by spaces, commas or semicolons."""
COLUMNS: Final = ("id", "text", "codes")


class EvaluationError(Exception):
    """The file cannot be judged; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    text: str
    codes: tuple[str, ...]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    row: Row
    got: str
    clarify: bool
    score: float
    codes: tuple[str, ...]
    seconds: float


class LabelFigures(TypedDict):
    precision: float
    recall: float
    f1: float
    n: int


class Confusion(TypedDict):
    id: str
    expected: str
    got: str
    score: float


class Speed(TypedDict):
    p50: float
    p99: float


class Report(TypedDict, total=False):
    n: int
    accuracy: float
    macro_f1: float
    false_reply_rate: float
    silent_rate: float
    clarify_rate: float
    codes_exact: float
    per_label: dict[str, LabelFigures]
    confusions: list[Confusion]
    us_per_message: Speed


def read_rows(path: Path, labels: Iterable[str]) -> list[Row]:
    """Rows of a TSV with `id, text, label, codes` or `id, text, codes`; further columns are ignored.

    Raises EvaluationError for a missing column, a short line or a label that is unknown, and OSError.
    """
    known = {*labels, OTHER_ERROR, SILENCE}
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise EvaluationError(f"line {line}: is not UTF-8") from error
    if not lines:
        raise EvaluationError("line 1: is empty, expected the columns id, text, label, codes")
    reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(reader)
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise EvaluationError(f"line 1: there is no column {', '.join(missing)}; expected id, text, label, codes")
    rows = []
    for number, cells in enumerate(reader, 2):
        if not any(cells):
            continue
        if len(cells) < len(header) - 1:
            raise EvaluationError(f"line {number}: has {len(cells)} columns, expected {len(header)}")
        row = dict(zip(header, [*cells, ""], strict=False))
        label = row.get("label")
        if label is not None and label not in known:
            raise EvaluationError(f"line {number}: there is no label '{label}'")
        rows.append(Row(row["id"], row["text"], tuple(_SEPARATED.findall(row["codes"])), label))
    if not rows:
        raise EvaluationError("line 2: there are no messages")
    return rows


def judge(understand: Callable[[str], Meaning], row: Row) -> Judged:
    began = time.perf_counter()
    meaning = understand(row.text)
    seconds = time.perf_counter() - began
    return Judged(row, label_of(meaning), meaning.verdict == "clarify", meaning.confidence, meaning.codes, seconds)


def judge_codes(row: Row) -> Judged:
    began = time.perf_counter()
    codes = find_codes(row.text)
    return Judged(row, "", clarify=False, score=0.0, codes=codes, seconds=time.perf_counter() - began)


def label_of(meaning: Meaning) -> str:
    """The label that a verdict stands for; of 'which of these?' the first choice counts."""
    if meaning.verdict == "silent":
        return SILENCE
    if meaning.verdict == "other-error":
        return OTHER_ERROR
    return meaning.candidates[0].intent


def report(judged: Sequence[Judged]) -> Report:
    """The figures of design.md. Rates are shares from 0 to 1, speed is in microseconds."""
    codes_exact = _share(sum(each.codes == each.row.codes for each in judged), len(judged))
    if judged[0].row.label is None:
        return {"n": len(judged), "codes_exact": codes_exact}
    chatter = [each for each in judged if each.row.label == SILENCE]
    requests = [each for each in judged if each.row.label != SILENCE]
    per_label = _per_label(judged)
    micros = sorted(each.seconds * 1e6 for each in judged)
    return {
        "n": len(judged),
        "accuracy": _share(sum(each.got == each.row.label for each in judged), len(judged)),
        "macro_f1": _share(sum(figures["f1"] for figures in per_label.values()), len(per_label)),
        "false_reply_rate": _share(sum(each.got != SILENCE for each in chatter), len(chatter)),
        "silent_rate": _share(sum(each.got == SILENCE for each in requests), len(requests)),
        "clarify_rate": _share(sum(each.clarify for each in judged), len(judged)),
        "codes_exact": codes_exact,
        "per_label": per_label,
        "confusions": [
            {"id": each.row.id, "expected": each.row.label or "", "got": each.got, "score": round(each.score, 4)}
            for each in judged
            if each.got != each.row.label
        ],
        "us_per_message": {
            "p50": round(micros[len(micros) // 2], 1),
            "p99": round(micros[min(len(micros) - 1, len(micros) * 99 // 100)], 1),
        },
    }


def _per_label(judged: Sequence[Judged]) -> dict[str, LabelFigures]:
    expected = Counter(each.row.label for each in judged)
    got = Counter(each.got for each in judged)
    right = Counter(each.got for each in judged if each.got == each.row.label)
    figures: dict[str, LabelFigures] = {}
    for label in sorted(label for label in expected if label):
        precision, recall = _share(right[label], got[label]), _share(right[label], expected[label])
        f1 = _share(2 * precision * recall, precision + recall)
        figures[label] = {"precision": precision, "recall": recall, "f1": f1, "n": expected[label]}
    return figures


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0
