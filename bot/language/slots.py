"""Branch facts that a message gives by itself: who asks, about what; as the intents' [[slots]] declare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from bot.language.knowledge import Knowledge
from bot.language.normalise import Word


class SlotReader:
    def __init__(self, knowledge: Knowledge) -> None:
        self._ways: dict[str, list[tuple[tuple[Word, ...], str, str]]] = {}
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
                            self._ways.setdefault(words[0].plain, []).append((words, slot.name, option.value))

    def read(self, text: Sequence[Word]) -> dict[str, str]:
        """Slot name → option value: the more special one, else the one with the longest way of saying it."""
        found: dict[str, dict[str, int]] = {}
        for start, first in enumerate(text):
            for words, slot, value in self._ways.get(first.plain, ()):
                if _is(text[start : start + len(words)], words):
                    lengths = found.setdefault(slot, {})
                    lengths[value] = max(len(words), lengths.get(value, 0))
        return {slot: self._meant(slot, lengths) for slot, lengths in found.items()}

    def _meant(self, slot: str, lengths: Mapping[str, int]) -> str:
        general = frozenset[str]().union(*(self._over[slot, value] for value in lengths))
        return max(lengths.keys() - general or lengths, key=lambda value: (lengths[value], value))


def _is(said: Sequence[Word], words: Sequence[Word]) -> bool:
    if len(said) != len(words):
        return False
    for mine, theirs in zip(said, words, strict=True):
        if mine.plain != theirs.plain or not mine.meets(theirs):
            return False
    return True
