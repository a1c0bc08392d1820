"""What the examples teach: small neural networks that weigh the words, pairs of words and concepts of a text.

Each has one layer of hidden units: a word can speak for a meaning beside some words and against it beside others
('xong' after 'ký' and after 'cảm ơn'), which a weight for each word alone cannot say. NETS of them, begun at different
places, are averaged. They stand on top of the patterns' points, so an error that has patterns and no examples works at
once. Trained when the knowledge is loaded, always in the same order; the outcome is a probability.
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

Floats = NDArray[np.float32]
Kept = NDArray[np.int8]
"""An eighth of the memory, and exact enough once the learning is done."""

NETS: Final = 3
HIDDEN: Final = 32
"""Units of each net."""
ROUNDS: Final = 8
BATCH: Final = 16
STEP: Final = 0.1
DROPPED: Final = 0.6
"""The share of its features that an example is shown without: no word may be all that speaks for a meaning."""
POINT_WEIGHT: Final = 0.5
"""What a point of a pattern counts for a meaning that has examples; for one that has none it is all there is, and
counts whole."""
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
    inward: Kept
    """Feature × unit, in parts of `scale`, for as much of the feature as a text has that holds it; the last row is that
    of unknown words."""
    scale: Floats
    bias: Floats
    """Unit."""
    outward: Floats
    """Unit × label."""


class Vocabulary:
    """The features that examples taught about."""

    def __init__(self, features: Sequence[str]) -> None:
        self.row = {feature: number for number, feature in enumerate(features)}
        self._words = {name for name in features if name.startswith(WORD)}

    def rows(self, evidence: Evidence) -> list[int]:
        return [row for row in map(self.row.get, evidence.features) if row is not None]

    def unknown(self, evidence: Evidence) -> float:
        """The share of the words that no example holds, as the amount of a feature."""
        known = len(evidence.features.keys() & self._words)
        return UNKNOWN_WEIGHT * (evidence.word_count - known) / max(1, evidence.word_count)


def learn(labels: Sequence[str], examples: Sequence[Example]) -> Learnt:
    """`labels` are all meanings; those without examples count by their patterns alone."""
    taught = {example.label for example in examples}
    kept = tuple(label for label in labels if label in taught)
    counts, amount_of = Counter[str](), dict[str, float]()
    for example in examples:
        counts.update(example.evidence.features.keys())
        amount_of.update(example.evidence.features)
    features = tuple(feature for feature, count in counts.items() if count >= SEEN_TWICE)
    amounts = np.array([*(amount_of[name] for name in features), 1.0], np.float32)
    vocabulary, column = Vocabulary(features), {label: number for number, label in enumerate(kept)}
    encoded = [_encoded(example, vocabulary, amounts, column) for example in examples]
    nets = _trained(encoded, len(features) + 1, len(kept))
    inward = nets.inward * amounts[:, None]
    scale = np.abs(inward).max(0) / np.iinfo(np.int8).max
    return Learnt(
        kept,
        features,
        inward=np.rint(inward / scale).astype(np.int8),
        scale=scale,
        bias=nets.bias,
        outward=nets.outward.reshape(NETS * HIDDEN, len(kept)) / np.float32(NETS),
    )


class _Encoded(NamedTuple):
    rows: NDArray[np.intp]
    amounts: Floats
    offsets: Floats
    """What the patterns say."""
    wanted: int


class _Batch(NamedTuple):
    """Examples that take one step together."""

    rows: NDArray[np.intp]
    """Of `inward`, each once."""
    of: NDArray[np.intp]
    at: NDArray[np.intp]
    amounts: Floats
    """The example `of[n]` has `amounts[n]` of the feature in `rows[at[n]]`."""
    offsets: Floats
    wanted: NDArray[np.intp]


def _encoded(example: Example, vocabulary: Vocabulary, amounts: Floats, column: Mapping[str, int]) -> _Encoded:
    evidence = example.evidence
    rows = np.array([*vocabulary.rows(evidence), len(vocabulary.row)])
    offsets = np.zeros(len(column), np.float32)
    for owner, points in evidence.points.items():
        if owner in column:
            offsets[column[owner]] = POINT_WEIGHT * points
    amount = amounts[rows]
    amount[-1] = vocabulary.unknown(evidence)
    return _Encoded(rows, amount, offsets, column[example.label])


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


class _Nets:
    """The nets side by side, each taking its own steps over the same examples, by AdaGrad."""

    def __init__(self, features: int, labels: int) -> None:
        dice = np.random.default_rng(1)
        units = NETS * HIDDEN
        self.inward = dice.normal(0, 0.15, (features, units)).astype(np.float32)
        self.bias = np.zeros(units, np.float32)
        self.outward = dice.normal(0, 0.3, (NETS, HIDDEN, labels)).astype(np.float32)
        self._inward_steps = np.full((features, 1), 1e-2, np.float32)
        self._bias_steps = np.full_like(self.bias, 1e-2)
        self._outward_steps = np.full_like(self.outward, 1e-2)

    def step(self, batch: _Batch, shown: Floats) -> None:
        """`shown` are the amounts of the batch, 0 for those that are left out this time."""
        count = len(batch.wanted)
        held = np.zeros((count, len(batch.rows)), np.float32)
        held[batch.of, batch.at] = shown
        inward = self.inward[batch.rows]
        units = np.maximum(held @ inward + self.bias, 0)
        by_net = units.reshape(count, NETS, HIDDEN).transpose(1, 0, 2)
        wrong = _probabilities(batch.offsets + by_net @ self.outward)
        wrong[:, np.arange(count), batch.wanted] -= 1.0
        blame = (wrong @ self.outward.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(units.shape) * (units > 0)
        _descend(self.outward, self._outward_steps, by_net.transpose(0, 2, 1) @ wrong)
        _descend(self.bias, self._bias_steps, blame.sum(0))
        slope = held.T @ blame
        steps = self._inward_steps[batch.rows] + np.einsum("ij,ij->i", slope, slope)[:, None] / slope.shape[1]
        self._inward_steps[batch.rows] = steps
        self.inward[batch.rows] = inward - slope * (STEP / np.sqrt(steps))


def _descend(weights: Floats, steps: Floats, slope: Floats) -> None:
    steps += slope * slope
    weights -= STEP * slope / np.sqrt(steps)


def _probabilities(scores: Floats) -> Floats:
    grown: Floats = np.exp(scores - scores.max(-1, keepdims=True))
    grown /= grown.sum(-1, keepdims=True)
    return grown


def _trained(encoded: Sequence[_Encoded], features: int, labels: int) -> _Nets:
    nets, batches, dice = _Nets(features, labels), _batches(encoded), np.random.default_rng(2)
    for _ in range(ROUNDS):
        for number in dice.permutation(len(batches)):
            batch = batches[number]
            is_shown = dice.random(len(batch.amounts), dtype=np.float32) >= DROPPED
            nets.step(batch, batch.amounts * is_shown / np.float32(1 - DROPPED))
    return nets


class Weights:
    """What was learnt, ready to weigh a text."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._vocabulary = Vocabulary(learnt.features)

    def probabilities(self, evidence: Evidence) -> dict[str, float]:
        """Label → probability, 0 for what nothing speaks for; they add up to one."""
        said = self._units(evidence) @ self._learnt.outward
        scores = dict(zip(self._learnt.labels, said.tolist(), strict=True))
        for owner, points in evidence.points.items():
            scores[owner] = scores[owner] + POINT_WEIGHT * points if owner in scores else points
        return _shares(scores)

    def contributions(self, evidence: Evidence, label: str, against: str) -> list[tuple[str, float]]:
        """How much each feature moves the choice between two labels in this text, the strongest first: for `explain`.
        Exact, because the units that are awake add up what they are told."""
        if not {label, against} <= set(self._learnt.labels):
            return []
        learnt = self._learnt
        one, other = (learnt.outward[:, learnt.labels.index(each)] for each in (label, against))
        told = (one - other) * (self._units(evidence) > 0) * learnt.scale
        rows = self._vocabulary.rows(evidence)
        moved = [(learnt.features[row], float(learnt.inward[row] @ told)) for row in rows]
        moved.append((UNKNOWN, self._vocabulary.unknown(evidence) * float(learnt.inward[-1] @ told)))
        return sorted(moved, key=lambda item: -abs(item[1]))

    def _units(self, evidence: Evidence) -> Floats:
        learnt = self._learnt
        told = learnt.inward.take(self._vocabulary.rows(evidence), axis=0).astype(np.float32).sum(0)
        told += self._vocabulary.unknown(evidence) * learnt.inward[-1]
        units: Floats = np.maximum(told * learnt.scale + learnt.bias, 0)
        return units


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    grown = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(grown.values())
    return defaultdict(float, {label: value / total for label, value in grown.items()})
