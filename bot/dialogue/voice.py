"""How the bot addresses people: who is named, what is quoted, how times and people are written."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.dialogue.memory import Memory
from bot.language.knowledge import Knowledge
from bot.language.normalise import fold
from bot.language.phrases import Mention
from bot.model import (
    OTHER_ERROR,
    THE_BOT,
    Chart,
    Chat,
    IntentId,
    Message,
    MessageId,
    PersonId,
    Reading,
    Ref,
    Reply,
    Reporter,
    Ticket,
)

SHORT_WORDS: Final = 200
"""Characters of somebody's words that a list or an announcement shows."""


class Voice:
    def __init__(self, knowledge: Knowledge, memory: Memory) -> None:
        self._knowledge = knowledge
        self._memory = memory

    def say(self, key: str, **values: str | int | Mention) -> str:
        return self._knowledge.phrases.say(key, **values)

    def means(self, key: str, text: str) -> bool:
        """The text is one of the short answers that responses/phrases.toml lists under `key`."""
        return fold(text).strip(" .,!") in {fold(each).strip() for each in self.say(key).split("|")}

    def answer(
        self, message: Message, text: str, *, ref: Ref | None = None, chart: Chart | None = None, quote: bool = True
    ) -> Reply:
        """To the sender of `message`, where it was written; in a group the person is named and the message quoted."""
        told = f"{read}\n\n{text}" if (read := self.read_in(message.reading)) else text
        return self.tell(message.chat, message.sender, told, message.id if quote else None, ref=ref, chart=chart)

    def read_in(self, reading: Reading | None) -> str:
        """What the bot read in a picture, so that a misread code is corrected; '' when that was nothing."""
        if reading is None:
            return ""
        found = [*(self.say("picture.code", code=code) for code in reading.codes), *reading.screens]
        lines = [self.say("picture.read", found=", ".join(found))] if found else []
        if reading.doubtful:
            lines.append(self.say("picture.doubtful", codes=", ".join(reading.doubtful)))
        return " ".join(lines)

    def tell(
        self,
        chat: Chat,
        person: PersonId,
        text: str,
        quote: MessageId | None = None,
        *,
        ref: Ref | None = None,
        chart: Chart | None = None,
    ) -> Reply:
        shown = f"{Mention(person)} {text}" if chat.kind == "group" else text
        return Reply(chat, shown, quote, ref or Ref(chat, person), chart)

    def tell_reporter(self, reporter: Reporter, ticket: Ticket, text: str) -> Reply:
        ref = Ref(reporter.chat, reporter.person, ticket=ticket.number)
        return self.tell(reporter.chat, reporter.person, text, reporter.message, ref=ref)

    def name(self, person: PersonId | None) -> str:
        """The person's name where it is known."""
        if person is None:
            return self.say("people.nobody")
        if person == THE_BOT:
            return self.say("people.bot")
        known = self._memory.names.get(person)
        if known:
            return known
        return self.say("people.technician" if person in self._memory.roles else "people.official")

    def colleague(self, person: PersonId | None) -> str:
        """For the staff, who must tell each other apart: the name, else the end of the id."""
        name = self.name(person)
        if person is None or person in self._memory.names:
            return name
        return self.say("people.nameless", name=name, end=person[-4:])

    def error(self, intent: IntentId) -> str:
        """The error as officials call it."""
        known = self._knowledge.intents.get(intent)
        return known.name if known else self.say("errors.other" if intent == OTHER_ERROR else "errors.unknown")

    def moment(self, at_ms: int) -> str:
        """'08:31', or '08:31 ngày 05/11' when it was not today."""
        zone = self._memory.zone
        at, now = datetime.fromtimestamp(at_ms / 1000, zone), datetime.fromtimestamp(self._memory.now_ms / 1000, zone)
        hour = f"{at:%H:%M}"
        return hour if at.date() == now.date() else self.say("times.on_day", hour=hour, day=f"{at:%d/%m}")

    def duration(self, seconds: int) -> str:
        minutes = round(seconds / 60)
        if minutes < 1:
            return self.say("times.moment")
        if minutes < 60:
            return self.say("times.minutes", minutes=minutes)
        return self.say("times.hours", hours=minutes // 60, minutes=f"{minutes % 60:02}")

    def codes(self, codes: tuple[str, ...]) -> str:
        return ", ".join(codes) or self.say("ticket.no_codes")


def shortened(words: str, length: int = SHORT_WORDS) -> str:
    words = " ".join(words.split())
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"
