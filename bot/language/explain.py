"""Why a text is understood as it is, in a form that tells an editor what to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.language.intent import SILENCE
from bot.language.matcher import Matcher
from bot.model import Meaning

SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Explanation:
    text: str
    words: tuple[str, ...]
    """As they were read: abbreviations written out, slips mended."""
    concepts: tuple[str, ...]
    meaning: Meaning
    chances: tuple[tuple[str, float], ...]
    """(meaning, probability), the likeliest first."""
    patterns: tuple[tuple[str, str, float], ...]
    """(owner, pattern, points) of every pattern that fired."""
    versus: str
    weights: tuple[tuple[str, float], ...]
    """(feature, weight): what the examples say for the likeliest meaning rather than for `versus`."""
    because: str


def explain(matcher: Matcher, text: str) -> Explanation:
    evidence = matcher.reader.read(text)
    chances = sorted(matcher.weights.probabilities(evidence).items(), key=lambda item: -item[1])
    best, versus = chances[0][0], chances[1][0]
    meaning = matcher.understand(text)
    return Explanation(
        text=text,
        words=tuple(word.plain for word in evidence.words),
        concepts=tuple(evidence.places),
        meaning=meaning,
        chances=tuple((label, round(chance, 4)) for label, chance in chances[:SHOWN]),
        patterns=tuple(
            (fired.pattern.owner, fired.pattern.text, round(fired.points, 2))
            for fired in sorted(evidence.fired, key=lambda fired: (fired.pattern.owner, -fired.points))
        ),
        versus=versus,
        weights=tuple(
            (feature, round(weight, 2))
            for feature, weight in matcher.weights.contributions(evidence, best, versus)[:SHOWN]
        ),
        because=_because(meaning, dict(chances)),
    )


def _because(meaning: Meaning, chances: dict[str, float]) -> str:
    if meaning.verdict == "answer":
        return f"'{meaning.intent}' is likely enough and its patterns fired"
    if meaning.verdict == "clarify":
        return "two errors are close: the person is asked which"
    if meaning.verdict == "other-error":
        return "a request for help that no documented error explains"
    if chances[SILENCE] >= max(chance for label, chance in chances.items() if label != SILENCE):
        return "silent: ordinary talk is the likeliest meaning"
    return "silent: too little speaks for any error (its patterns did not fire, or silence is nearly as likely)"
