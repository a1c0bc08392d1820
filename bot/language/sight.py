"""Joins what a picture shows with what is written beside it. Words that say it all decide; a picture decides where they
only ask for help, or say hardly anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rapidfuzz.distance.Levenshtein import distance

from bot.language.codes import find_codes
from bot.model import Candidate, Meaning, Message, Reading

FEW_WORDS: Final = 6
"""So many words of ordinary talk say nothing against a picture that shows an error."""
CLEARLY_SHOWN: Final = 0.95
HINTED_AT: Final = 0.6
LIKELY: Final = 2.0
"""Points of a picture that shows more than some page."""
MISREAD: Final = 2
"""Letters of a code that may have been taken for others."""


def with_picture(meaning: Meaning, reading: Reading, word_count: int) -> Meaning:
    """`meaning` of the words, with the picture's codes and, where it decides, its error."""
    shown_codes = (read for read in reading.codes if not any(is_misread(read, typed) for typed in meaning.codes))
    meaning = replace(meaning, codes=tuple(dict.fromkeys((*meaning.codes, *shown_codes))))
    if reading.intent is None or not _decides(meaning, reading, word_count):
        return meaning
    shown = Candidate(reading.intent, CLEARLY_SHOWN if reading.clear else HINTED_AT)
    return replace(meaning, verdict="answer", candidates=(shown,), evidence=(*reading.screens, *meaning.evidence))


def alone(meaning: Meaning, reading: Reading | None) -> Meaning:
    """Of a picture that was sent to the bot itself, without a word: what likely shows an error is a call for help."""
    if reading is None or reading.intent is None or reading.score < LIKELY:
        return meaning
    return replace(meaning, verdict="answer", candidates=(Candidate(reading.intent, HINTED_AT),))


def asking(message: Message, meaning: Meaning, known: Sequence[str]) -> tuple[Message, Meaning]:
    """A code read in a picture that hardly differs from a known one is most likely that one: it is not taken, but asked
    for. Who means another dossier types its code."""
    reading = message.reading
    if reading is None:
        return message, meaning
    settled = {*known, *find_codes(message.text)}
    close = tuple(
        read for read in reading.codes if read not in settled and any(is_misread(read, code) for code in known)
    )
    seen = replace(
        reading,
        codes=tuple(read for read in reading.codes if read not in close),
        doubtful=tuple(dict.fromkeys((*reading.doubtful, *close))),
    )
    kept = tuple(code for code in meaning.codes if code not in close)
    return replace(message, reading=seen), replace(meaning, codes=kept)


def is_misread(read: str, code: str) -> bool:
    """Where `code` is right, `read` is what Tesseract may have made of it."""
    return distance(read, code) <= MISREAD


def _decides(meaning: Meaning, reading: Reading, word_count: int) -> bool:
    if meaning.verdict == "other-error":
        return True
    if meaning.verdict == "clarify":
        return reading.intent in {candidate.intent for candidate in meaning.candidates}
    return meaning.verdict == "silent" and reading.clear and word_count <= FEW_WORDS and not meaning.small_talk
