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

from bot.language.normalise import Word, fold, word

_VNI: Final = re.compile(r"[0-9]")
_TELEX_TONE: Final = re.compile(r"[sfrxjzw]")
_ONSET: Final = re.compile(r"[^aeiouy]*.?")
_TELEX_PAIRS: Final = (
    ("aa", "a"),
    ("ee", "e"),
    ("oo", "o"),
    ("dd", "d"),
    ("uow", "uo"),
    ("aw", "a"),
    ("ow", "o"),
    ("uw", "u"),
)
_LONGEST_GLUED: Final = 32
_SHORTEST_FUZZY: Final = 4
_TWO_SLIPS_FROM: Final = 9
"""Words shorter than this may differ from a known word by one letter, longer ones by two."""


@dataclass(slots=True)
class Speller:
    """Turns a token into known words. `short` holds abbreviations, `known` every word of the knowledge."""

    short: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    syllables: re.Pattern[str]
    _near: dict[str, list[str]] = field(default_factory=dict)
    _cache: dict[str, tuple[Word, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in sorted(self.known):
            if len(entry) >= _SHORTEST_FUZZY and entry.isalpha():
                for key in _shortened(entry):
                    self._near.setdefault(key, []).append(entry)

    def words(self, token: str) -> tuple[Word, ...]:
        """The words that a token stands for: one as a rule, several for an abbreviation or glued words."""
        found = self._cache.get(token)
        if found is None:
            if len(self._cache) > 50_000:
                self._cache.clear()
            found = self._cache[token] = self._read(token)
        return found

    def _read(self, token: str) -> tuple[Word, ...]:
        folded = fold(token)
        spelled = self.short.get(token) or (self.short.get(folded) if folded == token else None)
        if spelled is not None:
            return tuple(word(part) for part in spelled)
        if folded in self.known or self.syllables.fullmatch(folded) or token.isdigit() or not folded.isascii():
            return (word(token),)
        return self._mended(folded) or (word(token),)

    def _mended(self, folded: str) -> tuple[Word, ...]:
        for typed in (_telex(folded), _vni(folded)):
            if typed != folded and typed:
                if typed in self.short:
                    return tuple(word(part) for part in self.short[typed])
                if typed in self.known or self.syllables.fullmatch(typed):
                    return (Word(typed),)
        if len(folded) <= _LONGEST_GLUED:
            glued = self._split(folded)
            if glued:
                return glued
        near = self._nearest(folded)
        return (Word(near),) if near else ()

    def _split(self, folded: str) -> tuple[Word, ...]:
        """'hethanmatkhau' → 'het', 'han', 'mat', 'khau'; every part must be known, the fewest parts win."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(folded)
        for end in range(1, len(folded) + 1):
            for start in range(max(0, end - 7), end):
                head, part = best[start], folded[start:end]
                if head is None or len(part) < 2 or part not in self.known:
                    continue
                if best[end] is None or len(head) + 1 < len(best[end] or ()):
                    best[end] = (*head, part)
        parts = best[-1]
        return tuple(Word(part) for part in parts) if parts and len(parts) > 1 else ()

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


def _telex(folded: str) -> str:
    for pair, letter in _TELEX_PAIRS:
        folded = folded.replace(pair, letter)
    onset = _ONSET.match(folded)
    start = onset.end() if onset else 0
    return folded[:start] + _TELEX_TONE.sub("", folded[start:])


def _vni(folded: str) -> str:
    return _VNI.sub("", folded) if folded[:1].isalpha() else folded
