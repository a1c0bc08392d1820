"""What people say of errors that the guide does not know: on ordinary days each of another trouble, and in an outage
many of the same one. Only what the bot understands as such a report counts; the rest is silence, or another error.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from bot.model import OTHER_ERROR, IntentId
from tests.dialogue.world import ROOT, matcher

DATA: Final = Path(__file__).parents[1] / "data"
EVERYDAY: Final = (*(DATA / f"{name}.tsv" for name in ("unseen", "blind", "heldout", "voices", "strangers")),
                   ROOT / "intents" / "messages.tsv")  # fmt: skip
CHOSEN_ON: Final = ("gateway", "otp", "tax", "slow", "population")
UNSEEN: Final = ("print", "upload", "land", "search")
"""Kinds of outages: those on whose words constants were chosen, and the others. What is told of a plugin for signing is
understood as a documented error."""


class Sayings:
    def kinds(self, which: str) -> Sequence[str]:
        return CHOSEN_ON if which == "chosen on" else UNSEEN

    def everyday(self, dice: random.Random) -> str:
        return dice.choice(_everyday())

    def ways(self, kind: str) -> frozenset[str]:
        return frozenset(_outages()[kind])

    def outage(self, dice: random.Random, kind: str) -> Iterator[tuple[IntentId | None, str]]:
        """Each way of saying it once, then all over again in another order; None: it is not understood as a report."""
        ways = list(_outages()[kind])
        while True:
            dice.shuffle(ways)
            yield from ((meant(words), words) for words in ways)


@cache
def meant(words: str) -> IntentId | None:
    """The error of which it is a report."""
    meaning = matcher().understand(words)
    if meaning.verdict == "silent":
        return None
    return OTHER_ERROR if meaning.verdict == "other-error" else meaning.intent


@cache
def _everyday() -> Sequence[str]:
    found = (row["text"] for path in EVERYDAY for row in _rows(path) if row["label"] == OTHER_ERROR)
    return tuple(words for words in dict.fromkeys(found) if meant(words) == OTHER_ERROR)


@cache
def _outages() -> Mapping[str, Sequence[str]]:
    ways: dict[str, list[str]] = defaultdict(list)
    for row in _rows(DATA / "outages.tsv"):
        ways[row["kind"]].append(row["text"])
    return ways


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
