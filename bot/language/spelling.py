"""Mends what is no word: Telex and VNI slips, glued words, single wrong letters; against the words of the knowledge.

Second step of understanding. Only what is neither a known word nor a possible Vietnamese syllable is touched, so that
ordinary talk is never bent into the vocabulary of the guide. Everything is looked up in tables made at load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz.distance import OSA

from bot.language.normalise import CODE_WORDS, Word, fold, without_runs, word
from bot.language.tree import Remembered

_ONSET: Final = re.compile(r"[^aeiouy]*.?")
_TONE_KEYS: Final = {"s": "s", "f": "f", "r": "r", "x": "r", "j": "j", "z": ""} | dict(
    zip("12345", "sfrrj", strict=True)
)
_VNI_HATS: Final = {"6": "^", "7": "+", "8": "u", "9": "d"}
_LONGEST_GLUED: Final = 32
_LONGEST_SYLLABLE: Final = 7
_SHORTEST_FUZZY: Final = 4
_TWO_SLIPS_FROM: Final = 9
"""Words shorter than this may differ from a known word by one letter, longer ones by two."""


@dataclass(slots=True)
class Speller:
    """Turns a token into known words. `short` holds abbreviations, `known` every word of the knowledge."""

    short: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    syllables: re.Pattern[str]
    neighbours: frozenset[tuple[str, str]] = frozenset()
    """Words that stand side by side in the knowledge."""
    mends: bool = True
    """The knowledge itself is written as it is meant: its 'err' is no Telex slip of 'em'."""
    words: Mapping[str, tuple[Word, ...]] = field(init=False)
    """Token → the words that it stands for: one as a rule, several for an abbreviation or glued words."""
    _near: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.words = Remembered(self._read)
        for entry in sorted(self.known):
            if len(entry) >= _SHORTEST_FUZZY and entry.isalpha():
                for key in _shortened(entry):
                    self._near.setdefault(key, []).append(entry)

    def _read(self, token: str) -> tuple[Word, ...]:
        if token in CODE_WORDS:
            return (Word(token),)
        token = without_runs(token)
        folded = fold(token)
        spelled = self.short.get(token) or (self.short.get(folded) if folded == token else None)
        if spelled is not None:
            return tuple(word(part) for part in spelled)
        if folded in self.known or self.syllables.fullmatch(folded) or token.isdigit() or not folded.isascii():
            return (word(token),)
        return (self._mended(folded) if self.mends else ()) or (word(token),)

    def _mended(self, folded: str) -> tuple[Word, ...]:
        typed = keyed(folded)
        if typed.plain != folded and typed.plain:
            if typed.plain in self.short:
                return tuple(word(part) for part in self.short[typed.plain])
            if typed.plain in self.known or self.syllables.fullmatch(typed.plain):
                return (typed,)
        if len(folded) <= _LONGEST_GLUED:
            glued = self._split(folded)
            if glued:
                return glued
        near = self._nearest(folded)
        return (Word(near),) if near else ()

    def _split(self, folded: str) -> tuple[Word, ...]:
        """'hethanmatkhau' → 'het', 'han', 'mat', 'khau': known words, as few and as often side by side as can be."""
        best: list[tuple[int, tuple[str, ...]] | None] = [(0, ())] + [None] * len(folded)
        for end in range(1, len(folded) + 1):
            for start in range(max(0, end - _LONGEST_SYLLABLE), end):
                head, part = best[start], folded[start:end]
                if head is None or len(part) < 2 or part not in self.known:
                    continue
                cost, before = head
                cost += 1 if before and (before[-1], part) in self.neighbours else 2
                if (known := best[end]) is None or cost < known[0]:
                    best[end] = (cost, (*before, part))
        if (whole := best[-1]) is None or len(whole[1]) < 2:
            return ()
        return tuple(Word(part) for part in whole[1])

    def _nearest(self, folded: str) -> str:
        if not _SHORTEST_FUZZY <= len(folded) <= 24 or not folded.isalpha():
            return ""
        allowed = 2 if len(folded) >= _TWO_SLIPS_FROM else 1
        near = {entry for key in _shortened(folded) for entry in self._near.get(key, ())}
        scored = sorted((OSA.distance(folded, entry), entry) for entry in near)
        if not scored or scored[0][0] > allowed:
            return ""
        return scored[0][1]


def _shortened(entry: str) -> Iterable[str]:
    """The entry and every form of it with one letter left out: two words one slip apart share one of them."""
    yield entry
    for place in range(len(entry)):
        yield entry[:place] + entry[place + 1 :]


def keyed(typed: str) -> Word:
    """The word that Telex or VNI keys would have made, had the keyboard been on: 'dduwowcj' and 'd9uo7c5' → 'được'."""
    onset = _ONSET.match(typed)
    start = onset.end() if onset else 0
    letters: list[str] = []
    hats: list[str] = []
    tone = ""
    for place, key in enumerate(typed):
        if letters and key == letters[-1] and key in "aeod" and hats[-1] == ".":
            hats[-1] = "d" if key == "d" else "^"
        elif place and key == "w":
            _horn(letters, hats)
        elif place and key in _VNI_HATS:
            _hat(letters, hats, _VNI_HATS[key])
        elif place >= start and key in _TONE_KEYS:
            tone = _TONE_KEYS[key]
        else:
            letters.append(key)
            hats.append(".")
    marks = "".join(hats)
    return Word("".join(letters), tone, marks if marks.strip(".") else "")


def _horn(letters: list[str], hats: list[str]) -> None:
    if not any(letter in "uoa" for letter in letters):
        letters.append("u")
        hats.append(".")
    for place, letter in enumerate(letters):
        if letter in "uo":
            hats[place] = "+"
        elif letter == "a":
            hats[place] = "u"


def _hat(letters: list[str], hats: list[str], hat: str) -> None:
    wearers = {"^": "aeo", "+": "uo", "u": "a", "d": "d"}[hat]
    for place, letter in enumerate(letters):
        if letter in wearers:
            hats[place] = hat
