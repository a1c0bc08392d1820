"""What a text holds that may speak for a meaning: its words, the concepts in them, the patterns that they complete.

Third step of understanding, after `normalise` and the lexicon; `learning` weighs what is found here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

from bot.language.knowledge import Knowledge
from bot.language.lexicon import Hit
from bot.language.normalise import Word
from bot.language.patterns import POINTS, Fired, PatternIndex, total
from bot.model import OTHER_ERROR

WORD: Final = "word:"
ALWAYS: Final = "always"
QUESTION: Final = "question"
WORD_WEIGHT: Final = 0.5
"""A word, or a pair of words, says half of what a concept says."""
APART_WEIGHT: Final = 0.3
"""Two words with one between them say less: 'không … được' is there, and much that is chance."""


@dataclass(frozen=True, slots=True)
class Evidence:
    words: tuple[Word, ...]
    hits: tuple[Hit, ...]
    fired: tuple[Fired, ...]
    points: Mapping[str, float]
    """Owner → what its patterns add up to."""
    small_talk: frozenset[str]
    anchored: bool
    """It names a thing of the system."""
    features: Mapping[str, float]
    """What examples teach about: 'word:…', 'pair:…', 'apart:…', 'first:…', 'last:…', 'concept:…', with the amount of
    each. How a message begins and ends tells a request from news."""
    certain: bool
    """A pattern fired that leaves no room for other errors."""
    word_count: int
    """Different words."""


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
        hits = self._lexicon.hits(sentences)
        by_owner: dict[str, list[Fired]] = {}
        for fired in self._patterns.fired(hits):
            by_owner.setdefault(fired.pattern.owner, []).append(fired)
        talk = self._small_talk.intersection(by_owner)
        for kind in talk:
            del by_owner[kind]
        certain = any(fired.points >= POINTS["certain"] for its in by_owner.values() for fired in its)
        if certain:
            by_owner.pop(OTHER_ERROR, None)
        words = {WORD + word.plain: WORD_WEIGHT for sentence in sentences for word in sentence}
        return Evidence(
            words=tuple(chain.from_iterable(sentences)),
            hits=tuple(hits),
            fired=tuple(chain.from_iterable(by_owner.values())),
            points={owner: total(its) for owner, its in by_owner.items()},
            small_talk=talk,
            anchored=not self._anchors.isdisjoint([hit.concept for hit in hits]),
            features=words | _more_features(sentences, hits, "?" in text),
            certain=certain,
            word_count=len(words),
        )


def _more_features(sentences: list[list[Word]], hits: list[Hit], is_question: bool) -> dict[str, float]:
    found = {"concept:" + hit.concept: 1.0 for hit in hits}
    words = [word.plain for word in chain.from_iterable(sentences)]
    for one, other in pairwise(words):
        found[f"pair:{one} {other}"] = WORD_WEIGHT
    for one, other in zip(words, words[2:], strict=False):
        found[f"apart:{one} {other}"] = APART_WEIGHT
    if words:
        found["first:" + words[0]] = found["last:" + words[-1]] = WORD_WEIGHT
    found[ALWAYS] = 1.0
    if is_question:
        found[QUESTION] = 1.0
    return found
