"""Buttons beside what the bot asks in a private chat: the same answers as in words, a tap each."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue.voice import Voice, shortened
from bot.language.knowledge import Knowledge
from bot.model import Button, Decision, IntentId, Session

MOST: Final = 5
LONGEST_TITLE: Final = 100
"""What Zalo takes: buttons a message, characters of one."""


def with_buttons(decision: Decision, knowledge: Knowledge, voice: Voice) -> Decision:
    """The last reply of a private conversation offers what may be answered to it."""
    session = decision.session
    if session is None or session.chat.kind != "private":
        return decision
    buttons = tuple(_choices(session, knowledge, voice)[:MOST])
    replies = list(decision.replies)
    for number in reversed(range(len(replies))):
        if replies[number].chat == session.chat:
            replies[number] = replace(replies[number], buttons=buttons)
            return replace(decision, replies=tuple(replies))
    return decision


def _choices(session: Session, knowledge: Knowledge, voice: Voice) -> list[Button]:
    if session.stage == "asked-choice":
        return _numbered([voice.error(IntentId(choice)) for choice in session.choices])
    intent = knowledge.intents.get(session.intent) if session.intent else None
    slot = next((slot for slot in intent.slots if slot.name == session.slot), None) if intent else None
    if slot:
        return _numbered([option.label for option in slot.options])
    keys = {
        "offered-ticket": ("yes", "no"),
        "told-steps": ("solved", "not_solved"),
        "waiting": ("solved",),
        "asked-code": ("no_code",),
    }.get(session.stage, ())
    words = [voice.say(f"buttons.{key}") for key in keys]
    return [Button(said, said) for said in words]


def _numbered(labels: list[str]) -> list[Button]:
    return [Button(shortened(label, LONGEST_TITLE), str(number)) for number, label in enumerate(labels, 1)]
