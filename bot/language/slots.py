"""Branch facts that a message gives by itself: who asks, about what; as the intents' [[slots]] declare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from bot.language.knowledge import Knowledge
from bot.language.normalise import Word


class _Way(NamedTuple):
    plain: list[str]
    words: tuple[Word, ...]
    slot: str
    value: str


class SlotReader:
    def __init__(self, knowledge: Knowledge) -> None:
        self._ways: dict[str, list[_Way]] = {}
        self._over = {
            (slot.name, option.value): frozenset(option.over)
            for intent in knowledge.intents.values()
            for slot in intent.slots
            for option in slot.options
        }
        for intent in knowledge.intents.values():
            for slot in intent.slots:
                for option in slot.options:
                    for said in (option.label, *option.say):
                        words = tuple(chain.from_iterable(knowledge.lexicon.read(said)))
                        if words:
                            way = _Way([word.plain for word in words], words, slot.name, option.value)
                            self._ways.setdefault(way.plain[0], []).append(way)

    def read(self, text: Sequence[Word]) -> dict[str, str]:
        """Slot name → option value: the more special one, else the one with the longest way of saying it."""
        found: dict[str, dict[str, int]] = {}
        plain = [word.plain for word in text]
        for start, first in enumerate(plain):
            for way in self._ways.get(first, ()):
                end = start + len(way.words)
                if plain[start:end] == way.plain and all(map(Word.meets, text[start:end], way.words)):
                    lengths = found.setdefault(way.slot, {})
                    lengths[way.value] = max(len(way.words), lengths.get(way.value, 0))
        return {slot: self._meant(slot, lengths) for slot, lengths in found.items()}

    def _meant(self, slot: str, lengths: Mapping[str, int]) -> str:
        general = frozenset[str]().union(*(self._over[slot, value] for value in lengths))
        return max(lengths.keys() - general or lengths, key=lambda value: (lengths[value], value))
