"""How much the bot says at most: it answers everybody, and yet it never floods a chat.

What is not said is still done: complaints are counted, tickets opened, conversations go on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice
from bot.model import STAFF, Decision, IntentId, Message, Pace

FULL_ANSWERS: Final = 3
"""So often the steps for one error are written out in a group within ten minutes; then a line points to them."""
HINTS: Final = {"group": 1, "private": 3}
"""So often within ten minutes the bot tells one person what it can be asked."""
_HUSH: Final = "hush"


def paced(decision: Decision, message: Message, memory: Memory, voice: Voice) -> Decision:
    """Leaves out the answer to an official when this minute saw too many; one line says so."""
    own = [reply for reply in decision.replies if reply.chat == message.chat and reply.quote == message.id]
    if not own or memory.role in STAFF:
        return decision
    said, rules = memory.said, memory.rules
    in_group = sum(said.values()) if message.chat.kind == "group" else 0
    if said.get(message.sender, 0) < rules.replies_to_person and in_group < rules.replies_in_group:
        return replace(decision, paces=(*decision.paces, Pace("said", message.chat, message.sender, memory.now_ms)))
    replies = tuple(reply for reply in decision.replies if reply not in own)
    if _HUSH in said:
        return replace(decision, replies=replies)
    hush = voice.answer(message, voice.say("pace.hush"))
    return replace(
        decision,
        replies=(*replies, hush),
        paces=(*decision.paces, Pace("said", message.chat, _HUSH, memory.now_ms)),
    )


def may_write_out(intent: IntentId, message: Message, memory: Memory) -> bool:
    return message.chat.kind == "private" or memory.told.get(intent, 0) < FULL_ANSWERS


def written_out(intent: IntentId, message: Message, memory: Memory) -> Pace:
    return Pace("told", message.chat, intent, memory.now_ms)


def may_hint(message: Message, memory: Memory) -> bool:
    return memory.told.get(_hint_to(message), 0) < HINTS[message.chat.kind]


def hinted(message: Message, memory: Memory) -> Pace:
    return Pace("told", message.chat, _hint_to(message), memory.now_ms)


def _hint_to(message: Message) -> str:
    return f"hint|{message.sender}"
