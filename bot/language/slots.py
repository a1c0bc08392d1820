"""Branch facts that a message gives by itself: who asks, about what; as the intents' [[slots]] declare them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language.knowledge import Knowledge
from bot.language.lexicon import Token
from bot.language.normalise import Word


class SlotReader:
    def __init__(self, knowledge: Knowledge) -> None:
        self._ways: dict[str, list[tuple[tuple[Word, ...], str, str]]] = {}
        for intent in knowledge.intents.values():
            for slot in intent.slots:
                for option in slot.options:
                    for said in (option.label, *option.say):
                        words = tuple(token.word for token in knowledge.lexicon.tokens(said))
                        if words:
                            self._ways.setdefault(words[0].plain, []).append((words, slot.name, option.value))

    def read(self, tokens: Sequence[Token]) -> dict[str, str]:
        """Slot name → option value; the longest way of saying it wins."""
        found: dict[str, tuple[int, str]] = {}
        for start, token in enumerate(tokens):
            for words, slot, value in self._ways.get(token.word.plain, ()):
                if len(words) > found.get(slot, (0, ""))[0] and _stands_at(words, tokens, start):
                    found[slot] = (len(words), value)
        return {slot: value for slot, (_, value) in found.items()}


def _stands_at(words: tuple[Word, ...], tokens: Sequence[Token], start: int) -> bool:
    if start + len(words) > len(tokens):
        return False
    return all(
        tokens[start + at].word.plain == word.plain and tokens[start + at].word.meets(word)
        for at, word in enumerate(words)
    )
