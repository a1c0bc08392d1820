"""What a reporter says to a technician's question (/hoi): back to the ticket, from whichever chat it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.dialogue import questions
from bot.dialogue.draft import Draft
from bot.dialogue.memory import Memory
from bot.dialogue.reported import Reported
from bot.dialogue.voice import Voice, shortened
from bot.language.sight import asking
from bot.model import Meaning, Message, Ref, Session, Ticket

SHORT_QUESTION: Final = 80
"""Characters of each, where somebody is asked which one they answer."""
LONGEST_WORDS: Final = 1_000


class Answers:
    """Takes one message for an answer. Methods return the outcome's name, or None: it answers no question."""

    def __init__(self, draft: Draft, voice: Voice, memory: Memory, message: Message, meaning: Meaning) -> None:
        self._draft = draft
        self._voice = voice
        self._memory = memory
        self._message = message
        self._meaning = meaning

    def go_on(self, session: Session | None) -> str | None:
        """`session` is the conversation that the message would go on with otherwise."""
        pending = session if session and session.stage == "asked-question" else None
        if pending:
            chosen = self._chosen(pending)
            if chosen or "never-mind" in self._meaning.small_talk:
                return self._chosen_one(pending, chosen)
        elsewhere = None if pending else session
        found = questions.answered_by(self._message, self._meaning, self._memory, elsewhere)
        if len(found) == 1:
            return self._to_ticket(found[0], elsewhere, self._message, self._meaning)
        return self._ask_which(found, pending) if found and self._is_answer() else None

    def _chosen(self, pending: Session) -> Ticket | None:
        """A place in the list, or the ticket's number."""
        numbers, place = [int(number) for number in pending.choices], self._meaning.number
        if place and place <= len(numbers):
            return self._memory.tickets.get(numbers[place - 1])
        known = [ticket for number in numbers if (ticket := self._memory.tickets.get(number))]
        return next((each for each in known if questions.names(self._message, self._meaning, each)), None)

    def _chosen_one(self, pending: Session, ticket: Ticket | None) -> str | None:
        if ticket is None:
            self._draft.end(pending)
            self._draft.reply(self._voice.answer(self._message, self._voice.say("end.withdrawn")))
            return "withdrawn"
        attachments = (*pending.attachments, *self._message.attachments)
        answer = replace(self._message, text=pending.words, attachments=attachments)
        return self._to_ticket(ticket, None, answer, Meaning(verdict="silent", codes=pending.codes))

    def _to_ticket(self, ticket: Ticket, session: Session | None, message: Message, meaning: Meaning) -> str | None:
        message, meaning = asking(message, meaning, ticket.codes)
        kept = session if session and session.ticket == ticket.number else self._conversation(ticket)
        busy = session is not None and session.ticket is None
        about = None if busy else kept
        return Reported(self._draft, self._voice, self._memory, message, meaning, ticket, about).go_on()

    def _conversation(self, ticket: Ticket) -> Session:
        """What the person writes next in this chat is about the ticket, too."""
        message, question = self._message, questions.open_question(ticket, self._message.sender)
        at_ms = question.at_ms if question else self._draft.now_ms
        return Session(
            message.chat, message.sender, "handed-over", message.id, ticket.intent, ticket.words, at_ms, at_ms,
            codes=ticket.codes, ticket=ticket.number,
        )  # fmt: skip

    def _is_answer(self) -> bool:
        return self._meaning.verdict in {"silent", "other-error"}

    def _ask_which(self, found: Sequence[Ticket], pending: Session | None) -> str:
        message, now_ms = self._message, self._draft.now_ms
        words = "\n".join(filter(None, (pending.words if pending else "", message.text)))[:LONGEST_WORDS]
        session = Session(
            message.chat, message.sender, "asked-question", message.id, None, words, now_ms, now_ms,
            codes=tuple(dict.fromkeys((*(pending.codes if pending else ()), *self._meaning.codes))),
            attachments=(*(pending.attachments if pending else ()), *message.attachments),
            choices=tuple(str(ticket.number) for ticket in found),
        )  # fmt: skip
        lines = [self._line(place, ticket) for place, ticket in enumerate(found, 1)]
        text = "\n".join([self._voice.say("ask.which_question"), *lines])
        self._draft.reply(self._voice.answer(message, text, ref=Ref(message.chat, message.sender)))
        self._draft.keep(session)
        return "asked"

    def _line(self, place: int, ticket: Ticket) -> str:
        event = questions.open_question(ticket, self._message.sender)
        question = shortened(event.text, SHORT_QUESTION) if event else ""
        return self._voice.say("ask.question", place=place, number=ticket.number, question=question)
