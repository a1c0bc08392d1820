"""Where every message comes to be decided: who handles it, and whether the bot says anything at all.

In a group the bot speaks when it is spoken to, when it is sure that an official's message is a complaint, or when the
person is in a conversation with it. Everything else is silence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue import burst, commands, desk, progress, tickets
from bot.dialogue.answers import Answers
from bot.dialogue.buttons import with_buttons
from bot.dialogue.call import Call
from bot.dialogue.commands import Invocation
from bot.dialogue.complaints import Complaints
from bot.dialogue.conversation import Conversation
from bot.dialogue.draft import Draft, belongs_to, follow_up_timer
from bot.dialogue.late import dated
from bot.dialogue.memory import Memory
from bot.dialogue.outcomes import close, keep_waiting
from bot.dialogue.pace import hinted, may_hint, paced
from bot.dialogue.pages import shown_on_page
from bot.dialogue.reported import Reported
from bot.dialogue.review import take_back
from bot.dialogue.voice import Voice
from bot.language.knowledge import Knowledge
from bot.language.sight import alone, asking
from bot.model import (
    ME_TOO,
    SILENT,
    STAFF,
    THE_BOT,
    Case,
    Decision,
    Echo,
    Incoming,
    Meaning,
    Message,
    Ref,
    Session,
    Ticket,
    TimerDue,
    Why,
)

CALLS_S: Final = 600
"""For so long after the one line about an incident, a call for a technician is meant for the bot."""
LONGEST_ME_TOO: Final = 60
"""Characters of an 'em cũng bị' without a quote: whoever writes more tells a story of their own."""


def decide(incoming: Incoming, meaning: Meaning, memory: Memory, knowledge: Knowledge) -> Decision:
    voice = Voice(knowledge, memory)
    if isinstance(incoming, Message):
        decision = _of_message(incoming, meaning, memory, knowledge, voice)
        return burst.used_up(decision, memory.gathered) if memory.gathered else decision
    if isinstance(incoming, TimerDue) and incoming.timer.person == THE_BOT:
        return desk.at_desk(incoming, memory, knowledge, voice)
    if isinstance(incoming, TimerDue):
        return with_buttons(_timer(incoming, memory, knowledge, voice), knowledge, voice)
    if isinstance(incoming, Echo) and incoming.admin and memory.session:
        return _leave(memory, memory.session)
    return SILENT


def _of_message(message: Message, meaning: Meaning, memory: Memory, knowledge: Knowledge, voice: Voice) -> Decision:
    if message.answered and memory.role not in STAFF:
        return SILENT
    decision = _placed(_Turn(message, meaning, memory, knowledge, voice).decide(), message, memory)
    decision = dated(with_buttons(decision, knowledge, voice), message, memory, voice)
    return shown_on_page(decision, message) if message.from_page else paced(decision, message, memory, voice)


def _placed(decision: Decision, message: Message, memory: Memory) -> Decision:
    if not decision.tickets:
        return decision
    changed = (tickets.placed(ticket, memory.tickets.get(ticket.number), message) for ticket in decision.tickets)
    return replace(decision, tickets=tuple(changed))


class _Turn:
    def __init__(self, message: Message, meaning: Meaning, memory: Memory, knowledge: Knowledge, voice: Voice) -> None:
        self._message = message
        self._meaning = meaning
        self._memory = memory
        self._knowledge = knowledge
        self._voice = voice
        self._draft = Draft(memory.now_ms)

    def decide(self) -> Decision:
        called = commands.parse(self._message) or self._spoken()
        if called:
            return self._decision(self._run(called))
        if self._takes_back():
            return self._decision(take_back(self._draft, self._voice, self._memory, self._message))
        below = self._below_ticket()
        if below:
            return self._decision(self._run(below))
        is_staff, in_group = self._memory.role in STAFF, self._message.chat.kind == "group"
        if is_staff and in_group and not self._message.mentions_bot and not self._moves_own():
            return self._of_staff()
        outcome = self._of_official()
        if outcome is None and not is_staff and self._memory.session is None:
            outcome = self._unanswered()
        return self._decision(self._explained(outcome))

    def _run(self, called: Invocation) -> str:
        call = Call(
            self._message, self._meaning, self._memory, self._knowledge, self._voice, self._draft,
            called.numbers, called.words, called.people,
        )  # fmt: skip
        return commands.run(called, call)

    def _spoken(self) -> Invocation | None:
        return commands.spoken(self._message) if self._memory.role in STAFF else None

    def _takes_back(self) -> bool:
        """Staff who quote an answer of the bot with 'sai rồi'; below a ticket it is a note."""
        quoted = self._memory.quoted
        if self._memory.role not in STAFF or quoted is None or quoted.why is None or quoted.ticket:
            return False
        return "wrong-answer" in self._meaning.small_talk and quoted.person != self._message.sender

    def _below_ticket(self) -> Invocation | None:
        """What a technician writes below a quoted ticket is a command or a note, in a group and in private."""
        quoted = self._memory.quoted
        if self._memory.role not in STAFF or quoted is None or not quoted.ticket or not self._memory.quoted_by_bot:
            return None
        text = commands.words_of(self._message)
        command = commands.plain_words(text)
        if command or quoted.person == self._message.sender:
            return command
        return commands.invocation("ghichu", text)

    def _moves_own(self) -> bool:
        """Staff who asked the bot for help go on with it like anybody."""
        own = self._memory.session
        if own is None or own.ticket or own.stage == "handed-over" or self._memory.is_aside(self._message):
            return False
        return self._moves() and not self._message.mentions

    def _moves(self) -> bool:
        meaning = self._meaning
        return bool(meaning.small_talk or meaning.codes or meaning.number or meaning.slots)

    def _of_staff(self) -> Decision:
        """Technicians talk among themselves and with officials; whoever of them answers a person has taken over."""
        session = self._memory.quoted_session
        return _leave(self._memory, session) if session and session.stage != "handed-over" else SILENT

    def _of_official(self) -> str | None:
        if told := progress.asked(self._draft, self._voice, self._memory, self._message, self._meaning):
            return told
        session = self._subject()
        ticket, done = self._quoted_ticket(), None
        if ticket is None:
            done = self._to_question(session)
            if session and session.stage == "asked-question":
                session = None
            ticket = self._memory.lasting(session.ticket) if session and session.ticket else None
        if done is None and ticket:
            done = self._reported(ticket, session)
        elif done is None and session and not session.ticket:
            done = self._conversation(session)
            return done or self._me_too() or self._small_answer()
        if done:
            return done
        if self._meaning.verdict != "silent":
            if burst.is_vague(self._message, self._meaning, self._memory):
                return burst.hold(self._draft, self._message, self._memory)
            return self._complaints().begin(self._meaning)
        if "human" in self._meaning.small_talk and self._calls_the_bot():
            return self._run(commands.invocation("kythuat", self._message.text))
        return self._me_too() or self._small_answer()

    def _conversation(self, session: Session) -> str | None:
        message, meaning = asking(self._message, self._meaning, session.codes)
        return Conversation(self._draft, self._voice, self._memory, self._knowledge, message, meaning, session).go_on()

    def _to_question(self, session: Session | None) -> str | None:
        """What a technician asked may be answered in any chat."""
        if session and session.person != self._message.sender:
            return None
        return Answers(self._draft, self._voice, self._memory, self._message, self._meaning).go_on(session)

    def _reported(self, ticket: Ticket, session: Session | None) -> str | None:
        follows = session and session.ticket and self._memory.lasting(session.ticket) == ticket
        own = replace(session, ticket=ticket.number) if session and follows else None
        message, meaning = asking(self._message, self._meaning, ticket.codes)
        return Reported(self._draft, self._voice, self._memory, message, meaning, ticket, own).go_on()

    def _subject(self) -> Session | None:
        """Whose conversation the message goes on with: the sender's own, or, when a colleague answers for somebody by
        quoting the bot, that person's."""
        quoted = self._memory.quoted_session
        if quoted and self._memory.quoted_by_bot and self._moves() and not self._meaning.small_talk & ME_TOO:
            return quoted
        if self._meaning.verdict == "silent" and self._memory.is_aside(self._message):
            return None
        return self._memory.session

    def _calls_the_bot(self) -> bool:
        """Also who was just told here that there is an incident, and has no conversation any more."""
        told = self._memory.own_complaint
        if self._memory.addressed_by(self._message) or told is None:
            return self._memory.addressed_by(self._message)
        just = self._draft.now_ms - (told.ended_ms or 0) <= CALLS_S * 1000
        return told.outcome == "incident" and told.chat == self._message.chat and just

    def _quoted_ticket(self) -> Ticket | None:
        quoted = self._memory.quoted
        if quoted and quoted.ticket and self._memory.quoted_by_bot and not self._meaning.small_talk & ME_TOO:
            return self._memory.lasting(quoted.ticket)
        return None

    def _me_too(self) -> str | None:
        """'em cũng bị' below somebody's complaint: the same error, a case of one's own."""
        talk, message = self._meaning.small_talk, self._message
        about: Session | Case | None = self._quoted_complaint() if talk & ME_TOO else None
        if message.quote is None and "me-too" in talk and len(message.text) <= LONGEST_ME_TOO:
            about = self._memory.last_complaint
        if about is None or about.intent is None or about.person == message.sender:
            return None
        return self._complaints().begin_with(about.intent, self._meaning, about.words)

    def _quoted_complaint(self) -> Session | Case | None:
        """The conversation that is quoted; when it has ended, such as with an incident, its complaint."""
        quoted, case = self._memory.quoted, self._memory.case
        return self._memory.quoted_session or (case if quoted and case and case.id == quoted.case else None)

    def _small_answer(self) -> str | None:
        """To somebody who speaks to the bot and says nothing that it can act on."""
        if not self._memory.addressed_by(self._message):
            return None
        if self._meaning.small_talk & {"thanks", "solved"}:
            key = "small.thanks"
        elif self._memory.session is None and not self._message.waited:
            return burst.hold(self._draft, self._message, self._memory)
        elif not self._message.text and (shown := alone(self._meaning, self._message.reading)).verdict == "answer":
            return self._complaints().begin(shown)
        elif not may_hint(self._message, self._memory):
            return None
        else:
            key = "small.picture" if self._message.attachments and not self._message.text else "small.what"
            self._draft.pace(hinted(self._message, self._memory))
        ref = Ref(self._message.chat, self._message.sender)
        self._draft.reply(self._voice.answer(self._message, self._voice.say(key), ref=ref))
        return "small-talk"

    def _unanswered(self) -> str | None:
        doubtful = self._meaning.doubtful and not self._meaning.small_talk & {"thanks", "solved"}
        if doubtful:
            self._draft.unanswered(self._message, self._meaning)
        return self._keep_fragment() or ("doubtful" if doubtful else None)

    def _keep_fragment(self) -> str | None:
        if not burst.is_fragment(self._message, self._meaning):
            return None
        return burst.gather(self._draft, self._message, self._memory)

    def _complaints(self) -> Complaints:
        return Complaints(self._draft, self._voice, self._memory, self._knowledge, self._message)

    def _decision(self, outcome: str | None) -> Decision:
        return self._draft.decision(outcome) if outcome else SILENT

    def _explained(self, outcome: str | None) -> str | None:
        """What the bot says to an official remembers why, for /visao."""
        case = self._draft.last_case or self._memory.case
        if outcome and case:
            why = Why(outcome, case.intent, case.confidence, case.evidence, self._knowledge.version)
            self._draft.explained(why, self._message.chat)
        return outcome


def _timer(due: TimerDue, memory: Memory, knowledge: Knowledge, voice: Voice) -> Decision:
    """A follow-up asks once; a conversation that stays quiet ends as unknown, without a word."""
    session = memory.session
    if session is None or session.ticket or not belongs_to(due.timer, session):
        return SILENT
    draft = Draft(memory.now_ms)
    if due.timer.purpose.startswith("quiet|"):
        close(draft, session, memory, "unknown")
        return draft.decision("unknown")
    intent = knowledge.intents.get(session.intent) if session.intent else None
    if intent is None or intent.follow_up is None:
        return SILENT
    ref = Ref(session.chat, session.person, session.case)
    draft.reply(voice.tell(session.chat, session.person, intent.follow_up.question, ref=ref))
    keep_waiting(draft, replace(session, stage="told-steps"))
    return draft.decision("follow-up")


def _leave(memory: Memory, session: Session) -> Decision:
    """A person has taken over: the bot says no more in this conversation."""
    if session.ticket:
        return SILENT
    draft = Draft(memory.now_ms)
    draft.cancel_timers(follow_up_timer(session))
    keep_waiting(draft, replace(session, stage="handed-over", slot=None, choices=()))
    return draft.decision("taken-over")
