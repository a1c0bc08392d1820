"""Groups texts that ask the same in nearly the same words, so that somebody reads each question once.

Works on the words as the matcher reads them: spelling mended, marks and order left aside. Two texts are alike when they
share most of their words; only texts that share a rare word are compared, so 20,000 of them take a moment.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.language.codes import CODE, plain

ALIKE: Final = 0.6
"""The share of all their words that two texts have in common."""

Words = frozenset[str]


def grouped(texts: Sequence[str], read: Callable[[str], Iterable[str]]) -> list[list[int]]:
    """The places of the texts in groups, the largest first; `read` gives the words of a text."""
    same: dict[Words, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        same[frozenset(read(CODE.sub(" ", plain(text))))].append(place)
    common = Counter(word for words in same for word in words)
    leaders: list[Words] = []
    led_by: dict[str, list[int]] = defaultdict(list)
    groups: list[list[int]] = []
    for words, places in sorted(same.items(), key=lambda item: -len(item[1])):
        rare = sorted(words, key=lambda word: (common[word], word))[: _telling(len(words))]
        leader = _nearest(words, dict.fromkeys(number for word in rare for number in led_by[word]), leaders)
        if leader is not None:
            groups[leader] += places
            continue
        for word in rare:
            led_by[word].append(len(leaders))
        leaders.append(words)
        groups.append(list(places))
    return sorted(groups, key=len, reverse=True)


def _telling(count: int) -> int:
    """Of so many words, that many of the rarest hold at least one that every alike text holds among its own."""
    return count - math.ceil(ALIKE * count) + 1


def _nearest(words: Words, near: Iterable[int], leaders: Sequence[Words]) -> int | None:
    """The leader that shares most."""
    best, most = None, 0.0
    for number in near:
        both = len(words & leaders[number])
        share = both / (len(words) + len(leaders[number]) - both)
        if share >= ALIKE and share > most:
            best, most = number, share
    return best
