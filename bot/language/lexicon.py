"""The shared vocabulary: abbreviations, concepts and their many names, possible syllables; read from intents/common/.

A concept ('ký số', 'không được') is a set of ways to say one thing. Patterns are built from concepts, so that one new
way of saying it reaches every intent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, pairwise
from operator import itemgetter
from typing import Final

from bot.language.normalise import BARE, Word, cleaned, parts, sentences, word
from bot.language.spelling import Speller
from bot.language.tree import Hit, Remembered, Tree

GAP: Final = ".."
"""In a way of saying something: up to GAP_WORDS other words may stand here, 'không .. được'."""
GAP_WORDS: Final = 5
UNLESS: Final = "!"
"""Before a concept among the ways of another: where the two share a word, only that one is meant. 'được rồi' says that
it is done, but not in 'không ký được rồi'."""
MARKED_SHARE: Final = 0.35
"""Someone who puts marks on more than this share of the words means a bare word to be bare: 'trang' is not 'trắng'."""

_CONCEPT, _HALF, _FACT = range(3)
"""What the words of a text may say: a concept, one half of a way with a gap, a branch fact."""

_Words = tuple[Word, ...]
_Piece = tuple[_Words, tuple[_Words, ...], int]
"""What is typed between two spaces: the words before the first end of a sentence in it, those after each, and how many
of all have marks."""


class Lexicon:
    """Ways of saying things, compiled for lookup. `ways` maps a concept to its ways; more may be added by patterns."""

    def __init__(
        self, short: Mapping[str, str], ways: Mapping[str, Sequence[str]], onsets: Iterable[str], rhymes: Iterable[str]
    ) -> None:
        self.ways = {
            concept: tuple(way for way in said if not way.startswith(UNLESS)) for concept, said in ways.items()
        }
        self._unless = {
            concept: way.removeprefix(UNLESS).strip()
            for concept, said in ways.items()
            for way in said
            if way.startswith(UNLESS)
        }
        self._short = {key: tuple(chain.from_iterable(sentences(value))) for key, value in short.items()}
        onset, rhyme = ("|".join(sorted(parts, key=len, reverse=True)) for parts in (onsets, rhymes))
        self._syllable = re.compile(f"(?:{onset})?(?:{rhyme})")
        self._tree = Tree(kinds=3)
        self._pairs: dict[str, dict[str, list[str]]] = {}
        """First half of a way with a gap → what must follow → the concepts that are then found."""
        self._named: dict[str, str] = {}
        for concept in self.ways:
            self._named.setdefault(concept, concept)
        self._plain_speller = Speller(self._short, frozenset(), self._syllable, mends=False)
        self.speller = self._plain_speller
        self._bare: dict[str, Word] = {}
        self._pieces = Remembered(self._read_piece)
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
        spelled = self._tree.spelled
        self._bare = {plain: Word(plain, BARE) for plain, words in spelled.items() if not all(w.marked for w in words)}
        known = spelled.keys() | {part for parts in self._short.values() for part in (word(p).plain for p in parts)}
        self.speller = Speller(self._short, frozenset(known), self._syllable, frozenset(self._neighbours))

    def _add(self, concept: str, way: str) -> None:
        halves = [half.strip() for half in way.split(GAP)]
        if len(halves) == 1:
            self._grow(concept, way)
            return
        for half in halves:
            self._grow(half, half, _HALF)
        self._pairs.setdefault(halves[0], {}).setdefault(halves[1], []).append(concept)

    def _grow(self, what: str, phrase: str, kind: int = _CONCEPT) -> None:
        spelled = self._plain_speller.words
        words = [each for tokens in sentences(phrase) for token in tokens for each in spelled[token]]
        if not words:
            return
        self._neighbours.update(pairwise([each.plain for each in words]))
        self._tree.add(words, kind, what)

    def add_fact(self, fact: str, said: str) -> None:
        """After `close`: a way to state a fact is typed like a message."""
        self._tree.add(tuple(chain.from_iterable(self.read(said))), _FACT, fact)

    def read(self, text: str) -> list[list[Word]]:
        """The sentences of a message, abbreviations written out and slips mended."""
        found: list[list[Word]] = []
        sentence: list[Word] = []
        pieces, marked, count = self._pieces, 0, 0
        for typed in cleaned(text).replace("\n", " \n ").split(" "):
            words, further, its_marked = pieces[typed]
            marked += its_marked
            sentence += words
            for words in further:
                if sentence:
                    count += len(sentence)
                    found.append(sentence)
                sentence = [*words]
        if sentence:
            count += len(sentence)
            found.append(sentence)
        if marked <= MARKED_SHARE * count:
            return found
        bare = self._bare
        return [[each if each[1] or each[2] else bare.get(each[0], each) for each in sentence] for sentence in found]

    def _read_piece(self, typed: str) -> _Piece:
        words = self.speller.words
        said, *further = (tuple([each for token in tokens for each in words[token]]) for tokens in parts(typed))
        return said, tuple(further), sum(each.marked for each in chain(said, *further))

    def hits(self, text: Sequence[list[Word]]) -> tuple[list[Hit], list[Hit]]:
        """The concepts of a message and the facts that it states, with their places, in the order of the words."""
        found, halves, facts = self._tree.hits(text)
        if halves:
            found.extend(self._joined(halves))
            found.sort(key=itemgetter(1))
        return [hit for hit in found if hit[0] not in self._unless or not self._is_undone(hit, found)], facts

    def _is_undone(self, hit: Hit, found: Sequence[Hit]) -> bool:
        concept, start, end = hit
        undoes = self._unless[concept]
        return any(other == undoes and begin < end and start < to for other, begin, to in found)

    def _joined(self, halves: Sequence[Hit]) -> Iterable[Hit]:
        for at, (first, start, end) in enumerate(halves, 1):
            followers = self._pairs.get(first)
            if followers is None:
                continue
            met: set[str] = set()
            for second, begin, to in islice(halves, at, None):
                if begin > end + GAP_WORDS:
                    break
                if begin >= end and second in followers and second not in met:
                    met.add(second)
                    for concept in followers[second]:
                        yield concept, start, to
