"""From the knowledge's examples to what they teach: read in parts, as two processors take half the time of one."""

from __future__ import annotations

import multiprocessing
import unicodedata
from collections.abc import Callable, Iterable, Sequence
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

    def __init__(self, knowledge: Knowledge) -> None:
        self._reader = Reader(knowledge)
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


def learn_from(knowledge: Knowledge, each: Each = in_turn) -> Learnt:
    school = _School(knowledge)
    return learn(school.labels, Examples.joined(each(school.read, range(PARTS))), each)


def learn_together(knowledge: Knowledge) -> Learnt:
    """The same, by several processes at once; to be called in one that has no threads."""
    return learn_from(knowledge, _at_once)


def _at_once(do: Callable[[int], Done], numbers: Iterable[int]) -> list[Done]:
    """Each time by new processes: what they work on is inherited, as sending it takes longer than to fork."""
    with ProcessPoolExecutor(PARTS, multiprocessing.get_context("fork"), _inherit, (do,)) as hands:
        return list(hands.map(_do, numbers))


_inherited: Callable[[int], Any]
"""What a forked process does."""


def _inherit(do: Callable[[int], Any]) -> None:
    global _inherited
    _inherited = do
    end_with_parent()


def _do(number: int) -> Any:
    return _inherited(number)


def _ways_to_type(text: str) -> Sequence[str]:
    """As written, and as on a phone without marks: both must teach the same."""
    return tuple(dict.fromkeys((text, fold(unicodedata.normalize("NFC", text)))))
