"""Why the bot said something, and taking it back: what staff do to an answer that they quote."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue.call import Call
from bot.dialogue.draft import Draft, follow_up_timer
from bot.dialogue.memory import Memory
from bot.dialogue.outcomes import keep_waiting
from bot.dialogue.voice import Voice
from bot.model import OTHER_ERROR, Message, Ref

MOST_PATTERNS: Final = 3


def why(call: Call) -> str:
    quoted = call.memory.quoted
    if quoted is None or quoted.why is None or not call.memory.quoted_by_bot:
        return call.refuse("why.quote")
    reason = quoted.why
    if reason.intent == OTHER_ERROR:
        return call.say("why.other", "told", version=reason.knowledge)
    return call.say(
        "why.known" if reason.evidence else "why.learnt",
        "told",
        error=call.voice.error(reason.intent),
        percent=round(100 * reason.confidence),
        patterns="; ".join(f"\u201c{pattern}\u201d" for pattern in reason.evidence[:MOST_PATTERNS]),
        version=reason.knowledge,
    )


def take_back(draft: Draft, voice: Voice, memory: Memory, message: Message) -> str:
    """Somebody with a role says that the quoted answer is wrong: the bot leaves the person to them, and the complaint
    is filed for review."""
    quoted, session, case = memory.quoted, memory.quoted_session, memory.case
    about = session or case
    if about:
        draft.review("taken-back", about, by=message.sender)
        draft.count("wrong-answer", about.intent or OTHER_ERROR, about.codes)
    if session and not session.ticket:
        draft.cancel_timers(follow_up_timer(session))
        keep_waiting(draft, replace(session, stage="handed-over", slot=None, choices=()))
    person = quoted.person if quoted and quoted.person else message.sender
    draft.reply(voice.tell(message.chat, person, voice.say("why.taken_back"), ref=Ref(message.chat, person)))
    return "taken-back"
