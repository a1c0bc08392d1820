"""Answers to messages that come hours late, after an outage of Zalo's or our own: they say so, or stay out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice
from bot.model import Decision, Message, Reply

LATE_MS: Final = 3_600_000


def dated(decision: Decision, message: Message, memory: Memory, voice: Voice) -> Decision:
    """The answer to a message older than an hour names the time of that message."""
    if not 0 < message.sent_ms < memory.now_ms - LATE_MS:
        return decision
    note = voice.say("late.answer", time=voice.moment(message.sent_ms))

    def with_note(reply: Reply) -> Reply:
        own = reply.chat == message.chat and reply.quote == message.id
        return replace(reply, text=f"{reply.text}\n\n{note}") if own else reply

    return replace(decision, replies=tuple(map(with_note, decision.replies)))
