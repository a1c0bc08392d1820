"""What examples teach about: the words, neighbours and concepts of a text, as numbers that are quick to look up.

A feature is a kind with one name or two, packed into one integer; a table of them is a sorted array. 'word' and
'concept' say that it is there, 'pair' that two words stand side by side, 'apart' that one word stands between them.
How a message begins and ends ('first', 'last') tells a request from news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.language.evidence import Evidence

Keys = NDArray[np.int64]
Rows = NDArray[np.intp]
Floats = NDArray[np.float32]

KINDS: Final = ("word", "concept", "first", "last", "pair", "apart", "question")
AMOUNTS: Final = np.array([0.5, 1.0, 0.5, 0.5, 0.5, 0.3, 1.0], np.float32)
"""A word, or a pair of words, says half of what a concept says. Two words with one between them say less: 'không …
được' is there, and much that is chance."""
_KIND: Final = 40
_SECOND: Final = 20
"""Bits of a name's number; the other name of a pair stands above them, and the kind above both."""
_WORD, _CONCEPT, _FIRST, _LAST, _PAIR, _APART, _QUESTION = (kind << _KIND for kind in range(len(KINDS)))
LEAST_SEEN: Final = 4
"""What fewer examples hold teaches nothing: it counts as unknown, there and in messages. Most messages are
two examples, typed in two ways."""
UNKNOWN_WEIGHT: Final = 5.0
"""Ordinary talk is full of words that no example holds: their share speaks for silence."""


class Features:
    """A table of features, each with a row."""

    def __init__(self, words: Sequence[str], concepts: Sequence[str], keys: Keys) -> None:
        """`keys` are sorted. The number of a name is its place in `words` or `concepts`."""
        self.words, self.concepts, self.keys = words, concepts, keys
        self._word = {name: number for number, name in enumerate(words)}
        self._concept = {name: number for number, name in enumerate(concepts)}

    @classmethod
    def of(cls, examples: Sequence[Evidence]) -> tuple[Features, list[tuple[Rows, float]]]:
        """What enough of them hold, and what each of them then holds."""
        words = _repeated({word.plain for word in each.words} for each in examples)
        concepts = _repeated({concept for concept, _, _ in each.hits} for each in examples)
        named = cls(words, concepts, np.empty(0, np.int64))
        found = [named._found(each) for each in examples]
        keys, counts = np.unique(list(chain.from_iterable(each for each, _ in found)), return_counts=True)
        features = cls(words, concepts, keys[counts >= LEAST_SEEN])
        return features, [features._held(*each) for each in found]

    def __len__(self) -> int:
        return len(self.keys)

    def held(self, evidence: Evidence) -> tuple[Rows, float]:
        """The rows of what a text holds, each once, and the amount of its unknown words."""
        return self._held(*self._found(evidence))

    def _held(self, found: set[int], unknown: float) -> tuple[Rows, float]:
        # a sorted array, not a dict, which takes more time to reach, being spread over more memory
        keys = np.fromiter(found, np.int64, len(found))
        rows = self.keys.searchsorted(keys)
        return rows[self.keys.take(rows, mode="clip") == keys], unknown

    def amounts(self) -> Floats:
        """Row → what it counts in a text that holds it."""
        amounts: Floats = AMOUNTS[self.keys >> _KIND]
        return amounts

    def name(self, row: int) -> str:
        """'pair:ký số', for `explain`."""
        key = int(self.keys[row])
        kind, one, other = KINDS[key >> _KIND], key >> _SECOND & (1 << _SECOND) - 1, key & (1 << _SECOND) - 1
        if kind == "concept":
            return f"{kind}:{self.concepts[other]}"
        if kind in ("pair", "apart"):
            return f"{kind}:{self.words[one]} {self.words[other]}"
        return kind if kind == "question" else f"{kind}:{self.words[other]}"

    def _found(self, evidence: Evidence) -> tuple[set[int], float]:
        """The features of a text whose names are known, in the table or not; the share of the words that no example
        holds, as the amount of a feature."""
        number, concept = self._word, self._concept
        words = [number.get(word[0], -1) for word in evidence.words]
        found = [word for word in words if word >= 0]
        unknown = UNKNOWN_WEIGHT * (len(words) - len(found)) / max(1, len(words))
        found += [_CONCEPT | concept[hit[0]] for hit in evidence.hits if hit[0] in concept]
        found += [_PAIR | one << _SECOND | other for one, other in pairwise(words) if one >= 0 <= other]
        further = zip(words, words[2:], strict=False)
        found += [_APART | one << _SECOND | other for one, other in further if one >= 0 <= other]
        if words:
            found += [kind | word for kind, word in ((_FIRST, words[0]), (_LAST, words[-1])) if word >= 0]
        if evidence.is_question:
            found.append(_QUESTION)
        return set(found), unknown


def _repeated(of_examples: Iterable[set[str]]) -> list[str]:
    counts = Counter[str]()
    for names in of_examples:
        counts.update(names)
    return sorted(name for name, count in counts.items() if count >= LEAST_SEEN)
