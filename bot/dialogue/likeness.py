"""Whether two complaints that the guide does not cover tell of one trouble: by words that are rare in others."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Final

from bot.language.knowledge import Knowledge
from bot.language.normalise import fold
from bot.model import OTHER_ERROR

LEAST_LIKE: Final = 0.16
"""Of 100 pairs of different troubles, 97 are less alike; of those of one outage, half."""
LEAST_LIKE_TOGETHER: Final = 0.1
"""On average of several, each of them less like what is known of an outage: of 100 such groups that tell of it, 77 are
so like, of those of another trouble 8."""
LEAST_TELLING: Final = 2
"""So many people use a word, and a third of them at least, before it tells of their common trouble."""
GAP: Final = "…"
_WORD: Final = re.compile(r"\w+")


class _Rarity:
    """How much words tell, by how few examples hold them."""

    def __init__(self, examples: Sequence[str]) -> None:
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(examples):
            for word in _words(text):
                self._holding[word].append(number)
        rare = len(examples) + 1
        self._most = math.log(rare) ** 2
        self._each = {word: math.log(rare / (len(its) + 1)) ** 2 for word, its in self._holding.items()}
        self._examples = [self(_words(text)) for text in examples]
        self.of_text = lru_cache(4096)(lambda text: self(_words(text)))

    def __call__(self, words: Iterable[str]) -> float:
        return sum(self._each.get(word, self._most) for word in words)

    def share_alike(self, words: Collection[str]) -> float:
        """Of all examples, those that are like these words."""
        if not self._examples:
            return 1.0
        shared, whole = defaultdict[int, float](float), self(words)
        for word in self._holding.keys() & words:
            for number in self._holding[word]:
                shared[number] += self._each[word]
        alike = (_cosine(its, whole, self._examples[number]) >= LEAST_LIKE for number, its in shared.items())
        return sum(alike) / len(self._examples)


def is_like(knowledge: Knowledge, one: str, other: str) -> bool:
    return likeness(knowledge, one, other) >= LEAST_LIKE


def likeness(knowledge: Knowledge, one: str, other: str) -> float:
    """The cosine between both, every word counted once and by its rarity."""
    rarity = _rarity(knowledge.shared_examples[OTHER_ERROR])
    return _cosine(rarity(_words(one) & _words(other)), rarity.of_text(one), rarity.of_text(other))


def share_alike(knowledge: Knowledge, told: str) -> float:
    """How much of what people ask for help with, beside the guide, is told like this."""
    return _rarity(knowledge.shared_examples[OTHER_ERROR]).share_alike(_words(told))


def in_common(told: str, others: Sequence[str]) -> str:
    """The words of `told` that half of `others` use, too; what stands between them is a gap. Nobody's own story."""
    using = Counter(word for other in others for word in _words(other))
    said = [word if using[fold(word)] * 2 >= len(others) else GAP for word in _WORD.findall(told)]
    kept = [word for word, before in zip(said, ["", *said], strict=False) if word != GAP or before != GAP]
    return " ".join(kept).strip(f"{GAP} ")


def telling(texts: Sequence[str]) -> str:
    """The words that several of `texts` use: by these others who tell of the same are known. Nobody's own story."""
    using = Counter(word for text in texts for word in _words(text))
    return " ".join(word for word, count in using.items() if count >= max(LEAST_TELLING, len(texts) / 3))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(fold(text)))


@lru_cache(maxsize=2)
def _rarity(examples: tuple[str, ...]) -> _Rarity:
    return _Rarity(examples)


def _cosine(shared: float, one: float, other: float) -> float:
    return shared / math.sqrt(one * other) if one and other else 0.0
