"""Patterns: which concepts together speak for a meaning, and how strongly; compiled so that few are ever looked at.

A pattern is one line of an intent's TOML: `"ký số | đóng dấu + không được ! họp"`: every part joined by `+` must be
there, `|` stands between alternatives, what follows `!` must not be there. The list that it stands in says its points.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from bot.language.lexicon import Lexicon
from bot.language.tree import Hit

POINTS: Final = {"certain": 100.0, "sure": 3.0, "likely": 2.0, "hint": 1.0, "against": -2.0, "never": -4.0}
"""'certain' outdoes what examples taught about other errors: for one that was one of them until it was written down."""
FADING: Final = 0.5
"""Each further pattern that fires adds this share of what the one before added: evidence repeats itself."""
REACH: Final = 16
FAR: Final = 0.5
"""Parts that stand further apart than REACH words count so much: they may speak of different things."""


@dataclass(frozen=True, slots=True)
class Pattern:
    owner: str
    """The intent, or the kind of small talk or chatter, that it speaks for."""
    text: str
    points: float
    parts: tuple[frozenset[str], ...]
    without: frozenset[str]


class Fired(NamedTuple):
    pattern: Pattern
    points: float


def parse(owner: str, text: str, points: float, lexicon: Lexicon) -> Pattern:
    """Raises ValueError when the line has an empty part."""
    wanted, *unwanted = text.split("!")
    parts = tuple(_alternatives(part, lexicon) for part in wanted.split("+"))
    without = frozenset(concept for part in unwanted for concept in _alternatives(part, lexicon))
    return Pattern(owner, text, points, parts, without)


def _alternatives(part: str, lexicon: Lexicon) -> frozenset[str]:
    names = [name.strip() for name in part.split("|")]
    if not all(names):
        raise ValueError("empty part")
    return frozenset(lexicon.concept_of(name) for name in names)


class PatternIndex:
    """All patterns, found by their rarest part: a message looks only at those whose rarest part it holds."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        uses = Counter(chain.from_iterable(chain.from_iterable(pattern.parts for pattern in patterns)))
        self._entries: list[_Entry] = []
        self._by_anchor: defaultdict[str, list[int]] = defaultdict(list)

        def uses_of(part: frozenset[str]) -> int:
            return sum(map(uses.__getitem__, part))

        for number, pattern in enumerate(patterns):
            anchor = min(pattern.parts, key=uses_of)
            rest = tuple([part for part in pattern.parts if part is not anchor])
            self._entries.append((Fired(pattern, pattern.points), rest, pattern.without))
            for concept in anchor:
                self._by_anchor[concept].append(number)

    def fired(self, places: Mapping[str, Sequence[Hit]], spread: int) -> list[Fired]:
        """The patterns that a message's concepts complete, each once, in the order of the files. `places`: concept →
        where the message says it; `spread`: from the first word of a concept to the last, in words."""
        by_anchor, entries, present = self._by_anchor, self._entries, set(places)
        numbers: set[int] = set()
        numbers.update(*[by_anchor[concept] for concept in present if concept in by_anchor])
        complete = []
        for number in sorted(numbers):
            fired, rest, without = entries[number]
            for part in rest:
                if part.isdisjoint(present):
                    break
            else:
                if not without or without.isdisjoint(present):
                    complete.append(fired)
        if spread <= REACH:
            return complete
        return [
            fired if len(fired[0].parts) == 1 or _is_near(fired[0].parts, places) else Fired(fired[0], fired[1] * FAR)
            for fired in complete
        ]


_Entry = tuple[Fired, tuple[frozenset[str], ...], frozenset[str]]
"""What fires, the parts beside the rarest one, what must not be there."""


def _is_near(parts: tuple[frozenset[str], ...], places: Mapping[str, Sequence[Hit]]) -> bool:
    """Whether every part stands near the first one."""
    first, *others = ([hit for concept in part if concept in places for hit in places[concept]] for part in parts)
    for _, start, end in first:
        for other in others:
            for _, begin, to in other:
                if start - REACH <= to and begin <= end + REACH:
                    break
            else:
                break
        else:
            return True
    return False


def total(fired: Sequence[Fired]) -> float:
    """The points of one owner: the strongest pattern whole, each further one fading; what speaks against it off."""
    if len(fired) == 1:
        return fired[0][1]
    score, share = 0.0, 1.0
    for points in sorted([each[1] for each in fired], reverse=True):
        if points > 0:
            score += points * share
            share *= FADING
        else:
            score += points
    return score
