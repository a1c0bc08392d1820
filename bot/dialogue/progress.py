"""'Sao rồi ạ', 'phiếu của em tới đâu rồi': somebody who waits for a ticket asks how it is. Talk of anything else is
none of the bot's business, so such a question is one only when it holds no other words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.dialogue import questions
from bot.dialogue.announce import where_it_stands
from bot.dialogue.draft import Draft
from bot.dialogue.lists import ticket_line
from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice
from bot.language.normalise import fold
from bot.model import OPEN_STATES, Meaning, Message, Ref, Ticket

_WORD: Final = re.compile(r"[^\W\d_]+")


def asked(draft: Draft, voice: Voice, memory: Memory, message: Message, meaning: Meaning) -> str | None:
    """Answers with the state of the ticket. Several, or the last one that was done, only to who speaks to the bot."""
    is_speech = memory.addressed_by(message) or not (memory.is_aside(message) or message.mentions)
    if "how-far" not in meaning.small_talk or not is_speech or not _holds_no_other_words(voice, message, meaning):
        return None
    waiting = [ticket for ticket in memory.my_tickets if ticket.state in OPEN_STATES]
    if memory.addressed_by(message) and not waiting:
        waiting = list(memory.my_tickets[:1])
    found = [each for each in waiting if questions.names(message, meaning, each)] or waiting
    if not found or (len(found) > 1 and not memory.addressed_by(message)):
        return None
    ref = Ref(message.chat, message.sender, ticket=found[0].number if len(found) == 1 else None)
    draft.reply(voice.answer(message, _told(voice, found), ref=ref))
    return "told"


def _told(voice: Voice, found: Sequence[Ticket]) -> str:
    if len(found) == 1 and found[0].state in OPEN_STATES:
        return where_it_stands(voice, found[0])
    return "\n".join([voice.say("list.mine"), *(ticket_line(voice, ticket) for ticket in found)])


def _holds_no_other_words(voice: Voice, message: Message, meaning: Meaning) -> bool:
    text = fold(message.text)
    for code in meaning.codes:
        text = text.replace(fold(code), " ")
    return set(_WORD.findall(text)) <= set(fold(voice.say("answers.how_far")).split())
