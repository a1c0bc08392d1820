"""What the examples teach: how much each word, pair of words and concept speaks for each meaning.

A multinomial logistic regression on top of the patterns' points: the points stand as they are (so an error that has
patterns and no examples works at once) and the examples correct them. Trained when the knowledge is loaded, always in
the same order, in well under a second for a thousand examples; the outcome is a probability.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.language.evidence import WORD, Evidence

Floats = NDArray[np.float64]
Kept = NDArray[np.float32]
"""Half the memory, and exact enough once the learning is done."""

ROUNDS: Final = 10
BATCH: Final = 16
STEP: Final = 0.25
SHRINK: Final = 1e-4
SEEN_TWICE: Final = 2
"""A word that only one example holds teaches nothing: it counts as unknown, there and in messages."""
UNKNOWN: Final = "unknown words"
UNKNOWN_WEIGHT: Final = 3.0
"""Ordinary talk is full of words that no example holds: their share speaks for silence."""


@dataclass(frozen=True, slots=True)
class Example:
    label: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Learnt:
    labels: tuple[str, ...]
    features: tuple[str, ...]
    amounts: Kept
    """How much of a feature a text has that holds it; the last one is for unknown words."""
    table: Kept
    """Feature × label; the last row is that of unknown words."""


class Vocabulary:
    """The features that examples taught about."""

    def __init__(self, features: Sequence[str]) -> None:
        self.row = {feature: number for number, feature in enumerate(features)}
        self._words = {name for name in features if name.startswith(WORD)}

    def rows(self, evidence: Evidence) -> list[int]:
        row = self.row
        return [row[name] for name in evidence.features if name in row]

    def unknown(self, evidence: Evidence) -> float:
        """The share of the words that no example holds, as the amount of a feature."""
        known = len(evidence.features.keys() & self._words)
        return UNKNOWN_WEIGHT * (evidence.word_count - known) / max(1, evidence.word_count)


def learn(labels: Sequence[str], examples: Sequence[Example]) -> Learnt:
    """`labels` are all meanings; those without examples count by their patterns alone."""
    taught = {example.label for example in examples}
    kept = tuple(label for label in labels if label in taught)
    counts = Counter(feature for example in examples for feature in example.evidence.features)
    features = tuple(feature for feature, count in counts.items() if count >= SEEN_TWICE)
    amount_of = {name: amount for example in examples for name, amount in example.evidence.features.items()}
    amounts = np.array([*(amount_of[name] for name in features), 1.0])
    vocabulary, column = Vocabulary(features), {label: number for number, label in enumerate(kept)}
    encoded = [_encoded(example, vocabulary, amounts, column) for example in examples]
    table = _trained(encoded, np.zeros((len(features) + 1, len(kept))))
    return Learnt(kept, features, amounts.astype(np.float32), table.astype(np.float32))


class _Encoded(NamedTuple):
    rows: NDArray[np.intp]
    amounts: Floats
    offsets: Floats
    """What the patterns say."""
    wanted: int


class _Batch(NamedTuple):
    """Examples that take one step together."""

    rows: NDArray[np.intp]
    """Of the table, each once."""
    of: NDArray[np.intp]
    at: NDArray[np.intp]
    amounts: Floats
    """The example `of[n]` has `amounts[n]` of the feature in `rows[at[n]]`."""
    offsets: Floats
    wanted: NDArray[np.intp]


def _batches(encoded: Sequence[_Encoded]) -> list[_Batch]:
    order = np.random.default_rng(0).permutation(len(encoded))
    parts = ([encoded[number] for number in order[begin : begin + BATCH]] for begin in range(0, len(order), BATCH))
    return [_batch(part) for part in parts]


def _batch(part: Sequence[_Encoded]) -> _Batch:
    rows, at = np.unique(np.concatenate([each.rows for each in part]), return_inverse=True)
    return _Batch(
        rows=rows,
        of=np.repeat(np.arange(len(part)), [len(each.rows) for each in part]),
        at=at,
        amounts=np.concatenate([each.amounts for each in part]),
        offsets=np.array([each.offsets for each in part]),
        wanted=np.array([each.wanted for each in part]),
    )


def _trained(encoded: Sequence[_Encoded], table: Floats) -> Floats:
    """By AdaGrad."""
    steps, order, batches = np.full_like(table, 1e-2), np.random.default_rng(1), _batches(encoded)
    for _ in range(ROUNDS):
        for number in order.permutation(len(batches)):
            batch = batches[number]
            held = np.zeros((len(batch.wanted), len(batch.rows)))
            held[batch.of, batch.at] = batch.amounts
            weights = table[batch.rows]
            wrong = batch.offsets + held @ weights
            np.exp(wrong - wrong.max(1, keepdims=True), out=wrong)
            wrong /= wrong.sum(1, keepdims=True)
            wrong[np.arange(len(wrong)), batch.wanted] -= 1.0
            slope = held.T @ wrong + SHRINK * weights
            steps[batch.rows] += slope * slope
            table[batch.rows] -= STEP * slope / np.sqrt(steps[batch.rows])
    return table


def _encoded(example: Example, vocabulary: Vocabulary, amounts: Floats, column: Mapping[str, int]) -> _Encoded:
    evidence = example.evidence
    rows = np.array([*vocabulary.rows(evidence), len(vocabulary.row)])
    offsets = np.zeros(len(column))
    for owner, points in evidence.points.items():
        if owner in column:
            offsets[column[owner]] = points
    amount = amounts[rows]
    amount[-1] = vocabulary.unknown(evidence)
    return _Encoded(rows, amount, offsets, column[example.label])


class Weights:
    """What was learnt, ready to weigh a text."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._vocabulary = Vocabulary(learnt.features)
        self._weighed = learnt.table * learnt.amounts[:, None]

    def probabilities(self, evidence: Evidence) -> dict[str, float]:
        """Label → probability, 0 for what nothing speaks for; they add up to one."""
        rows, unknown = self._vocabulary.rows(evidence), self._vocabulary.unknown(evidence)
        learnt = self._weighed.take(rows, axis=0).sum(0) + unknown * self._weighed[-1]
        scores = dict(zip(self._learnt.labels, learnt.tolist(), strict=True))
        for owner, points in evidence.points.items():
            scores[owner] = scores.get(owner, 0.0) + points
        return _shares(scores)

    def contributions(self, evidence: Evidence, label: str, against: str) -> list[tuple[str, float]]:
        """How much each feature moves the choice between two labels, the strongest first: for `explain`."""
        if not {label, against} <= set(self._learnt.labels):
            return []
        one, other = (self._learnt.labels.index(each) for each in (label, against))
        rows = self._vocabulary.rows(evidence)
        moved = [
            (self._learnt.features[row], float(self._weighed[row, one] - self._weighed[row, other])) for row in rows
        ]
        unknown = self._vocabulary.unknown(evidence)
        moved.append((UNKNOWN, unknown * float(self._weighed[-1, one] - self._weighed[-1, other])))
        return sorted(moved, key=lambda item: -abs(item[1]))


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    grown = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(grown.values())
    return defaultdict(float, {label: value / total for label, value in grown.items()})
