"""What a text holds that may speak for a meaning: its words, the concepts in them, the patterns that they complete.

Third step of understanding, after `normalise` and the lexicon; `learning` weighs what is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.language.knowledge import Knowledge
from bot.language.lexicon import Hit, Token
from bot.language.patterns import Fired, PatternIndex, total
from bot.model import IntentId

WORD: Final = "word:"
ALWAYS: Final = "always"
QUESTION: Final = "question"
WORD_WEIGHT: Final = 0.5
"""A word, or a pair of words, says half of what a concept says."""


@dataclass(frozen=True, slots=True)
class Evidence:
    tokens: tuple[Token, ...]
    hits: tuple[Hit, ...]
    fired: tuple[Fired, ...]
    points: Mapping[str, float]
    """Owner → what its patterns add up to."""
    anchored: bool
    """It names a thing of the system."""
    features: Mapping[str, float]
    """What examples teach about: 'word:…', 'pair:…', 'concept:…'."""
    word_count: int
    """Different words."""


class Reader:
    """Finds the evidence in a text. Compiled once from the knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._lexicon = knowledge.lexicon
        self._anchors = knowledge.anchors
        patterns = [pattern for intent in knowledge.intents.values() for pattern in intent.patterns]
        self._patterns = PatternIndex([*patterns, *knowledge.shared])

    def read(self, text: str) -> Evidence:
        tokens = self._lexicon.tokens(text)
        hits = self._lexicon.hits(tokens)
        fired = self._patterns.fired(hits)
        return Evidence(
            tokens=tuple(tokens),
            hits=tuple(hits),
            fired=tuple(fired),
            points=_points(fired),
            anchored=any(hit.concept in self._anchors for hit in hits),
            features=_features(tokens, hits, "?" in text),
            word_count=len({token.word.plain for token in tokens}),
        )


def _points(fired: Iterable[Fired]) -> dict[str, float]:
    by_owner: dict[str, list[Fired]] = {}
    for each in fired:
        by_owner.setdefault(each.pattern.owner, []).append(each)
    return {IntentId(owner): total(its) for owner, its in by_owner.items()}


def _features(tokens: list[Token], hits: list[Hit], is_question: bool) -> dict[str, float]:
    found = {ALWAYS: 1.0}
    if is_question:
        found[QUESTION] = 1.0
    before = ""
    for token in tokens:
        plain = token.word.plain
        found[WORD + plain] = WORD_WEIGHT
        if before:
            found[f"pair:{before} {plain}"] = WORD_WEIGHT
        before = plain
    for hit in hits:
        found[f"concept:{hit.concept}"] = 1.0
    return found
