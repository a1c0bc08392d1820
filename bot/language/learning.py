"""What the examples teach: small neural networks that weigh the words, pairs of words and concepts of a text.

Each has one layer of hidden units: a word can speak for a meaning beside some words and against it beside others
('xong' after 'ký' and after 'cảm ơn'), which a weight for each word alone cannot say. NETS of them, begun at different
places, are averaged. They stand on top of the patterns' points, so an error that has patterns and no examples works at
once. Trained when the knowledge is loaded, always in the same order; the outcome is a probability.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.language.evidence import Evidence
from bot.language.features import UNKNOWN_WEIGHT, Features, Floats, Rows

Kept = NDArray[np.int8]
"""An eighth of the memory, and exact enough once the learning is done."""

NETS: Final = 3
HIDDEN: Final = 32
"""Units of each net."""
ROUNDS: Final = 8
BATCH: Final = 24
STEP: Final = 0.12
DROPPED: Final = 0.6
"""The share of its features that an example is shown without: no word may be all that speaks for a meaning."""
POINT_WEIGHT: Final = 0.5
"""What a point of a pattern counts for a meaning that has examples; for one that has none it is all there is, and
counts whole."""
UNKNOWN: Final = "unknown words"
UNKNOWN_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Example:
    label: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Learnt:
    labels: tuple[str, ...]
    features: Features
    inward: Kept
    """Feature × unit, for as much of the feature as a text has that holds it; the last row is that of unknown words.
    Each unit has a measure of its own, which `outward` undoes."""
    bias: Floats
    """Unit."""
    outward: Floats
    """Unit × label."""


def learn(labels: Sequence[str], examples: Sequence[Example]) -> Learnt:
    """`labels` are all meanings; those without examples count by their patterns alone."""
    taught = {example.label for example in examples}
    kept = tuple(label for label in labels if label in taught)
    features, held = Features.of([example.evidence for example in examples])
    amounts = np.append(features.amounts(), np.float32(1))
    column = {label: number for number, label in enumerate(kept)}
    encoded = [_encoded(*each, amounts, column) for each in zip(examples, held, strict=True)]
    nets = _trained(encoded, len(amounts), len(kept))
    inward = nets.inward * amounts[:, None]
    measure = np.abs(inward).max(0) / np.iinfo(np.int8).max
    return Learnt(
        kept,
        features,
        inward=np.rint(inward / measure).astype(np.int8),
        bias=nets.bias / measure,
        outward=nets.outward.reshape(NETS * HIDDEN, len(kept)) * measure[:, None] / np.float32(NETS),
    )


class _Encoded(NamedTuple):
    rows: Rows
    amounts: Floats
    offsets: Floats
    """What the patterns say."""
    wanted: int


class _Batch(NamedTuple):
    """Examples that take one step together."""

    rows: Rows
    """The features that any of them holds."""
    held: Floats
    """Row × example, more of each for those that are left out."""
    offsets: Floats
    wanted: NDArray[np.intp]


def _encoded(example: Example, held: tuple[Rows, float], amounts: Floats, column: Mapping[str, int]) -> _Encoded:
    found, unknown = held
    rows = np.append(found, len(amounts) - 1)
    offsets = np.zeros(len(column), np.float32)
    for owner, points in example.evidence.points.items():
        if owner in column:
            offsets[column[owner]] = POINT_WEIGHT * points
    amount = amounts[rows]
    amount[-1] = unknown
    return _Encoded(rows, amount, offsets, column[example.label])


def _batches(encoded: Sequence[_Encoded]) -> list[_Batch]:
    order = np.random.default_rng(0).permutation(len(encoded))
    parts = ([encoded[number] for number in order[begin : begin + BATCH]] for begin in range(0, len(order), BATCH))
    return [_batch(part) for part in parts]


def _batch(part: Sequence[_Encoded]) -> _Batch:
    rows, at = np.unique(np.concatenate([each.rows for each in part]), return_inverse=True)
    held = np.zeros((len(rows), len(part)), np.float32)
    of = np.repeat(np.arange(len(part)), [len(each.rows) for each in part])
    held[at, of] = np.concatenate([each.amounts for each in part])
    return _Batch(
        rows,
        held / np.float32(1 - DROPPED),
        np.array([each.offsets for each in part]),
        np.array([each.wanted for each in part]),
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

    def step(self, batch: _Batch, is_shown: NDArray[np.bool_]) -> None:
        """`is_shown` tells which rows of the batch are not left out this time."""
        rows, count = batch.rows[is_shown], len(batch.wanted)
        held, inward = batch.held[is_shown], self.inward[rows]
        units = np.maximum(held.T @ inward + self.bias, 0)
        by_net = units.reshape(count, NETS, HIDDEN).transpose(1, 0, 2)
        wrong = _probabilities(batch.offsets + by_net @ self.outward)
        wrong[:, np.arange(count), batch.wanted] -= 1.0
        blame = (wrong @ self.outward.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(units.shape) * (units > 0)
        _descend(self.outward, self._outward_steps, by_net.transpose(0, 2, 1) @ wrong)
        _descend(self.bias, self._bias_steps, blame.sum(0))
        slope = held @ blame
        steps = self._inward_steps[rows] + np.einsum("ij,ij->i", slope, slope)[:, None] / slope.shape[1]
        self._inward_steps[rows] = steps
        slope *= STEP / np.sqrt(steps)
        inward -= slope
        self.inward[rows] = inward


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
            nets.step(batch, dice.random(len(batch.rows), dtype=np.float32) >= DROPPED)
    return nets


class Weights:
    """What was learnt, ready to weigh a text."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        shares = np.linspace(0, UNKNOWN_WEIGHT, UNKNOWN_STEPS + 1, dtype=np.float32)
        self._before = learnt.bias + shares[:, None] * learnt.inward[-1].astype(np.float32)
        """What the units are told by the share of unknown words alone, in UNKNOWN_STEPS."""

    def probabilities(self, evidence: Evidence) -> dict[str, float]:
        """Label → probability, 0 for what nothing speaks for; they add up to one."""
        said = self._units(*self._learnt.features.held(evidence)) @ self._learnt.outward
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
        rows, unknown = learnt.features.held(evidence)
        told = (one - other) * (self._units(rows, unknown) > 0)
        moved = [(learnt.features.name(row), float(learnt.inward[row] @ told)) for row in rows.tolist()]
        moved.append((UNKNOWN, unknown * float(learnt.inward[-1] @ told)))
        return sorted(moved, key=lambda item: -abs(item[1]))

    def _units(self, rows: Rows, unknown: float) -> Floats:
        learnt = self._learnt
        told = learnt.inward.take(rows, axis=0).astype(np.float32).sum(0)
        told += self._before[round(unknown * (UNKNOWN_STEPS / UNKNOWN_WEIGHT))]
        units: Floats = np.maximum(told, 0, out=told)
        return units


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    grown = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(grown.values())
    return defaultdict(float, {label: value / total for label, value in grown.items()})
