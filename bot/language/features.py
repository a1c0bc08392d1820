"""What examples teach about: the words, neighbours and concepts of a text, as numbers that are quick to look up.

A feature is a kind with one name or two, packed into one integer. 'word' and 'concept' say that it is there, 'pair'
that two words stand side by side. How a message begins and ends ('first' and 'last') tells a request from news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, repeat
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.language.evidence import Evidence

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]

KINDS: Final = ("word", "concept", "first", "last", "pair")
AMOUNTS: Final = np.array([0.5, 1.0, 0.5, 0.5, 0.5], np.float32)
"""A word, or a pair of words, says half of what a concept says."""
QUESTION: Final = "?"
"""The concept of asking."""
_SECOND: Final = 20
"""Bits of a name's number; the other name of a pair stands above them, and the kind above both."""
_NAME: Final = (1 << _SECOND) - 1
_KIND: Final = 2 * _SECOND
_TEXT: Final = _KIND + 3
"""Bits of a feature; the number of a text stands above them where the features of many are found at once."""
_WORD, _CONCEPT, _FIRST, _LAST, _PAIR = (kind << _KIND for kind in range(len(KINDS)))
_UNKNOWN: Final = -1
"""The number of a name that is in no table. In an array, a feature of it is negative, too."""
LEAST_SEEN: Final = 4
"""What fewer examples hold teaches nothing: it counts as unknown, there and in messages. Most messages are
two examples, typed in two ways."""
UNKNOWN_WEIGHT: Final = 5.0
"""Ordinary talk is full of words that no example holds: their share speaks for silence."""


class Texts(NamedTuple):
    """What many texts hold, as numbers: compact, to be handed from one process to another."""

    words: list[str]
    concepts: list[str]
    keys: Numbers
    """The features of each text after those of the one before, each once."""
    ends: Numbers
    """Text → where its features end."""

    @classmethod
    def of(cls, texts: Iterable[Evidence]) -> Texts:
        words, concepts = _Names(), _Names()
        said: list[int] = []
        held: list[int] = []
        word_ends, concept_ends = [], []
        for text in texts:
            said += [words[word[0]] for word in text.words]
            held += [concepts[name] for name in _concepts(text)]
            word_ends.append(len(said))
            concept_ends.append(len(held))
        keys, ends = _features(*(np.array(each, np.int64) for each in (said, word_ends, held, concept_ends)))
        return cls([*words], [*concepts], keys, ends)

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """The texts of all parts, those of the first one first."""
        words, concepts = _Names(), _Names()
        keys = [_renumbered(each, words.__getitem__, concepts.__getitem__) for each in parts]
        before = np.cumsum([0, *map(len, keys)])
        ends = [each.ends + begin for each, begin in zip(parts, before, strict=False)]
        return cls([*words], [*concepts], np.concatenate(keys), np.concatenate(ends))


