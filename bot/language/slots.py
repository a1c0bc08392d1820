"""Branch facts that a message gives by itself: who asks, about what; as the intents' [[slots]] declare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.language.knowledge import Knowledge
from bot.language.tree import Hit


class SlotReader:
    def __init__(self, knowledge: Knowledge) -> None:
        options = [
            (slot.name, option)
            for intent in knowledge.intents.values()
            for slot in intent.slots
            for option in slot.options
        ]
        self._facts = {option.fact(slot): (slot, option.value) for slot, option in options}
        self._over = {(slot, option.value): frozenset(option.over) for slot, option in options}

    def read(self, facts: Sequence[Hit]) -> dict[str, str]:
        """Slot name → option value: the more special one, else the one with the longest way of saying it."""
        found: dict[str, dict[str, int]] = {}
        for fact, start, end in facts:
            slot, value = self._facts[fact]
            lengths = found.setdefault(slot, {})
            lengths[value] = max(end - start, lengths.get(value, 0))
        return {slot: self._meant(slot, lengths) for slot, lengths in found.items()}

    def _meant(self, slot: str, lengths: Mapping[str, int]) -> str:
        general = frozenset[str]().union(*(self._over[slot, value] for value in lengths))
        return max(lengths.keys() - general or lengths, key=lambda value: (lengths[value], value))
