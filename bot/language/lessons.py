"""From the knowledge's examples to what they teach: read in parts, as two processors take half the time of one."""

from __future__ import annotations

import unicodedata
from concurrent.futures import Executor
from itertools import islice, repeat
from typing import Final

from bot.language.evidence import Reader
from bot.language.intent import SILENCE
from bot.language.knowledge import Knowledge
from bot.language.learning import Examples, Learnt, learn
from bot.language.normalise import fold
from bot.model import OTHER_ERROR

PARTS: Final = 2


def learn_from(knowledge: Knowledge, hands: Executor | None = None) -> Learnt:
    """The same with `hands`, which work on several parts at once, and without."""
    each = hands.map if hands else map
    parts = list(each(_read, repeat(knowledge, PARTS), range(PARTS)))
    return learn(_labels(knowledge), Examples.joined(parts), each)


def _read(knowledge: Knowledge, part: int) -> Examples:
    reader = Reader(knowledge)
    read = [
        (label, reader.read(typed))
        for label, text in islice(knowledge.labelled_examples(), part, None, PARTS)
        for typed in _ways_to_type(text)
    ]
    # an error that was written down is no other error any more
    meant = [(label, evidence) for label, evidence in read if label != OTHER_ERROR or not evidence.certain]
    return Examples.of(_labels(knowledge), meant)


def _labels(knowledge: Knowledge) -> list[str]:
    return [*knowledge.intents, OTHER_ERROR, SILENCE]


def _ways_to_type(text: str) -> tuple[str, ...]:
    """As written, and as on a phone without marks: both must teach the same."""
    return tuple(dict.fromkeys((text, fold(unicodedata.normalize("NFC", text)))))
