"""What a person says about a complaint that is a ticket already: more facts, impatience, an objection to its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue import questions, tickets
from bot.dialogue.announce import from_reporter, tell_technicians, where_it_stands
from bot.dialogue.conversation import wrong_code
from bot.dialogue.desk import close_timer
from bot.dialogue.draft import Draft
from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice
from bot.model import OPEN_STATES, OTHER_ERROR, Chat, Meaning, Message, Ref, Reply, Session, Stage, Ticket

ELABORATES_S: Final = 30 * 60
"""Within so long after the last word about a ticket, an undocumented trouble is taken for more about the same."""


GOES_ON_S: Final = 300
"""For so long after an answer more words are part of it."""


class Reported:
    """Answers one message about `ticket`. `session` is the conversation that led to it, if it is still the person's
    last one. Every method returns the outcome's name, or None: the message is not about this ticket."""

    def __init__(
        self,
        draft: Draft,
        voice: Voice,
        memory: Memory,
        message: Message,
        meaning: Meaning,
        ticket: Ticket,
        session: Session | None,
    ) -> None:
        self._draft = draft
        self._voice = voice
        self._memory = memory
        self._message = message
        self._meaning = meaning
        self._ticket = ticket
        self._session = session
        self._new_codes = tuple(code for code in meaning.codes if code not in ticket.codes)

    def go_on(self) -> str | None:
        ticket, talk = self._ticket, self._meaning.small_talk
        if ticket.state not in OPEN_STATES:
            return self._after_the_end()
        if self._is_another_complaint():
            return None
        wrong = wrong_code(
            self._meaning, ticket.codes, self._new_codes, self._session.reading if self._session else None
        )
        if wrong and len(ticket.reporters) == 1:
            return self._correct_code(wrong)
        if self._new_codes and not self._is_asked():
            return self._add_codes()
        if self._has_no_code():
            self._keep("handed-over")
            return self._reply(self._voice.say("note.no_code", number=ticket.number), "noted")
        if self._belongs_to_ticket():
            return self._add_words()
        if self._is_impatient() or self._meaning.verdict == "answer":
            return self._reply(where_it_stands(self._voice, ticket), "told")
        if not self._memory.addressed_by(self._message):
            return None
        key = "small.thanks" if "thanks" in talk else None
        return self._reply(self._voice.say(key) if key else where_it_stands(self._voice, ticket), "told")

    def _after_the_end(self) -> str | None:
        if "not-solved" not in self._meaning.small_talk:
            return None
        ticket, words = self._ticket, self._message.text
        if ticket.state == "closed":
            return self._reply(self._voice.say("ticket.is_closed", number=ticket.number), "told")
        reopened = tickets.reopened(ticket, self._message.sender, words, self._draft.now_ms)
        self._draft.cancel_timers(close_timer(ticket, self._draft.now_ms, self._memory.rules.hours).id)
        self._draft.ticket(tickets.with_findings(reopened, self._new_codes, self._message.attachments))
        self._keep("handed-over")
        key = "announce.reopened_held" if ticket.owner else "announce.reopened"
        news = self._voice.say(key, number=ticket.number, words=words, owner=self._voice.name(ticket.owner))
        self._reply(self._voice.say("ticket.reopened", number=ticket.number), "reopened")
        self._draft.reply(*tell_technicians(self._memory, ticket, news))
        return "reopened"

    def _is_another_complaint(self) -> bool:
        """Another error, or the same one for another dossier."""
        meaning, ticket = self._meaning, self._ticket
        if meaning.verdict in {"answer", "clarify"} and meaning.intent != ticket.intent:
            return True
        if meaning.verdict == "answer":
            return bool(self._new_codes and ticket.codes)
        if meaning.verdict == "other-error" and self._new_codes:
            return bool(ticket.codes) and ticket.intent != OTHER_ERROR
        return meaning.verdict == "other-error" and not self._elaborates()

    def _belongs_to_ticket(self) -> bool:
        return bool(
            self._is_asked()
            or self._goes_on_answering()
            or self._message.attachments
            or self._meaning.small_talk & {"solved", "never-mind"}
            or self._meaning.verdict == "other-error"
        )

    def _is_asked(self) -> bool:
        """Whoever speaks for the reporter while the ticket waits, and each of several reporters; no greeting."""
        if questions.is_polite(self._message, self._meaning):
            return False
        ticket, sender = self._ticket, self._message.sender
        return ticket.state == "waiting" or questions.is_asked(ticket, sender, self._draft.now_ms)

    def _goes_on_answering(self) -> bool:
        """An answer in several lines, said to the bot."""
        last = next((e for e in reversed(self._ticket.history) if e.verb in {"asked", "answered", "claimed"}), None)
        is_own = last is not None and last.verb == "answered" and last.by == self._message.sender
        if last is None or not is_own or self._draft.now_ms - last.at_ms > GOES_ON_S * 1000:
            return False
        is_polite = questions.is_polite(self._message, self._meaning)
        return self._memory.addressed_by(self._message) and not is_polite and not self._is_impatient()

    def _is_impatient(self) -> bool:
        return bool(self._meaning.small_talk & {"not-solved", "human"})

    def _elaborates(self) -> bool:
        question = questions.open_question(self._ticket, self._message.sender)
        last_ms = max(self._session.updated_ms if self._session else 0, question.at_ms if question else 0)
        return self._draft.now_ms - last_ms <= ELABORATES_S * 1000

    def _has_no_code(self) -> bool:
        if self._session is None or self._session.stage != "asked-code":
            return False
        by_words = self._voice.means("answers.no_code", self._message.text)
        return by_words or bool(self._meaning.small_talk & {"no-code", "no"})

    def _add_codes(self) -> str:
        number, codes = self._ticket.number, ", ".join(self._new_codes)
        self._answered(codes)
        self._keep("handed-over")
        self._reply(self._voice.say("note.code_for_ticket", codes=codes, number=number), "noted")
        return self._tell(self._voice.say("announce.code", number=number, codes=codes))

    def _correct_code(self, wrong: str) -> str:
        number, (code,) = self._ticket.number, self._new_codes
        words = self._voice.say("note.code_corrected", wrong=wrong, codes=code)
        changed = tickets.corrected(self._ticket, self._message.sender, wrong, code, words, self._draft.now_ms)
        self._draft.ticket(changed)
        self._keep("handed-over", without=wrong)
        case = self._memory.case
        if self._session and case and case.id == self._session.case:
            mended = replace(case, codes=tuple(dict.fromkeys(code if each == wrong else each for each in case.codes)))
            self._draft.move_complaint(case, mended)
            self._draft.case(mended)
        self._reply(f"{words} {self._voice.say('note.for_ticket', number=number)}", "noted")
        news = self._voice.say("announce.code_corrected", number=number, wrong=wrong, code=code)
        return self._tell(news)

    def _add_words(self) -> str:
        number, name = self._ticket.number, self._voice.name(self._message.sender)
        words = self._message.text or self._voice.say("media.sent")
        self._answered(words)
        self._keep(self._session.stage if self._session else "handed-over")
        self._reply(self._voice.say("note.for_ticket", number=number), "noted")
        return self._tell(self._voice.say("announce.answered", number=number, name=name, words=words))

    def _answered(self, text: str) -> None:
        changed = tickets.answered(self._ticket, self._message.sender, text, self._draft.now_ms)
        self._draft.ticket(tickets.with_findings(changed, self._new_codes, self._message.attachments))

    def _tell(self, news: str) -> str:
        self._draft.reply(*from_reporter(self._memory, self._ticket, news, self._message.chat))
        return "noted"

    def _keep(self, stage: Stage, without: str | None = None) -> None:
        session = self._session
        if session:
            codes = dict.fromkeys(code for code in (*session.codes, *self._new_codes) if code != without)
            self._draft.keep(replace(session, stage=stage, codes=tuple(codes)))

    def _reply(self, text: str, outcome: str) -> str:
        message = self._message
        case = self._session.case if self._session else None
        chat = self._where_to_answer()
        ref = Ref(chat, message.sender, case, self._ticket.number)
        here = chat == message.chat
        self._draft.reply(self._voice.answer(message, text, ref=ref) if here else Reply(chat, text, ref=ref))
        return outcome

    def _where_to_answer(self) -> Chat:
        """Who answers in a group, to nobody there, what the bot had asked in private, is answered in private."""
        message = self._message
        told = questions.where_told(self._ticket, message.sender)
        is_private = told is not None and told.kind == "private" and not self._memory.addressed_by(message)
        return told if told and is_private else message.chat
