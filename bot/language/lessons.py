"""From the knowledge's examples to what they teach: read in parts, as two processors take half the time of one."""

from __future__ import annotations

import gc
import multiprocessing
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import Any, Final

from bot.children import end_with_parent
from bot.language.evidence import Reader
from bot.language.intent import SILENCE
from bot.language.knowledge import Knowledge
from bot.language.learning import Done, Each, Examples, Learnt, in_turn, learn
from bot.language.normalise import fold
from bot.model import OTHER_ERROR

PARTS: Final = 2


class _School:
    """What the reading of every part needs."""

    def __init__(self, knowledge: Knowledge, reader: Reader) -> None:
        self._reader = reader
        self._examples = tuple(knowledge.labelled_examples())
        with_examples = {label for label, _ in self._examples}
        self.labels = [label for label in (*knowledge.intents, OTHER_ERROR, SILENCE) if label in with_examples]

    def read(self, part: int) -> Examples:
        read = [
            (label, self._reader.read(typed))
            for label, text in islice(self._examples, part, None, PARTS)
            for typed in _ways_to_type(text)
        ]
        # an error that was written down is no other error any more
        meant = [(label, evidence) for label, evidence in read if label != OTHER_ERROR or not evidence.certain]
        return Examples.of(self.labels, meant)


def learn_from(knowledge: Knowledge, reader: Reader, each: Each = in_turn) -> Learnt:
    """`reader` is that of the knowledge."""
    school = _School(knowledge, reader)
    return learn(school.labels, Examples.joined(each(school.read, range(PARTS))), each)


def at_once(do: Callable[[int], Done], numbers: Sequence[int]) -> list[Done]:
    """Each by a new process, a copy of this one, which must have no threads: what they work on is inherited, as sending
    it takes longer than to fork."""
    with ProcessPoolExecutor(len(numbers), multiprocessing.get_context("fork"), _inherit, (do,)) as hands:
        return list(hands.map(_do, numbers))


_inherited: Callable[[int], Any]
"""What a copy does."""


def _inherit(do: Callable[[int], Any]) -> None:
    global _inherited
    _inherited = do
    begin()


def _do(number: int) -> Any:
    return _inherited(number)


def begin() -> None:
    """First thing in a process that learns."""
    end_with_parent()
    gc.disable()  # what it is handed is much, and would be looked through for garbage all the time


def _ways_to_type(text: str) -> Sequence[str]:
    """As written, and as on a phone without marks: both must teach the same."""
    return tuple(dict.fromkeys((text, fold(unicodedata.normalize("NFC", text)))))
