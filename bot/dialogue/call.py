"""One use of a command: what it is given, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.draft import Draft
from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice
from bot.language.knowledge import Knowledge
from bot.language.phrases import Mention
from bot.model import Chart, Meaning, Message, PersonId, Ref, Ticket


@dataclass(frozen=True, slots=True)
class Call:
    message: Message
    meaning: Meaning
    memory: Memory
    knowledge: Knowledge
    voice: Voice
    draft: Draft
    numbers: tuple[int, ...]
    words: str
    people: tuple[PersonId, ...]

    @property
    def number(self) -> int | None:
        """The ticket that is meant: named, or quoted."""
        if self.numbers:
            return self.numbers[0]
        return self.memory.quoted.ticket if self.memory.quoted else None

    def ticket(self, number: int | None = None) -> Ticket | None:
        return self.memory.tickets.get(number or self.number or 0)

    def reply(
        self, text: str, outcome: str, *, ticket: int | None = None, chart: Chart | None = None, quote: bool = True
    ) -> str:
        ref = Ref(self.message.chat, self.message.sender, ticket=ticket)
        self.draft.reply(self.voice.answer(self.message, text, ref=ref, chart=chart, quote=quote))
        return outcome

    def say(self, key: str, outcome: str, **values: str | int | Mention) -> str:
        return self.reply(self.voice.say(key, **values), outcome)

    def refuse(self, key: str, **values: str | int | Mention) -> str:
        return self.say(key, "refused", **values)
