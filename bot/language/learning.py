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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.language.evidence import WORD, Evidence

Floats = NDArray[np.float64]

ROUNDS: Final = 5
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


class Weights:
    """Learnt from examples. `labels` are all meanings; those without examples count by their patterns alone."""

    def __init__(self, labels: Sequence[str], examples: Sequence[Example]) -> None:
        taught = {example.label for example in examples}
        self.labels = tuple(label for label in labels if label in taught)
        self._column = {label: number for number, label in enumerate(self.labels)}
        counts = Counter(feature for example in examples for feature in example.evidence.features)
        kept = [feature for feature, count in counts.items() if count >= SEEN_TWICE]
        self._row = {feature: number for number, feature in enumerate(kept)}
        self._words = {name for name in kept if name.startswith(WORD)}
        self._table = np.zeros((len(self._row) + 1, len(self.labels)))
        """Feature × label; the last row is that of unknown words."""
        self._train(examples)
        amounts = {name: amount for example in examples for name, amount in example.evidence.features.items()}
        self._weighed = self._table * np.array([*(amounts[name] for name in kept), 1.0])[:, None]

    def probabilities(self, evidence: Evidence) -> dict[str, float]:
        """Label → probability, 0 for what nothing speaks for; they add up to one."""
        learnt = self._weighed.take(self._rows(evidence), axis=0).sum(0) + self._unknown(evidence) * self._weighed[-1]
        scores = dict(zip(self.labels, learnt.tolist(), strict=True))
        for owner, points in evidence.points.items():
            scores[owner] = scores.get(owner, 0.0) + points
        return _shares(scores)

    def contributions(self, evidence: Evidence, label: str, against: str) -> list[tuple[str, float]]:
        """How much each feature moves the choice between two labels, the strongest first: for `explain`."""
        if label not in self._column or against not in self._column:
            return []
        names = [name for name in evidence.features if name in self._row]
        one, other = self._column[label], self._column[against]
        moved = [
            (
                name,
                evidence.features[name]
                * float(self._table[self._row[name], one] - self._table[self._row[name], other]),
            )
            for name in names
        ]
        unknown = self._unknown(evidence)
        moved.append((UNKNOWN, unknown * float(self._table[-1, one] - self._table[-1, other])))
        return sorted(moved, key=lambda item: -abs(item[1]))

    def _train(self, examples: Sequence[Example]) -> None:
        steps = np.full_like(self._table, 1e-2)
        encoded = [
            (
                *self._encode(example.evidence),
                self._offsets(example.evidence.points),
                self._column[example.label],
            )
            for example in examples
        ]
        order = np.random.default_rng(0)
        for _ in range(ROUNDS):
            for number in order.permutation(len(encoded)):
                rows, amounts, offsets, wanted = encoded[number]
                weights = self._table[rows]
                wrong = offsets + amounts @ weights
                np.exp(wrong - wrong.max(), out=wrong)
                wrong /= wrong.sum()
                wrong[wanted] -= 1.0
                slope = amounts[:, None] * wrong + SHRINK * weights
                steps[rows] += slope * slope
                self._table[rows] -= STEP * slope / np.sqrt(steps[rows])

    def _rows(self, evidence: Evidence) -> list[int]:
        row = self._row
        return [row[name] for name in evidence.features if name in row]

    def _encode(self, evidence: Evidence) -> tuple[NDArray[np.intp], Floats]:
        known = [amount for name, amount in evidence.features.items() if name in self._row]
        return np.array([*self._rows(evidence), len(self._row)]), np.array([*known, self._unknown(evidence)])

    def _unknown(self, evidence: Evidence) -> float:
        """The share of the words that no example holds, as the amount of a feature."""
        known = len(evidence.features.keys() & self._words)
        return UNKNOWN_WEIGHT * (evidence.word_count - known) / max(1, evidence.word_count)

    def _offsets(self, points: Mapping[str, float]) -> Floats:
        offsets = np.zeros(len(self.labels))
        for owner, its in points.items():
            if owner in self._column:
                offsets[self._column[owner]] = its
        return offsets


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    grown = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(grown.values())
    return defaultdict(float, {label: value / total for label, value in grown.items()})
