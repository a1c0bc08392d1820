"""The last step of understanding: from the evidence in a text to its Meaning, and to one of four verdicts.

Silence is the rule: the bot speaks about a documented error when it is sure, asks when two errors are close, offers a
ticket when it is sure that somebody asks for help with something else. The thresholds are chosen on labelled messages;
tests/bench/understanding.md shows the curve that they come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final, cast

from bot.language.codes import find_codes
from bot.language.evidence import Evidence, Reader
from bot.language.intent import SILENCE
from bot.language.knowledge import Knowledge
from bot.language.learning import Learnt, Weights
from bot.language.lessons import learn_from
from bot.language.normalise import fold
from bot.language.screens import read_screens
from bot.language.sight import with_picture
from bot.language.slots import SlotReader
from bot.model import OTHER_ERROR, Candidate, IntentId, Meaning, Reading, SmallTalk, Verdict

SPEAK: Final = 0.82
"""Together, everything but silence must be at least this probable before the bot speaks."""
SURE: Final = 0.9
"""The share that the likeliest error must have among all errors; with less, a close one is asked about, too."""
DOUBT: Final = 0.2
"""So probable, what may be a complaint is shown to those who teach the bot: one in seventy of everyday comments."""
CLOSE: Final = 0.05
"""An error with at least this share is close."""
CONTRADICTED: Final = 3.0
"""So many more points for another error than for the likeliest one make the bot ask."""
CLEAR_POINTS: Final = 2.0
CLEAR: Final = 0.95
"""When the text names no thing of the system, either patterns must say so much for what the bot would speak about, or
it must be so probable: everyday talk seldom is."""
WARMING: Final = 16
"""One example in so many is read when a matcher is made: what a word stands for is worked out when it is first met, and
the first messages are not to wait for it."""
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

    def __init__(self, knowledge: Knowledge, learn: Callable[[Reader], Learnt] | None = None) -> None:
        """`learn` says what is learnt from this knowledge, or knows it already: learning takes seconds."""
        self.knowledge = knowledge
        self.reader = Reader(knowledge)
        for _, text in islice(knowledge.labelled_examples(), 0, None, WARMING):
            self.reader.read(text)
        self.learnt = learn(self.reader) if learn else learn_from(knowledge, self.reader)
        self.weights = Weights(self.learnt)
        self._slots = SlotReader(knowledge)

    def look(self, text: str) -> Reading | None:
        """What a picture shows in which this text was read."""
        return read_screens(text, self.knowledge.screens, SILENCE)

    def understand(self, text: str, reading: Reading | None = None) -> Meaning:
        """`reading` is what the pictures beside the text show."""
        meaning = self._said(text)
        return with_picture(meaning, reading, len(text.split())) if reading else meaning

    def _said(self, text: str) -> Meaning:
        evidence = self.reader.read(text)
        chances = self.weights.probabilities(evidence)
        ranked = self._ranked(chances)
        best = ranked[0][1]
        verdict = _verdict(ranked, chances, evidence)
        return Meaning(
            verdict=verdict,
            candidates=_candidates(ranked, evidence),
            codes=find_codes(text),
            small_talk=cast(frozenset[SmallTalk], evidence.small_talk),
            number=_number(text),
            slots=self._slots.read(evidence.facts),
            evidence=tuple([fired.pattern.text for fired in evidence.fired if fired.pattern.owner == best]),
            doubtful=verdict == "silent" and evidence.anchored and 1.0 - chances[SILENCE] >= DOUBT,
        )

    def _ranked(self, chances: Mapping[str, float]) -> list[tuple[float, IntentId]]:
        """The documented errors with their probabilities, the likeliest first; never empty."""
        intents = self.knowledge.intents
        found = [(chance, cast(IntentId, label)) for label, chance in chances.items() if label in intents]
        return sorted(found, reverse=True) or [(0.0, next(iter(intents)))]


def _verdict(ranked: Sequence[tuple[float, IntentId]], chances: Mapping[str, float], evidence: Evidence) -> Verdict:
    """Judges a text as a fresh group message by an official."""
    first, best = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    errors, other, silence = sum(chance for chance, _ in ranked), chances[OTHER_ERROR], chances[SILENCE]
    if 1.0 - silence < SPEAK or max(first, other) < silence:
        return "silent"
    spoken_of = OTHER_ERROR if other > errors else best
    is_clear = evidence.points.get(spoken_of, 0.0) >= CLEAR_POINTS or chances[spoken_of] > CLEAR
    if not evidence.anchored and not is_clear:
        return "silent"
    if other > errors:
        return "other-error"
    is_close = first < SURE * errors and second > CLOSE * errors
    return "clarify" if is_close or _patterns_name(best, evidence) != best else "answer"


def _patterns_name(best: IntentId, evidence: Evidence) -> str:
    """The error that patterns name while they say little for the likeliest one: two errors in one text."""
    named = max(
        (owner for owner in evidence.points if owner not in (OTHER_ERROR, SILENCE)),
        key=evidence.points.__getitem__,
        default=best,
    )
    return named if evidence.points.get(named, 0.0) - evidence.points.get(best, 0.0) >= CONTRADICTED else best


def _candidates(ranked: Sequence[tuple[float, IntentId]], evidence: Evidence) -> tuple[Candidate, ...]:
    close = CLOSE * sum(chance for chance, _ in ranked)
    return tuple(
        [
            Candidate(intent, round(chance, 4))
            for chance, intent in ranked[:MOST_CANDIDATES]
            if evidence.points.get(intent, 0.0) > 0 or chance > (close if evidence.anchored else CLEAR)
        ]
    )


def _number(text: str) -> int | None:
    """The choice that a text consists of."""
    if len(text) > LONGEST_NUMBER_ANSWER:
        return None
    match = _NUMBER.fullmatch(fold(text).strip(" .!,"))
    if match is None:
        return None
    return _NUMBERS.get(match[1]) or int(match[1])
