"""What a text holds that may speak for a meaning: its words, the concepts in them, the patterns that they complete.

Third step of understanding, after `normalise` and the lexicon; `learning` weighs what is found here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from bot.language.knowledge import Knowledge
from bot.language.normalise import Word
from bot.language.patterns import POINTS, Fired, PatternIndex, total
from bot.language.tree import Hit
from bot.model import OTHER_ERROR

CERTAIN: Final = POINTS["certain"]


class Evidence(NamedTuple):
    words: tuple[Word, ...]
    places: Mapping[str, Sequence[Hit]]
    """Concept → where it was found, in the order of the words."""
    facts: tuple[Hit, ...]
    fired: tuple[Fired, ...]
    points: Mapping[str, float]
    """Owner → what its patterns add up to."""
    small_talk: frozenset[str]
    anchored: bool
    """It names a thing of the system."""
    is_question: bool
    certain: bool
    """A pattern fired that leaves no room for other errors."""


class Reader:
    """Finds the evidence in a text. Compiled once from the knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._lexicon = knowledge.lexicon
        self._anchors = knowledge.anchors
        patterns = [pattern for intent in knowledge.intents.values() for pattern in intent.patterns]
        self._patterns = PatternIndex([*patterns, *knowledge.shared, *knowledge.small_talk])
        self._small_talk = frozenset(pattern.owner for pattern in knowledge.small_talk)

    def read(self, text: str) -> Evidence:
        sentences = self._lexicon.read(text)
        hits, facts = self._lexicon.hits(sentences)
        places: dict[str, list[Hit]] = {}
        for hit in hits:
            places.setdefault(hit[0], []).append(hit)
        by_owner: dict[str, list[Fired]] = {}
        certain = False
        spread = hits[-1][1] - hits[0][1] if hits else 0
        for fired in self._patterns.fired(places, spread):
            pattern, points = fired
            by_owner.setdefault(pattern.owner, []).append(fired)
            certain = certain or points >= CERTAIN
        talk = self._small_talk.intersection(by_owner)
        for kind in talk:
            del by_owner[kind]
        if certain:
            by_owner.pop(OTHER_ERROR, None)
        return Evidence(
            # tuple() begins with ten places where it is not told how many it needs; CPython keeps what it then cuts
            # to size for tuples to come, 2,000 of each length: megabytes
            words=(*chain.from_iterable(sentences),),
            places=places,
            facts=tuple(facts),
            fired=(*chain.from_iterable(by_owner.values()),),
            points={owner: total(its) for owner, its in by_owner.items()},
            small_talk=talk,
            anchored=not self._anchors.isdisjoint(places),
            is_question="?" in text,
            certain=certain,
        )
