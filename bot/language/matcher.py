"""The last step of understanding: from the evidence in a text to its Meaning, and to one of four verdicts.

Silence is the rule: the bot speaks about a documented error when it is sure, asks when two errors are close, offers a
ticket when it is sure that somebody asks for help with something else. The thresholds are chosen on labelled messages;
tests/bench/understanding.md shows the curve that they come from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from bot.language.codes import find_codes
from bot.language.evidence import Evidence, Reader
from bot.language.knowledge import SILENCE, Knowledge
from bot.language.learning import Example, Weights
from bot.language.normalise import fold
from bot.language.patterns import PatternIndex
from bot.language.slots import SlotReader
from bot.model import OTHER_ERROR, Candidate, Meaning, SmallTalk, Verdict

SPEAK: Final = 0.7
"""Together, everything but silence must be at least this probable before the bot speaks."""
SURE: Final = 0.85
"""The share that the likeliest error must have among all errors; with less, a close one is asked about, too."""
CLOSE: Final = 0.12
"""An error with at least this share is close."""
CLEAR_POINTS: Final = 2.0
"""What patterns must say when the text names no thing of the system: examples alone do not make the bot speak."""
MOST_CANDIDATES: Final = 3
LONGEST_NUMBER_ANSWER: Final = 24

_NUMBER: Final = re.compile(
    r"(?:(?:so|muc|cai|lua chon|chon|y|loi|cau|thu|da|so may)\s+){0,3}"
    r"(\d|mot|hai|ba|bon|nhat|tu)[.)]?"
    r"(?:\s+(?:a|nha|nhe|em|anh|do|ban|ad))*"
)
_NUMBERS: Final = {"mot": 1, "nhat": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4}


class Matcher:
    """Understands texts. Holds no state between them; everything is prepared when it is made."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.reader = Reader(knowledge)
        labels = [*knowledge.intents, OTHER_ERROR, SILENCE]
        examples = [
            Example(label, self.reader.read(typed))
            for label, text in knowledge.labelled_examples()
            for typed in _ways_to_type(text)
        ]
        self.weights = Weights(labels, examples)
        self._small_talk = PatternIndex(knowledge.small_talk)
        self._slots = SlotReader(knowledge)

    def understand(self, text: str) -> Meaning:
        evidence = self.reader.read(text)
        chances = self.weights.probabilities(evidence)
        candidates = self._candidates(chances, evidence)
        best = candidates[0].intent if candidates else None
        return Meaning(
            verdict=self.verdict(chances, evidence),
            candidates=candidates,
            codes=find_codes(text),
            small_talk=self._talk(evidence),
            number=_number(text),
            slots=self._slots.read(evidence.tokens),
            evidence=tuple(fired.pattern.text for fired in evidence.fired if fired.pattern.owner == best),
        )

    def verdict(self, chances: Mapping[str, float], evidence: Evidence) -> Verdict:
        """Judges a text as a fresh group message by an official."""
        ranked = sorted(((chances[intent], intent) for intent in self.knowledge.intents), reverse=True)
        first, best = ranked[0]
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        errors, other, silence = sum(chance for chance, _ in ranked), chances[OTHER_ERROR], chances[SILENCE]
        if 1.0 - silence < SPEAK or max(first, other) < silence:
            return "silent"
        spoken_of = OTHER_ERROR if other > errors else best
        if not evidence.anchored and evidence.points.get(spoken_of, 0.0) < CLEAR_POINTS:
            return "silent"
        if other > errors:
            return "other-error"
        return "clarify" if first < SURE * errors and second > CLOSE * errors else "answer"

    def _candidates(self, chances: Mapping[str, float], evidence: Evidence) -> tuple[Candidate, ...]:
        ranked = sorted(self.knowledge.intents, key=lambda intent: -chances[intent])[:MOST_CANDIDATES]
        close = CLOSE * sum(chances[intent] for intent in self.knowledge.intents)
        return tuple(
            Candidate(intent, round(chances[intent], 4))
            for intent in ranked
            if evidence.points.get(intent, 0.0) > 0 or (evidence.anchored and chances[intent] > close)
        )

    def _talk(self, evidence: Evidence) -> frozenset[SmallTalk]:
        return frozenset(fired.pattern.owner for fired in self._small_talk.fired(evidence.hits))  # type: ignore[misc]


def _ways_to_type(text: str) -> tuple[str, ...]:
    """As written, and as on a phone without marks: both must teach the same."""
    return tuple(dict.fromkeys((text, fold(unicodedata.normalize("NFC", text)))))


def _number(text: str) -> int | None:
    """The choice that a text consists of."""
    if len(text) > LONGEST_NUMBER_ANSWER:
        return None
    match = _NUMBER.fullmatch(fold(text).strip(" .!,"))
    if match is None:
        return None
    return _NUMBERS.get(match[1]) or int(match[1])
