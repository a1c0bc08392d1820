"""Where every message comes to be decided: who handles it, and whether the bot says anything at all.

In a group the bot speaks when it is spoken to, when it is sure that an official's message is a complaint, or when the
person is in a conversation with it. Everything else is silence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dialogue import commands
from bot.dialogue.call import Call
from bot.dialogue.commands import Invocation
from bot.dialogue.complaints import Complaints
from bot.dialogue.conversation import Conversation
from bot.dialogue.draft import Draft, belongs_to, follow_up_timer
from bot.dialogue.memory import Memory, Wants
from bot.dialogue.outcomes import close, keep_waiting
from bot.dialogue.periods import Days, read_period
from bot.dialogue.voice import Voice
from bot.language.knowledge import Knowledge
from bot.model import SILENT, STAFF, Decision, Echo, Incoming, Meaning, Message, Ref, Session, TimerDue


def wants(incoming: Incoming, meaning: Meaning, now_ms: int, zone: ZoneInfo) -> Wants:
    """What must be loaded before this message can be decided."""
    if not isinstance(incoming, Message):
        return Wants()
    called = commands.parse(incoming)
    intents = tuple(candidate.intent for candidate in meaning.candidates)
    return Wants(
        tickets=called.numbers if called else (),
        intents=intents,
        codes=meaning.codes,
        open_tickets=_is(called, "ds"),
        my_tickets=_is(called, "phieucuatoi"),
        days=_days(called, now_ms, zone),
        conversation_of=incoming.mentions[0] if incoming.mentions and not called else None,
    )


def decide(incoming: Incoming, meaning: Meaning, memory: Memory, knowledge: Knowledge) -> Decision:
    if isinstance(incoming, Message):
        return _Turn(incoming, meaning, memory, knowledge).decide()
    if isinstance(incoming, TimerDue):
        return _timer(incoming, memory, knowledge)
    if isinstance(incoming, Echo) and incoming.admin and memory.session:
        return _leave(memory, memory.session)
    return SILENT


class _Turn:
    def __init__(self, message: Message, meaning: Meaning, memory: Memory, knowledge: Knowledge) -> None:
        self._message = message
        self._meaning = meaning
        self._memory = memory
        self._knowledge = knowledge
        self._voice = Voice(knowledge, memory)
        self._draft = Draft(memory.now_ms)

    def decide(self) -> Decision:
        called = commands.parse(self._message)
        if called:
            return self._decision(self._run(called))
        is_staff, in_group = self._memory.role in STAFF, self._message.chat.kind == "group"
        if is_staff and in_group and not self._message.mentions_bot:
            return self._of_staff()
        return self._decision(self._of_official())

    def _run(self, called: Invocation) -> str:
        call = Call(
            self._message, self._meaning, self._memory, self._knowledge, self._voice, self._draft,
            called.numbers, called.words, called.people,
        )  # fmt: skip
        return commands.run(called, call)

    def _of_staff(self) -> Decision:
        """Technicians talk among themselves and with officials: words below a quoted ticket are a command or a note,
        and whoever of them answers a person has taken over."""
        memory = self._memory
        if memory.quoted and memory.quoted.ticket and memory.quoted_by_bot:
            called = commands.plain_words(self._message.text) or commands.invocation("ghichu", self._message.text)
            return self._decision(self._run(called))
        session = memory.quoted_session
        return _leave(memory, session) if session and session.stage != "handed-over" else SILENT

    def _of_official(self) -> str | None:
        session = self._subject()
        if session:
            done = Conversation(
                self._draft, self._voice, self._memory, self._knowledge, self._message, self._meaning, session
            ).go_on()
            if done:
                return done
        elif self._meaning.verdict != "silent":
            return self._complaints().begin(self._meaning)
        elif "human" in self._meaning.small_talk and self._addressed():
            return self._run(commands.invocation("kythuat", self._message.text))
        joined = self._me_too()
        return joined or self._small_answer(session)

    def _subject(self) -> Session | None:
        """Whose conversation the message goes on with: the sender's own, or, when a colleague answers for somebody by
        quoting the bot, that person's."""
        memory = self._memory
        quoted = memory.quoted_session
        moves = bool(self._meaning.small_talk or self._meaning.codes or self._meaning.number)
        if quoted and memory.quoted_by_bot and moves and "me-too" not in self._meaning.small_talk:
            return quoted
        return memory.session

    def _me_too(self) -> str | None:
        """'em cũng bị' below somebody's complaint: the same error, a case of one's own."""
        quoted = self._memory.quoted_session
        if quoted is None or quoted.intent is None or "me-too" not in self._meaning.small_talk:
            return None
        return self._complaints().begin_with(quoted.intent, self._meaning)

    def _small_answer(self, session: Session | None) -> str | None:
        """To somebody who speaks to the bot and says nothing that it can act on."""
        if not self._addressed() or (session and self._message.chat.kind == "group"):
            return None
        talk = self._meaning.small_talk
        if talk & {"thanks", "solved"}:
            key = "small.thanks"
        elif self._message.attachments and not self._message.text:
            key = "small.picture"
        else:
            key = "small.what"
        ref = Ref(self._message.chat, self._message.sender)
        self._draft.reply(self._voice.answer(self._message, self._voice.say(key), ref=ref))
        return "small-talk"

    def _addressed(self) -> bool:
        return self._message.chat.kind == "private" or self._message.mentions_bot or self._memory.quoted_by_bot

    def _complaints(self) -> Complaints:
        return Complaints(self._draft, self._voice, self._memory, self._knowledge, self._message)

    def _decision(self, outcome: str | None) -> Decision:
        return self._draft.decision(outcome) if outcome else SILENT


def _timer(due: TimerDue, memory: Memory, knowledge: Knowledge) -> Decision:
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
    voice = Voice(knowledge, memory)
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


def _is(called: Invocation | None, name: str) -> bool:
    return bool(called and called.command and called.command.name == name)


def _days(called: Invocation | None, now_ms: int, zone: ZoneInfo) -> Days | None:
    if called is None or not _is(called, "thongke"):
        return None
    return read_period(called.words, datetime.fromtimestamp(now_ms / 1000, zone).date())
