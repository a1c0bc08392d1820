"""What the examples teach: small neural networks that weigh the words, pairs of words and concepts of a text.

Each has one layer of hidden units: a word can speak for a meaning beside some words and against it beside others
('xong' after 'ký' and after 'cảm ơn'), which a weight for each word alone cannot say. Several of them, begun at
different places, are averaged. They stand on top of the patterns' points, so an error that has patterns and no examples
works at once. Trained when the knowledge is loaded, always in the same order; the outcome is a probability.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.language.evidence import Evidence
from bot.language.features import UNKNOWN_WEIGHT, Features, Floats, Held, Numbers, Texts

Done = TypeVar("Done")

Kept = NDArray[np.int8]
"""An eighth of the memory, and exact enough once the learning is done."""

GROUPS: Final = 2
"""Of nets, each learnt by itself: two processors take half the time of one."""
NETS: Final = 2
"""Of each group."""
HIDDEN: Final = 24
"""Units of each net."""
ROUNDS: Final = 8
BATCH: Final = 40
STEP: Final = 0.12
DROPPED: Final = 0.6
"""The share of its features that an example is shown without: no word may be all that speaks for a meaning."""
POINT_WEIGHT: Final = 0.5
"""What a point of a pattern counts for a meaning that has examples; for one that has none it is all there is, and
counts whole."""
UNKNOWN: Final = "unknown words"
UNKNOWN_STEPS: Final = 100


class Examples(NamedTuple):
    """What was read in them, as numbers."""

    texts: Texts
    wanted: Numbers
    """Example → its label, as a place among all labels."""
    points: Floats
    """Example × label: what the patterns say."""

    @classmethod
    def of(cls, labels: Sequence[str], read: Sequence[tuple[str, Evidence]]) -> Examples:
        column = {label: number for number, label in enumerate(labels)}
        points = np.zeros((len(read), len(labels)), np.float32)
        for number, (_, evidence) in enumerate(read):
            for owner, its in evidence.points.items():
                if owner in column:
                    points[number, column[owner]] = its
        wanted = np.array([column[label] for label, _ in read], np.int64)
        return cls(Texts.of(evidence for _, evidence in read), wanted, points)

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        texts, wanted, points = zip(*parts, strict=True)
        return cls(Texts.joined(texts), np.concatenate(wanted), np.concatenate(points))


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


class Each(Protocol):
    """Does something for each number, one after the other or several at once."""

    def __call__(self, do: Callable[[int], Done], numbers: Sequence[int], /) -> list[Done]: ...


def in_turn(do: Callable[[int], Done], numbers: Sequence[int]) -> list[Done]:
    return [do(number) for number in numbers]


def learn(labels: Sequence[str], examples: Examples, each: Each) -> Learnt:
    """`labels` are all meanings; those without examples count by their patterns alone."""
    taught = np.unique(examples.wanted)
    kept = tuple(labels[number] for number in taught)
    features, held = Features.of(examples.texts)
    amounts = np.append(features.amounts(), np.float32(1))
    wanted = np.searchsorted(taught, examples.wanted)
    lessons = _Lessons(held, amounts, POINT_WEIGHT * examples.points[:, taught], wanted)
    groups = each(partial(_trained, lessons), range(GROUPS))
    inward = np.hstack([nets.inward for nets in groups]) * amounts[:, None]
    outward = np.vstack([nets.outward.reshape(-1, len(kept)) for nets in groups])
    measure = np.abs(inward).max(0) / np.iinfo(np.int8).max
    return Learnt(
        kept,
        features,
        inward=np.rint(inward / measure).astype(np.int8),
        bias=np.hstack([nets.bias for nets in groups]) / measure,
        outward=outward * measure[:, None] / np.float32(GROUPS * NETS),
    )


class _Lessons(NamedTuple):
    """The examples as the nets are shown them."""

    held: Held
    amounts: Floats
    """Row → what it counts; the last row is that of unknown words."""
    offsets: Floats
    """Example × label."""
    wanted: Numbers


class _Batch(NamedTuple):
    """Examples that take one step together."""

    rows: Numbers
    """The features that any of them holds, each once."""
    places: Numbers
    """Where an example holds a row, in a flat table of row × example."""
    amounts: Floats
    """How much it holds there."""
    offsets: Floats
    wanted: Numbers

    def held(self, shown: Numbers) -> Floats:
        """Shown row × example, more of each for those that are left out. Made anew each time: all tables together are
        thirty times as large as what is in them."""
        table = np.zeros((len(self.rows), len(self.wanted)), np.float32)
        table.ravel()[self.places] = self.amounts
        return table.take(shown, axis=0, mode="clip")


def _batch(lessons: _Lessons, numbers: Numbers) -> _Batch:
    ends = lessons.held.ends
    spans = [(ends[number - 1] if number else 0, ends[number]) for number in numbers]
    each = np.arange(len(numbers))
    unknown = np.full_like(each, len(lessons.amounts) - 1)
    found = np.concatenate([*(lessons.held.rows[begin:end] for begin, end in spans), unknown])
    columns = np.append(np.repeat(each, [end - begin for begin, end in spans]), each)
    # to mark the rows in a table of all takes a fraction of the time that sorting them takes
    is_held = np.zeros(len(lessons.amounts), np.bool_)
    is_held[found] = True
    rows = np.flatnonzero(is_held)
    places = np.empty(len(lessons.amounts), np.int64)
    places[rows] = np.arange(len(rows))
    amounts: Floats = np.append(lessons.amounts[found[: -len(each)]], lessons.held.unknown[numbers])
    return _Batch(
        rows,
        places[found] * len(numbers) + columns,
        amounts / np.float32(1 - DROPPED),
        lessons.offsets[numbers],
        lessons.wanted[numbers],
    )


class _Nets:
    """The nets side by side, each taking its own steps over the same examples, by AdaGrad."""

    def __init__(self, features: int, labels: int, dice: np.random.Generator) -> None:
        units = NETS * HIDDEN
        self.inward = dice.normal(0, 0.15, (features, units)).astype(np.float32)
        self.bias = np.zeros(units, np.float32)
        self.outward = dice.normal(0, 0.3, (NETS, HIDDEN, labels)).astype(np.float32)
        self._inward_steps = np.full((features, 1), 1e-2, np.float32)
        self._bias_steps = np.full_like(self.bias, 1e-2)
        self._outward_steps = np.full_like(self.outward, 1e-2)

    def step(self, batch: _Batch, shown: Numbers) -> None:
        """`shown`: the places of the rows of the batch that are not left out this time."""
        rows, held, count = batch.rows.take(shown), batch.held(shown), len(batch.wanted)
        inward = self.inward.take(rows, axis=0, mode="clip")
        units = np.maximum(held.T @ inward + self.bias, 0)
        by_net = units.reshape(count, NETS, HIDDEN).transpose(1, 0, 2)
        wrong = _probabilities(batch.offsets + by_net @ self.outward)
        wrong[:, np.arange(count), batch.wanted] -= 1.0
        blame = (wrong @ self.outward.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(units.shape) * (units > 0)
        _descend(self.outward, self._outward_steps, by_net.transpose(0, 2, 1) @ wrong)
        _descend(self.bias, self._bias_steps, blame.sum(0))
        slope = held @ blame
        steps = self._inward_steps[rows] + np.vecdot(slope, slope)[:, None] / slope.shape[1]
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


def _trained(lessons: _Lessons, group: int) -> _Nets:
    dice = np.random.default_rng(group)
    count = len(lessons.wanted)
    order = dice.permutation(count)
    batches = [_batch(lessons, order[begin : begin + BATCH]) for begin in range(0, count, BATCH)]
    nets = _Nets(len(lessons.amounts), lessons.offsets.shape[1], dice)
    for _ in range(ROUNDS):
        for number in dice.permutation(len(batches)):
            batch = batches[number]
            nets.step(batch, np.flatnonzero(dice.random(len(batch.rows), dtype=np.float32) >= DROPPED))
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
        said = self._units(*self._learnt.features.held(evidence)).dot(self._learnt.outward)
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

    def _units(self, rows: Numbers, unknown: float) -> Floats:
        learnt = self._learnt
        told = np.add.reduce(learnt.inward.take(rows, axis=0), axis=0, dtype=np.int32).astype(np.float32)
        told += self._before[round(unknown * (UNKNOWN_STEPS / UNKNOWN_WEIGHT))]
        units: Floats = np.maximum(told, 0, out=told)
        return units


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    grown = [math.exp(score - most) for score in scores.values()]
    total = sum(grown)
    return defaultdict(float, zip(scores, [value / total for value in grown], strict=True))
