"""What a group writes on a busy day, for benches: mostly talk, some complaints, some 'được rồi', a few tickets."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple

TALK: Final = Path(__file__).parents[1] / "data" / "strangers.tsv"
GROUPS: Final = tuple(f"90000000000000000{number:02}" for number in range(1, 11))
PEOPLE: Final = 3_000
"""Who only talk."""
WRITERS: Final = 4_000
"""Lines until somebody may complain again: about 400 people do."""
COMPLAINTS: Final = frozenset({5, 21, 37, 53, 69, 85})
THANKS: Final = frozenset({15, 31, 63})
"""Ten lines after a complaint, by the same person."""
TICKETS: Final = frozenset({50})
"""Places among a hundred lines; the others are talk."""


class Line(NamedTuple):
    kind: str
    group: str
    person: str
    text: str


def people() -> Iterator[str]:
    """Everybody who may write."""
    yield from (f"71{number:017}" for number in range(PEOPLE))
    yield from (_writer(number) for number in range(WRITERS))


def lines(count: int) -> Iterator[Line]:
    """The same each time. Every complaint has a dossier of its own."""
    talk = cycle(_talk())
    for number in range(count):
        group, place, writer = GROUPS[number % len(GROUPS)], number % 100, _writer(number)
        if place in COMPLAINTS:
            yield Line("complaint", group, writer, f"hs H20.27.21-250120-{number:05} không thanh toán được")
        elif place in THANKS:
            yield Line("thanks", group, _writer(number - len(GROUPS)), "được rồi cảm ơn ad nha")
        elif place in TICKETS:
            yield Line("ticket", group, writer, f"em chuyển nhầm hs H20.29.15-250120-{number:05}, trả lại giúp")
        else:
            yield Line("talk", group, f"71{number % PEOPLE:017}", next(talk))


def _writer(number: int) -> str:
    return f"73{number % WRITERS:017}"


def _talk() -> list[str]:
    with TALK.open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["text"] for row in rows if row["label"] == "none"]
