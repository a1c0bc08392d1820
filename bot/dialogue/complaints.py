"""A new complaint: steps at once where the guide has them, a question where it depends, a ticket where only the team
can help, an offer where the guide has nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue import incidents
from bot.dialogue.draft import Draft, follow_up_timer, quiet_timer
from bot.dialogue.memory import Memory
from bot.dialogue.outcomes import case_of, close, hand_over, keep_waiting, open_ticket
from bot.dialogue.pace import may_write_out, written_out
from bot.dialogue.voice import Voice
from bot.language.intent import FollowUp, Intent, Slot
from bot.language.knowledge import Knowledge
from bot.model import (
    OTHER_ERROR,
    Incident,
    IncidentReport,
    IntentId,
    Meaning,
    Message,
    Ref,
    Reporter,
    Session,
    Timer,
)

MOST_CHOICES: Final = 3


class Complaints:
    """What the bot says to a complaint. One object a message."""

    def __init__(self, draft: Draft, voice: Voice, memory: Memory, knowledge: Knowledge, message: Message) -> None:
        self._draft = draft
        self._voice = voice
        self._memory = memory
        self._knowledge = knowledge
        self._message = message

    def begin(self, meaning: Meaning) -> str:
        """A new case for what `meaning` found. Returns the outcome's name."""
        if meaning.verdict == "clarify":
            return self._ask_which(meaning)
        intent = meaning.intent if meaning.verdict == "answer" else None
        return self.begin_with(intent or OTHER_ERROR, meaning)

    def begin_with(self, intent: IntentId, meaning: Meaning, words: str = "") -> str:
        """`words`: of the complaint that this one joins."""
        session = self._new_session(intent, meaning)
        if words and intent == OTHER_ERROR:
            session = replace(session, words=self._voice.say("note.same_as", words=session.words, others=words))
        self._open_case(session, meaning)
        known = self._knowledge.intents.get(intent)
        if known is None:
            self._draft.review("other-error", session, by=session.person)
        is_new = not (known and known.handover) and not self.incident_of(session, words)
        incident = self._noticed() if is_new else None
        return self._in_incident(session, incident) if incident else self.answer(session, words)

    def _noticed(self) -> Incident | None:
        """Never for an error of which technicians mend each dossier by hand: there everybody needs a ticket."""
        case = self._draft.last_case
        return incidents.noticed(self._draft, self._voice, self._memory, self._knowledge, case) if case else None

    def answer(self, session: Session, words: str = "") -> str:
        """To a complaint whose error is known now."""
        intent = self._knowledge.intents.get(session.intent or OTHER_ERROR)
        incident = self.incident_of(session, words)
        if incident:
            return self._in_incident(session, incident)
        if intent is None:
            return self._offer_ticket(session)
        if intent.handover:
            return self._hand_over(session, intent.steps(dict(session.slots)))
        known = open_ticket(session, self._memory)
        if known and set(session.codes) <= set(known.codes):
            return self._hand_over(session)
        slot = intent.next_slot(dict(session.slots))
        if slot and _shapes_answer(intent, slot):
            return self.ask_slot(session, slot)
        return self._tell_steps(session, intent, slot)

    def incident_of(self, session: Session, words: str = "") -> Incident | None:
        """The open one that the complaint belongs to."""
        known = self._memory.incidents.values()
        return incidents.about(known, self._knowledge, session.intent, words or session.words)

    def _hand_over(self, session: Session, lead: str = "") -> str:
        hand_over(self._draft, self._voice, self._memory, self._knowledge, self._message, session, lead)
        return "handover"

    def _in_incident(self, session: Session, incident: Incident) -> str:
        reporter = Reporter(session.person, session.chat, self._message.id)
        self._draft.incident_report(IncidentReport(incident, reporter))
        self._reply(session, self._voice.say("incident.told", number=incident.number, name=incident.name))
        close(self._draft, session, self._memory, "incident")
        return "incident"

    def ask_slot(self, session: Session, slot: Slot) -> str:
        session = _asking(session, slot)
        self._reply(session, self._slot_question(slot))
        keep_waiting(self._draft, replace(session, stage="asked-slot"))
        return "asked"

    def ask_again_or_wait(self, session: Session, lead: str = "") -> str:
        """After steps were told: the next thing to know, the follow-up, or whether it helped. `lead` is said first."""
        intent = self._knowledge.intents.get(session.intent or OTHER_ERROR)
        if intent is None:
            return self._offer_ticket(session)
        slot, follow_up = intent.next_slot(dict(session.slots)), follow_up_of(session, self._knowledge)
        if follow_up and not slot:
            return self._wait(session, follow_up.after_s, lead)
        session = _asking(session, slot) if slot else replace(session, slot=None, choices=())
        question = self._slot_question(slot) if slot else self._voice.say("ask.helped")
        self._reply(session, f"{lead} {question}".strip())
        keep_waiting(self._draft, replace(session, stage="told-steps"))
        return "asked"

    def _tell_steps(self, session: Session, intent: Intent, slot: Slot | None) -> str:
        session = replace(session, stage="told-steps", tried=(*session.tried, self._voice.error(intent.id)))
        if intent.code == "required" and not session.codes and not session.asked_code:
            session = replace(session, asked_code=True)
            question = self._voice.say("ask.code")
        elif slot:
            session = _asking(session, slot)
            question = self._slot_question(slot)
        else:
            question = self._voice.say("ask.helped")
        self._reply(session, f"{self._steps(session, intent)}\n\n{question}")
        follow_up = follow_up_of(session, self._knowledge)
        if follow_up and not slot:
            self._set_follow_up(session, follow_up.after_s)
        else:
            keep_waiting(self._draft, session)
        return "answered"

    def _steps(self, session: Session, intent: Intent) -> str:
        """Written out, or, where everybody has just read them, a line that points to them."""
        if not intent.slots and not may_write_out(intent.id, self._message, self._memory):
            return self._voice.say("pace.steps_above", error=intent.name)
        self._draft.pace(written_out(intent.id, self._message, self._memory))
        guide, slots = self._memory.rules.guide_url, dict(session.slots)
        if not intent.long or not guide or session.chat.kind == "private":
            return intent.steps(slots)
        link = self._voice.say("guide.whole", link=f"{guide}/{intent.id}")
        return f"{intent.response.short(slots)}\n\n{link}"

    def _wait(self, session: Session, after_s: int, lead: str) -> str:
        text = self._voice.say("wait.back_in", time=self._voice.duration(after_s))
        self._reply(session, f"{lead} {text}".strip())
        self._set_follow_up(session, after_s)
        return "waiting"

    def _set_follow_up(self, session: Session, after_s: int) -> None:
        session = replace(session, stage="waiting", slot=None, choices=())
        self._draft.keep(session)
        self._draft.cancel_timers(quiet_timer(session))
        due_ms = self._draft.now_ms + after_s * 1000
        purpose = f"follow-up|{session.case}"
        self._draft.timer(Timer(follow_up_timer(session), due_ms, purpose, session.chat, session.person))

    def _offer_ticket(self, session: Session) -> str:
        self._reply(session, self._voice.say("ask.ticket_for_other"))
        keep_waiting(self._draft, replace(session, stage="offered-ticket"))
        return "offered"

    def _ask_which(self, meaning: Meaning) -> str:
        choices = [candidate.intent for candidate in meaning.candidates[:MOST_CHOICES]]
        session = replace(self._new_session(choices[0], meaning), intent=None, choices=(*choices, OTHER_ERROR))
        self._open_case(replace(session, intent=choices[0]), meaning)
        self._draft.review("which", replace(session, intent=choices[0]), by=session.person)
        lines = [f"{number}. {self._voice.error(IntentId(choice))}" for number, choice in enumerate(choices, 1)]
        lines.append(f"{len(choices) + 1}. {self._voice.say('ask.something_else')}")
        self._reply(session, "\n".join([self._voice.say("ask.which"), *lines]))
        keep_waiting(self._draft, replace(session, stage="asked-choice"))
        return "clarify"

    def _slot_question(self, slot: Slot) -> str:
        options = [f"{number}. {option.label}" for number, option in enumerate(slot.options, 1)]
        return "\n".join([slot.question, *options])

    def _new_session(self, intent: IntentId, meaning: Meaning) -> Session:
        message, now_ms = self._message, self._draft.now_ms
        return Session(
            chat=message.chat,
            person=message.sender,
            stage="told-steps",
            case=message.id,
            intent=intent,
            words=message.text,
            opened_ms=now_ms,
            updated_ms=now_ms,
            codes=meaning.codes,
            attachments=message.attachments,
            reading=message.reading,
            slots=tuple(self._told_slots(intent, meaning).items()),
        )

    def _told_slots(self, intent: IntentId, meaning: Meaning) -> dict[str, str]:
        known = self._knowledge.intents.get(intent)
        return known.told_slots(meaning.slots) if known else {}

    def _open_case(self, session: Session, meaning: Meaning) -> None:
        confidence, place = round(meaning.confidence, 3), self._memory.place
        case = replace(case_of(session), confidence=confidence, evidence=meaning.evidence, place=place)
        self._draft.case(case)
        self._draft.count("complaint", case.intent, case.codes)

    def _reply(self, session: Session, text: str) -> None:
        ref = Ref(session.chat, session.person, session.case, session.ticket)
        self._draft.reply(self._voice.answer(self._message, text, ref=ref))


def follow_up_of(session: Session, knowledge: Knowledge) -> FollowUp | None:
    """What the bot comes back with, for somebody with these branch facts."""
    intent = knowledge.intents.get(session.intent) if session.intent else None
    if intent is None or intent.follow_up is None:
        return None
    slots = dict(session.slots)
    return intent.follow_up if all(slots.get(name) == value for name, value in intent.follow_up.when) else None


def _asking(session: Session, slot: Slot) -> Session:
    return replace(session, slot=slot.name, choices=tuple(option.value for option in slot.options))


def _shapes_answer(intent: Intent, slot: Slot) -> bool:
    """Some part of the steps is only for one of the options: then the question comes first."""
    return any(name == slot.name for section in intent.response.sections for name, _ in section.when)
