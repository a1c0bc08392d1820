"""An official's conversation: what a message means to somebody to whom the bot has already said something."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import tickets
from bot.dialogue.announce import tell_technicians
from bot.dialogue.complaints import Complaints
from bot.dialogue.draft import Draft
from bot.dialogue.memory import Memory
from bot.dialogue.outcomes import case_of, close, hand_over, keep_waiting
from bot.dialogue.voice import Voice
from bot.language.knowledge import Knowledge
from bot.model import OPEN_STATES, OTHER_ERROR, IntentId, Meaning, Message, Ref, Session, Ticket


class Conversation:
    """Answers one message within `session`. Every method returns the outcome's name, or None: nothing to do."""

    def __init__(
        self,
        draft: Draft,
        voice: Voice,
        memory: Memory,
        knowledge: Knowledge,
        message: Message,
        meaning: Meaning,
        session: Session,
    ) -> None:
        self._draft = draft
        self._voice = voice
        self._memory = memory
        self._knowledge = knowledge
        self._message = message
        self._meaning = meaning
        self._before = session
        self._complaints = Complaints(draft, voice, memory, knowledge, message)
        self._new_codes = tuple(code for code in meaning.codes if code not in session.codes)
        self._session = replace(
            session,
            codes=(*session.codes, *self._new_codes),
            attachments=(*session.attachments, *message.attachments),
        )

    def go_on(self) -> str | None:
        if self._session.ticket:
            return self._about_ticket()
        if self._session.stage == "handed-over":
            return self._with_a_person()
        talk = self._meaning.small_talk
        if "human" in talk:
            return self._hand_over()
        if "never-mind" in talk:
            return self._withdraw()
        answered = self._answer_to_question()
        if answered:
            return answered
        if "wrong-answer" in talk:
            return self._was_wrong()
        if "not-solved" in talk:
            return self._hand_over()
        if "solved" in talk:
            return self._solved()
        return self._new_complaint() or self._more_findings()

    def _answer_to_question(self) -> str | None:
        """The reply to what the bot asked last, by number, in words, or by what was asked for itself."""
        session, talk = self._session, self._meaning.small_talk
        if session.stage == "asked-choice":
            return self._chosen()
        if session.stage == "offered-ticket":
            if "yes" in talk or self._new_codes:
                return self._hand_over()
            return self._withdraw() if "no" in talk else None
        if session.slot:
            value = self._slot_value(session.slot)
            if value:
                return self._slot_answered(session.slot, value)
        if session.stage in {"told-steps", "waiting"}:
            if "no-code" in talk:
                return self._complaints.ask_again_or_wait(session)
            if "yes" in talk and not session.slot:
                return self._solved()
            if "no" in talk and not session.slot:
                return self._hand_over()
        return None

    def _chosen(self) -> str | None:
        choices, number = self._session.choices, self._meaning.number
        chosen = choices[number - 1] if number and number <= len(choices) else None
        if chosen is None and self._meaning.intent in choices:
            chosen = self._meaning.intent
        if chosen is None:
            return None
        intent = IntentId(chosen)
        session = replace(self._session, intent=intent, choices=())
        self._draft.case(replace(case_of(session, self._memory), intent=intent))
        self._recount(intent)
        if intent == OTHER_ERROR:
            hand_over(self._draft, self._voice, self._memory, self._knowledge, self._message, session)
            return "ticket"
        return self._complaints.answer(session)

    def _recount(self, intent: IntentId) -> None:
        """The complaint was counted under the first choice; it belongs to the chosen one."""
        case = case_of(self._session, self._memory)
        if case.intent != intent:
            self._draft.move_count("complaint", case, intent)

    def _slot_value(self, slot: str) -> str | None:
        choices, number = self._session.choices, self._meaning.number
        if number and number <= len(choices):
            return choices[number - 1]
        return self._meaning.slots.get(slot)

    def _slot_answered(self, slot: str, value: str) -> str:
        known = {**dict(self._session.slots), **self._meaning.slots, slot: value}
        session = replace(self._session, slots=tuple(known.items()), slot=None, choices=())
        if session.stage == "asked-slot":
            return self._complaints.answer(session)
        return self._complaints.ask_again_or_wait(session)

    def _solved(self) -> str:
        close(self._draft, self._session, self._memory, "self")
        self._reply(self._voice.say("end.solved"))
        return "solved"

    def _withdraw(self) -> str:
        close(self._draft, self._session, self._memory, "withdrawn")
        self._reply(self._voice.say("end.withdrawn"))
        return "withdrawn"

    def _hand_over(self) -> str:
        hand_over(self._draft, self._voice, self._memory, self._knowledge, self._message, self._session)
        return "ticket"

    def _was_wrong(self) -> str:
        """The answer missed the point: no second guess, a technician."""
        session = replace(self._session, intent=OTHER_ERROR, slot=None, choices=())
        self._reply(self._voice.say("ask.ticket_after_wrong"))
        keep_waiting(self._draft, replace(session, stage="offered-ticket"))
        return "wrong-answer"

    def _new_complaint(self) -> str | None:
        """Another error begins a case of its own; the same one again means that the steps did not help."""
        meaning = self._meaning
        if meaning.verdict == "silent":
            return None
        same = meaning.verdict == "answer" and meaning.intent == self._session.intent
        if same and self._new_codes and self._before.codes:
            return self._another_dossier()
        if same or (meaning.verdict == "other-error" and self._session.intent == OTHER_ERROR):
            return None if self._new_codes else self._hand_over()
        if meaning.verdict == "other-error" and self._session.stage in {"told-steps", "waiting"}:
            return None
        close(self._draft, self._before, self._memory, "unknown")
        return self._complaints.begin(meaning)

    def _another_dossier(self) -> str:
        self._reply(self._voice.say("note.another_code", codes=", ".join(self._new_codes)))
        keep_waiting(self._draft, self._session)
        return "noted"

    def _more_findings(self) -> str | None:
        """A code or a picture without more: kept, and the open question stays open."""
        if self._new_codes:
            self._reply(self._voice.say("note.code", codes=", ".join(self._new_codes)))
        elif self._message.attachments:
            self._reply(self._voice.say("note.attachment"))
        else:
            return None
        if self._session.stage == "waiting":
            self._draft.keep(self._session)
        else:
            keep_waiting(self._draft, self._session)
        return "noted"

    def _with_a_person(self) -> str | None:
        """A technician talks with the person: only another complaint is the bot's business."""
        meaning = self._meaning
        if meaning.verdict in {"answer", "clarify"} and meaning.intent != self._session.intent:
            return self._complaints.begin(meaning)
        return None

    def _about_ticket(self) -> str | None:
        """The complaint is a ticket already: what is said belongs to it, or is something new."""
        ticket = self._memory.tickets.get(self._session.ticket or 0)
        talk, meaning = self._meaning.small_talk, self._meaning
        if ticket is None:
            return self._complaints.begin(meaning) if meaning.verdict != "silent" else None
        if ticket.state not in OPEN_STATES:
            return self._after_the_end(ticket)
        if self._new_codes and meaning.intent in {None, ticket.intent}:
            return self._code_for_ticket(ticket)
        if "no-code" in talk and self._session.stage == "asked-code":
            self._draft.keep(replace(self._session, stage="handed-over"))
            self._reply(self._voice.say("note.no_code", number=ticket.number))
            return "noted"
        if meaning.verdict in {"answer", "clarify"} and meaning.intent != ticket.intent:
            return self._complaints.begin(meaning)
        if ticket.state == "waiting" or self._message.attachments:
            return self._add_to_ticket(ticket)
        if "not-solved" in talk or "human" in talk or meaning.verdict == "answer":
            self._reply(self._where_it_stands(ticket))
            return "told"
        return None

    def _after_the_end(self, ticket: Ticket) -> str | None:
        if ticket.state != "merged" and "not-solved" in self._meaning.small_talk:
            reopened = tickets.reopened(ticket, self._message.sender, self._message.text, self._draft.now_ms)
            self._draft.ticket(tickets.with_findings(reopened, self._new_codes, self._message.attachments))
            self._draft.keep(self._session)
            self._reply(self._voice.say("ticket.reopened", number=ticket.number))
            news = self._voice.say("announce.reopened", number=ticket.number, words=self._message.text)
            self._draft.reply(*tell_technicians(self._memory, ticket, news))
            return "reopened"
        if self._meaning.verdict == "silent":
            return None
        self._draft.end(self._session)
        return self._complaints.begin(self._meaning)

    def _code_for_ticket(self, ticket: Ticket) -> str:
        changed = tickets.with_findings(ticket, self._new_codes, self._message.attachments)
        codes = ", ".join(self._new_codes)
        self._draft.ticket(tickets.answered(changed, self._message.sender, codes, self._draft.now_ms))
        self._draft.keep(replace(self._session, stage="handed-over"))
        self._reply(self._voice.say("note.code_for_ticket", codes=codes, number=ticket.number))
        news = self._voice.say("announce.code", number=ticket.number, codes=codes)
        self._draft.reply(*tell_technicians(self._memory, ticket, news, unless_in=self._message.chat))
        return "noted"

    def _add_to_ticket(self, ticket: Ticket) -> str:
        text = self._message.text or self._voice.say("media.sent")
        changed = tickets.answered(ticket, self._message.sender, text, self._draft.now_ms)
        self._draft.ticket(tickets.with_findings(changed, self._new_codes, self._message.attachments))
        self._draft.keep(self._session)
        self._reply(self._voice.say("note.for_ticket", number=ticket.number))
        news = self._voice.say("announce.answered", number=ticket.number, words=text)
        self._draft.reply(*tell_technicians(self._memory, ticket, news, unless_in=self._message.chat))
        return "noted"

    def _where_it_stands(self, ticket: Ticket) -> str:
        if ticket.owner and ticket.claimed_ms:
            return self._voice.say(
                "ticket.is_claimed",
                number=ticket.number,
                owner=self._voice.name(ticket.owner),
                time=self._voice.moment(ticket.claimed_ms),
            )
        return self._voice.say("ticket.is_new", number=ticket.number, time=self._voice.moment(ticket.opened_ms))

    def _reply(self, text: str) -> None:
        session = self._session
        ref = Ref(session.chat, session.person, session.case, session.ticket)
        self._draft.reply(self._voice.answer(self._message, text, ref=ref))
