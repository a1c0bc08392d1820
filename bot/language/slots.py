"""Branch facts that a message gives by itself: who asks, about what; as the intents' [[slots]] declare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from bot.language.knowledge import Knowledge
from bot.language.normalise import Word
from bot.language.tree import Tree


class SlotReader:
    def __init__(self, knowledge: Knowledge) -> None:
        self._ways = Tree()
        self._facts: dict[str, tuple[str, str]] = {}
        self._over: dict[tuple[str, str], frozenset[str]] = {}
        for intent in knowledge.intents.values():
            for slot in intent.slots:
                for option in slot.options:
                    fact = f"{slot.name}={option.value}"
                    self._facts[fact] = slot.name, option.value
                    self._over[slot.name, option.value] = frozenset(option.over)
                    for said in (option.label, *option.say):
                        self._ways.add(tuple(chain.from_iterable(knowledge.lexicon.read(said))), fact)

    def read(self, text: Sequence[Word]) -> dict[str, str]:
        """Slot name → option value: the more special one, else the one with the longest way of saying it."""
        found: dict[str, dict[str, int]] = {}
        for fact, start, end in self._ways.hits([text]):
            slot, value = self._facts[fact]
            lengths = found.setdefault(slot, {})
            lengths[value] = max(end - start, lengths.get(value, 0))
        return {slot: self._meant(slot, lengths) for slot, lengths in found.items()}

    def _meant(self, slot: str, lengths: Mapping[str, int]) -> str:
        general = frozenset[str]().union(*(self._over[slot, value] for value in lengths))
        return max(lengths.keys() - general or lengths, key=lambda value: (lengths[value], value))