class _Names(dict[str, int]):
    """Numbers names as they come."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class Held(NamedTuple):
    """What each of many texts holds: the rows of each after those of the one before."""

    rows: Numbers
    ends: Numbers
    """Text → where its rows end."""
    unknown: Floats
    """Text → the amount of its unknown words."""


class Features:
    """A table of features, each with a row."""

    def __init__(self, words: Sequence[str], concepts: Sequence[str], keys: Numbers) -> None:
        """`keys` are sorted, so that rows begin with all words and all concepts. The number of a name is its place in
        `words` or `concepts`."""
        self.words, self.concepts, self.keys = words, concepts, keys
        self._word, self._concept = _numbers(words), _numbers(concepts, len(words))
        self._stride = len(words) + 1
        """What numbers pairs without gaps: keys of a dict that lie close are the quickest to find."""
        kind, one, other = keys >> _KIND, keys >> _SECOND & _NAME, keys & _NAME
        self._first, self._last, self._pair = (
            dict(zip(numbers[of_kind].tolist(), np.flatnonzero(of_kind).tolist(), strict=True))
            for of_kind, numbers in (
                (kind == _FIRST >> _KIND, other),
                (kind == _LAST >> _KIND, other),
                (kind == _PAIR >> _KIND, one * self._stride + other),
            )
        )

    @classmethod
    def of(cls, texts: Texts) -> tuple[Features, Held]:
        """What enough of them hold, and what each of them then holds."""
        words = _repeated(texts.words, texts.keys, _WORD)
        concepts = _repeated(texts.concepts, texts.keys, _CONCEPT)
        word, concept = _numbers(words), _numbers(concepts)
        found = _renumbered(texts, lambda name: word.get(name, _UNKNOWN), lambda name: concept.get(name, _UNKNOWN))
        is_word = texts.keys >> _KIND == 0
        of_text = np.repeat(np.arange(len(texts.ends)), np.diff(texts.ends, prepend=0))
        said, known = (
            np.bincount(of_text[these], minlength=len(texts.ends)) for these in (is_word, is_word & (found >= 0))
        )
        keys, rows = _kept(found)
        holds = rows >= 0
        ends = np.append(0, np.cumsum(holds))[texts.ends]
        unknown = UNKNOWN_WEIGHT * (said - known) / np.maximum(1, said)
        return cls(words, concepts, keys), Held(rows[holds], ends, unknown.astype(np.float32))

    def __len__(self) -> int:
        return len(self.keys)

    def held(self, text: Evidence) -> tuple[Numbers, float]:
        """The rows of what a text holds, each once, and the amount of its unknown words."""
        plain = [word[0] for word in text.words]
        words = [*map(self._word.get, plain, repeat(_UNKNOWN))]
        rows, stride = {*words}, self._stride
        said, known = len({*plain}), len(rows) - (_UNKNOWN in rows)
        rows.update(map(self._concept.get, _concepts(text), repeat(_UNKNOWN)))
        rows.update(map(self._pair.get, [one * stride + other for one, other in pairwise(words)], repeat(_UNKNOWN)))
        if words:
            rows.update((self._first.get(words[0], _UNKNOWN), self._last.get(words[-1], _UNKNOWN)))
        rows.discard(_UNKNOWN)
        return np.fromiter(rows, np.int64, len(rows)), UNKNOWN_WEIGHT * (said - known) / max(1, said)

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
        if kind == "pair":
            return f"{kind}:{self.words[one]} {self.words[other]}"
        return f"{kind}:{self.words[other]}"


def _numbers(names: Sequence[str], first: int = 0) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, first)}


def _concepts(text: Evidence) -> Iterable[str]:
    return (*text.places, QUESTION) if text.is_question else text.places


def _features(words: Numbers, word_ends: Numbers, concepts: Numbers, concept_ends: Numbers) -> tuple[Numbers, Numbers]:
    """What texts hold, each feature once a text, and where that of each ends; from the words of all in a row, and their
    concepts likewise."""
    count = len(word_ends)
    of_word, of_concept = (
        np.repeat(np.arange(count), np.diff(ends, prepend=0)) << _TEXT for ends in (word_ends, concept_ends)
    )
    begins = np.flatnonzero(np.diff(of_word, prepend=-1))
    is_last = np.diff(of_word, append=-1) != 0
    found = (
        of_word | words,
        of_concept | _CONCEPT | concepts,
        of_word[begins] | _FIRST | words[begins],
        of_word[is_last] | _LAST | words[is_last],
        (of_word[:-1] | _PAIR | words[:-1] << _SECOND | words[1:])[~is_last[:-1]],
    )
    each = np.sort(np.concatenate(found))
    each = each[np.diff(each, prepend=-1) != 0]
    return each & (1 << _TEXT) - 1, np.searchsorted(each >> _TEXT, np.arange(count), "right")


def _repeated(names: Sequence[str], keys: Numbers, kind: int) -> list[str]:
    """The names that enough texts hold."""
    of_kind = keys[keys >> _KIND == kind >> _KIND] & _NAME
    counts = np.bincount(of_kind, minlength=len(names)).tolist()
    return sorted(name for name, count in zip(names, counts, strict=True) if count >= LEAST_SEEN)


def _kept(found: Numbers) -> tuple[Numbers, Numbers]:
    """The features that enough texts hold, sorted, and of each that was found its row, negative when it has none."""
    rows = np.full(len(found), _UNKNOWN)
    is_pair = found >= _PAIR
    is_single = ~is_pair & (found >= 0)
    # those that are no pairs are few: to count them takes a tenth of the time that sorting takes
    number, width = found[is_single] & _NAME, 1 + (found[is_single] & _NAME).max(initial=0)
    places = (found[is_single] >> _KIND) * width + number
    is_kept = np.bincount(places) >= LEAST_SEEN
    kind, number = np.divmod(np.flatnonzero(is_kept), width)
    rows[is_single] = _rows(is_kept, 0)[places]
    pairs, places, counts = np.unique(found[is_pair], return_inverse=True, return_counts=True)
    is_kept = counts >= LEAST_SEEN
    rows[is_pair] = _rows(is_kept, len(kind))[places]
    return np.append(kind << _KIND | number, pairs[is_kept]), rows


def _rows(is_kept: NDArray[np.bool_], first: int) -> Numbers:
    return np.where(is_kept, first + np.cumsum(is_kept) - 1, _UNKNOWN)


def _renumbered(texts: Texts, word: Callable[[str], int], concept: Callable[[str], int]) -> Numbers:
    """The keys with other numbers for the names, negative where a name has none."""
    words, concepts = (
        np.array([*map(number, names), 0], np.int64)
        for number, names in ((word, texts.words), (concept, texts.concepts))
    )
    kind, one, other = texts.keys >> _KIND, texts.keys >> _SECOND & _NAME, texts.keys & _NAME
    is_pair, is_concept = kind >= _PAIR >> _KIND, kind == _CONCEPT >> _KIND
    first = np.where(is_pair, words[one], 0)
    second = np.where(is_concept, concepts[np.where(is_concept, other, -1)], words[np.where(is_concept, -1, other)])
    return kind << _KIND | first << _SECOND | second
