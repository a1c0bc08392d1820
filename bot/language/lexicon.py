"""The shared vocabulary: abbreviations, concepts and their many names, possible syllables; read from intents/common/.

A concept ('ký số', 'không được') is a set of ways to say one thing. Patterns are built from concepts, so that one new
way of saying it reaches every intent. Ways are kept in a tree of words: looking them up costs the same for ten or for
ten thousand of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from bot.language.normalise import BARE, CODE_WORDS, Word, pieces, word
from bot.language.spelling import Speller

GAP: Final = ".."
"""In a way of saying something: up to GAP_WORDS other words may stand here, 'không .. được'."""
GAP_WORDS: Final = 5
MARKED_SHARE: Final = 0.35
"""Someone who puts marks on more than this share of the words means a bare word to be bare: 'trang' is not 'trắng'."""


class Token(NamedTuple):
    word: Word
    sentence: int


class Hit(NamedTuple):
    """A concept found in a text, from word `start` up to `end`."""

    concept: str
    start: int
    end: int


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    ends: list[tuple[str, tuple[Word, ...], bool]] = field(default_factory=list)
    """Concept, the words of the way that ends here, and whether they are only a part of it."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """The second half of a way with a gap: what must follow, and the concept that is then found."""

    follower: str
    concept: str


class Lexicon:
    """Ways of saying things, compiled for lookup. `ways` maps a concept to its ways; more may be added by patterns."""

    def __init__(
        self, short: Mapping[str, str], ways: Mapping[str, Sequence[str]], onsets: Iterable[str], rhymes: Iterable[str]
    ) -> None:
        self.ways = {concept: tuple(said) for concept, said in ways.items()}
        self._short = {key: tuple(piece.text for piece in pieces(value)) for key, value in short.items()}
        onset, rhyme = ("|".join(sorted(parts, key=len, reverse=True)) for parts in (onsets, rhymes))
        self._syllable = re.compile(f"(?:{onset})?(?:{rhyme})")
        self._root = _Node()
        self._pairs: dict[str, list[_Pair]] = {}
        self._named: dict[str, str] = {}
        for concept in self.ways:
            self._named.setdefault(concept, concept)
        self._plain_speller = Speller(self._short, frozenset(), self._syllable)
        self.speller = self._plain_speller
        self._known: set[str] = set()
        self._bare: dict[str, Word] = {}
        self._neighbours: set[tuple[str, str]] = set()
        for concept, said in self.ways.items():
            for way in said:
                self._add(concept, way)

    def concept_of(self, said: str) -> str:
        """The concept that a part of a pattern names; a phrase that no concept holds becomes one by itself."""
        said = " ".join(said.split())
        concept = self._named.get(said)
        if concept is None:
            concept = self._named[said] = said
            self.ways[concept] = (said,)
            self._add(concept, said)
        return concept

    def close(self) -> None:
        """Called once when all patterns are compiled: from here on slips are mended against every known word."""
        known = self._known | {part for parts in self._short.values() for part in (word(p).plain for p in parts)}
        self.speller = Speller(self._short, frozenset(known), self._syllable, frozenset(self._neighbours))

    def _add(self, concept: str, way: str) -> None:
        halves = [half.strip() for half in way.split(GAP)]
        if len(halves) == 1:
            self._grow(concept, way)
            return
        for index, half in enumerate(halves[:-1]):
            self._grow(_half(half), half)
            follower = halves[index + 1]
            self._grow(_half(follower), follower)
        self._pairs.setdefault(_half(halves[0]), []).append(_Pair(_half(halves[1]), concept))

    def _grow(self, concept: str, phrase: str) -> None:
        words = tuple(token.word for token in self._read(phrase, self._plain_speller))
        if not words:
            return
        node = self._root
        self._neighbours.update(pairwise(each.plain for each in words))
        for each in words:
            self._known.add(each.plain)
            if not each.marked:
                self._bare[each.plain] = Word(each.plain, BARE)
            node = node.children.setdefault(each.plain, _Node())
        end = (concept, words, concept.startswith(GAP))
        if end not in node.ends:
            node.ends.append(end)

    @staticmethod
    def _read(text: str, speller: Speller) -> list[Token]:
        found: list[Token] = []
        for piece in pieces(text):
            if piece.text in CODE_WORDS:
                found.append(Token(Word(piece.text), piece.sentence))
            else:
                found.extend(Token(each, piece.sentence) for each in speller.words(piece.text))
        return found

    def tokens(self, text: str) -> list[Token]:
        """The words of a message, abbreviations written out and slips mended."""
        found = self._read(text, self.speller)
        if sum(token.word.marked for token in found) <= MARKED_SHARE * len(found):
            return found
        bare = self._bare
        return [
            Token(Word(token.word.plain, BARE), token.sentence)
            if token.word.plain in bare and not token.word.marked
            else token
            for token in found
        ]

    def hits(self, tokens: Sequence[Token]) -> list[Hit]:
        """Every concept of a message with its place, in the order of the words."""
        found: list[Hit] = []
        halves: list[Hit] = []
        words = [token.word for token in tokens]
        for start, token in enumerate(tokens):
            node, end = self._root, start
            while (child := node.children.get(words[end].plain)) is not None:
                node = child
                end += 1
                for concept, way, is_half in node.ends:
                    if all(map(Word.meets, words[start:end], way)):
                        (halves if is_half else found).append(Hit(concept, start, end))
                if end == len(tokens) or tokens[end].sentence != token.sentence:
                    break
        if halves:
            found.extend(self._joined(halves))
        return found

    def _joined(self, halves: list[Hit]) -> Iterable[Hit]:
        for first in halves:
            for pair in self._pairs.get(first.concept, ()):
                for second in halves:
                    if second.concept == pair.follower and 0 <= second.start - first.end <= GAP_WORDS:
                        yield Hit(pair.concept, first.start, second.end)
                        break


def _half(phrase: str) -> str:
    return f"{GAP}{phrase}"
