"""An official's conversation: what a message means to somebody to whom the bot has already said something."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue.burst import both
from bot.dialogue.complaints import Complaints, follow_up_of
from bot.dialogue.draft import Draft, follow_up_timer
from bot.dialogue.memory import Memory
from bot.dialogue.outcomes import close, hand_over, keep_waiting, settle
from bot.dialogue.voice import Voice
from bot.language.intent import Intent
from bot.language.knowledge import Knowledge
from bot.language.normalise import fold
from bot.language.sight import is_misread
from bot.model import ME_TOO, OTHER_ERROR, IntentId, Meaning, Message, Reading, Ref, Session

LEAST_CHOSEN: Final = 0.1
"""Confidence that a choice needs which is made in words."""
UNDER_WAY_MS: Final = 10_000
REPEAT_MS: Final = 60_000
LONGEST_WORDS: Final = 1_000
CLEARLY: Final = 1.5
"""How many times as probable as the next choice it must be."""


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
        self._wrong_code = wrong_code(meaning, session.codes, self._new_codes, session.reading)
        self._session = replace(
            session,
            codes=tuple(code for code in (*session.codes, *self._new_codes) if code != self._wrong_code),
            attachments=(*session.attachments, *message.attachments),
            reading=both(session.reading, message.reading),
        )

    def go_on(self) -> str | None:
        if self._session.stage == "handed-over":
            return self._with_a_person()
        talk = self._meaning.small_talk
        if "human" in talk:
            return self._hand_over()
        if "never-mind" in talk:
            return self._withdraw()
        if self._wrong_code:
            return self._kept_codes(
                self._voice.say("note.code_corrected", wrong=self._wrong_code, codes=", ".join(self._new_codes))
            )
        if self._new_codes and self._before.codes and talk & ME_TOO:
            return self._another_dossier()
        if self._is_another_error():
            return self._new_complaint()
        again = self._told_again()
        if again:
            return again
        answered = self._answer_to_question()
        if answered:
            return answered
        if "wrong-answer" in talk:
            return self._was_wrong()
        if "not-solved" in talk:
            return self._was_no_help()
        if "solved" in talk:
            return self._solved()
        return self._new_complaint() or self._more_findings() or self._remind()

    def _is_another_error(self) -> bool:
        """That something else does not work is no objection to the steps just told."""
        session, meaning = self._session, self._meaning
        asking = session.slot or session.stage in {"asked-choice", "asked-slot"}
        return not asking and meaning.verdict == "answer" and meaning.intent != session.intent

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
            if "yes" in talk and self._follow_up_was_asked():
                return self._solved()
            if "no" in talk and not session.slot:
                return self._was_no_help()
        return None

    def _follow_up_was_asked(self) -> bool:
        """The follow-up's question may be answered with yes; to the steps, 'ok' only says 'I shall try'."""
        session = self._session
        return session.stage == "told-steps" and not session.slot and follow_up_of(session, self._knowledge) is not None

    def _chosen(self) -> str | None:
        choices, number = self._session.choices, self._meaning.number
        chosen = choices[number - 1] if number and number <= len(choices) else None
        chosen = chosen or self._chosen_in_words()
        if chosen is None and self._is_something_else():
            chosen = OTHER_ERROR
        if chosen is None:
            return None
        intent = IntentId(chosen)
        session = replace(self._session, intent=intent, choices=())
        settle(self._draft, session, self._memory)
        first = IntentId(self._session.choices[0])
        self._draft.review("chosen", replace(session, intent=first), by=self._message.sender, label=intent)
        if intent == OTHER_ERROR:
            hand_over(self._draft, self._voice, self._memory, self._knowledge, self._message, session)
            return "ticket"
        return self._complaints.answer(session)

    def _chosen_in_words(self) -> str | None:
        """Among few choices a word is enough, 'ký số'; a code says nothing about which."""
        named = [each for each in self._meaning.candidates if each.intent in self._session.choices]
        if not named or self._new_codes or named[0].confidence < LEAST_CHOSEN:
            return None
        if len(named) > 1 and named[0].confidence < CLEARLY * named[1].confidence:
            return None
        return named[0].intent

    def _is_something_else(self) -> bool:
        by_words = self._voice.means("answers.something_else", self._message.text)
        return by_words or bool(self._meaning.small_talk & {"no", "wrong-answer"})

    def _slot_value(self, slot: str) -> str | None:
        choices, number = self._session.choices, self._meaning.number
        if number and number <= len(choices):
            return choices[number - 1]
        return self._meaning.slots.get(slot)

    def _slot_answered(self, slot: str, value: str) -> str:
        intent = self._intent()
        told = intent.told_slots(self._meaning.slots) if intent else {}
        known = {**dict(self._session.slots), **told, slot: value}
        session = replace(self._session, slots=tuple(known.items()), slot=None, choices=())
        if intent and any(each.then_handover for each in intent.slots if each.name == slot):
            self._session = session
            return self._hand_over()
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

    def _was_no_help(self) -> str:
        """To the technicians, after the one question that they would ask first."""
        intent, session = self._intent(), self._session
        if intent is None:
            return self._hand_over()
        self._draft.review("not-solved", session, by=self._message.sender)
        if self._complaints.incident_of(session):
            return self._complaints.answer(session)
        unsolved = dict(intent.follow_up.unsolved) if intent.follow_up else {}
        session = replace(session, slots=tuple({**dict(session.slots), **unsolved}.items()))
        slot = intent.next_slot(dict(session.slots))
        if slot and slot.then_handover and session.slot != slot.name:
            self._draft.cancel_timers(follow_up_timer(session))
            return self._complaints.ask_slot(session, slot)
        return self._hand_over()

    def _intent(self) -> Intent | None:
        return self._knowledge.intents.get(self._session.intent) if self._session.intent else None

    def _was_wrong(self) -> str:
        """The answer missed the point: no second guess, a technician."""
        self._draft.count("wrong-answer", self._session.intent or OTHER_ERROR, self._session.codes)
        self._draft.review("wrong-answer", self._session, by=self._message.sender)
        session = replace(self._session, intent=OTHER_ERROR, slot=None, choices=())
        settle(self._draft, session, self._memory)
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

    def _told_again(self) -> str | None:
        """The same complaint, or more of it, while the steps can hardly have been read: no word about whether they
        help. What was written within the same breath needs no answer of its own."""
        session, meaning = self._session, self._meaning
        age_ms = self._memory.now_ms - self._before.updated_ms
        same = meaning.verdict == "answer" and meaning.intent == session.intent and not self._new_codes
        if not same or age_ms > REPEAT_MS or session.stage not in {"told-steps", "waiting"}:
            return None
        repeats = fold(self._message.text) == fold(self._before.words)
        if not repeats and "not-solved" in meaning.small_talk:
            return None
        if not repeats:
            session = replace(session, words=f"{session.words}\n{self._message.text}"[:LONGEST_WORDS])
        if repeats or age_ms > UNDER_WAY_MS or self._memory.addressed_by(self._message):
            self._reply(self._voice.say(self._awaited()))
        self._stay(session)
        return "noted"

    def _another_dossier(self) -> str:
        self._reply(self._voice.say("note.another_code", codes=", ".join(self._new_codes)))
        keep_waiting(self._draft, self._session)
        return "noted"

    def _more_findings(self) -> str | None:
        """A code or a picture without more: kept, and the open question stays open."""
        session = self._session
        if self._new_codes:
            return self._kept_codes(self._voice.say("note.code", codes=", ".join(self._new_codes)))
        if not self._message.attachments:
            return None
        if self._belongs_to_what_was_answered():
            self._stay(session)
            return "noted"
        self._reply(self._voice.say("note.picture_read" if self._message.reading else "note.attachment"))
        self._stay(session)
        return "noted"

    def _belongs_to_what_was_answered(self) -> bool:
        """A picture that was under way while the steps were told; in private everything gets an answer."""
        session = self._session
        if session.chat.kind == "private":
            return False
        asked = session.slot or (session.asked_code and not session.codes)
        just_told = self._memory.now_ms - self._before.updated_ms <= UNDER_WAY_MS
        return session.stage in {"told-steps", "waiting"} and just_told and not asked and not self._message.text

    def _kept_codes(self, lead: str) -> str:
        session = self._session
        if session.stage == "told-steps":
            return self._complaints.ask_again_or_wait(session, lead)
        key = "remind.waiting" if session.stage == "waiting" else "remind.question"
        self._reply(f"{lead} {self._voice.say(key)}")
        self._stay(session)
        return "noted"

    def _stay(self, session: Session) -> None:
        """As before: a follow-up that is set stays set."""
        if session.stage == "waiting":
            self._draft.keep(session)
        else:
            keep_waiting(self._draft, session)

    def _with_a_person(self) -> str | None:
        """A technician talks with the person: only another complaint is the bot's business."""
        meaning = self._meaning
        if meaning.verdict in {"answer", "clarify"} and meaning.intent != self._session.intent:
            close(self._draft, self._before, self._memory, "unknown")
            return self._complaints.begin(meaning)
        return None

    def _remind(self) -> str | None:
        """Spoken to, with nothing that moves the conversation: what the bot waits for, in a line."""
        if not self._memory.addressed_by(self._message):
            return None
        thanked = "thanks" in self._meaning.small_talk
        self._reply(self._voice.say("small.thanks" if thanked else self._awaited()))
        return "small-talk"

    def _awaited(self) -> str:
        """The line that says what the bot waits for."""
        session = self._session
        if session.slot or session.stage in {"asked-choice", "asked-slot"}:
            return "remind.question"
        return {"offered-ticket": "remind.offer", "waiting": "remind.waiting"}.get(session.stage, "remind.steps")

    def _reply(self, text: str) -> None:
        session = self._session
        ref = Ref(session.chat, session.person, session.case, session.ticket)
        self._draft.reply(self._voice.answer(self._message, text, ref=ref))


def wrong_code(
    meaning: Meaning, known: tuple[str, ...], new: tuple[str, ...], read: Reading | None = None
) -> str | None:
    """The code that a correction takes the place of: 'nhầm, mã đúng là …' means the last one given, and a code that
    hardly differs from one `read` in a picture was misread there."""
    if len(new) != 1 or not known:
        return None
    if "correction" in meaning.small_talk:
        return known[-1]
    misread = read.codes if read and new[0] not in (*read.codes, *read.doubtful) else ()
    return next((code for code in known if code in misread and is_misread(code, new[0])), None)
