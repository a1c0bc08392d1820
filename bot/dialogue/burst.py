"""'anh ơi' / 'em không gửi được' / a picture / the code, one after the other, are one complaint.

What says too little for an answer is kept for half a minute and read together with what follows. What deserves an
answer and yet hardly says what it is about waits some seconds for more, and is then answered once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue import commands
from bot.dialogue.draft import Draft, belongs_to
from bot.dialogue.memory import Memory
from bot.model import Chat, Decision, Incoming, Meaning, Message, MessageId, PersonId, Reading, Session, Timer, TimerDue

WITHIN_MS: Final = 30_000
HOLD_MS: Final = 3_000
FEW_WORDS: Final = 6
LONGEST_FRAGMENT: Final = 80
LONGEST_JOINED: Final = 400
"""Characters."""


def joined(incoming: Incoming, memory: Memory) -> Message | None:
    """The message together with the fragments before it; when the wait is over, the fragments alone."""
    kept = memory.gathered
    if kept is None:
        return None
    if isinstance(incoming, TimerDue):
        if not belongs_to(incoming.timer, kept):
            return None
        return Message(
            MessageId(kept.case), kept.chat, kept.person, kept.words, incoming.sent_ms,
            attachments=kept.attachments, mentions_bot=kept.addressed, waited=True, reading=kept.reading,
        )  # fmt: skip
    if not isinstance(incoming, Message) or memory.now_ms - kept.updated_ms > WITHIN_MS:
        return None
    if commands.parse(incoming) or incoming.mentions or memory.is_aside(incoming):
        return None
    return replace(
        incoming,
        text="\n".join(filter(None, (kept.words, incoming.text))),
        attachments=(*kept.attachments, *incoming.attachments),
        mentions_bot=incoming.mentions_bot or kept.addressed,
        reading=both(kept.reading, incoming.reading),
    )


def both(first: Reading | None, second: Reading | None) -> Reading | None:
    """Of two pictures the one that shows more of an error, with the codes of both."""
    if first is None or second is None:
        return first or second
    return replace(
        max(first, second, key=lambda reading: reading.score),
        codes=tuple(dict.fromkeys((*first.codes, *second.codes))),
        doubtful=tuple(dict.fromkeys((*first.doubtful, *second.doubtful))),
    )


def weigh(own: Meaning, whole: Meaning) -> Meaning:
    """What a message means of which `own` is the last line and `whole` all of it: a line that says it all decides."""
    if own.verdict == "answer" or (own.verdict != "silent" and whole.verdict in {"silent", "other-error"}):
        return replace(own, codes=whole.codes, slots={**whole.slots, **own.slots})
    return replace(whole, number=own.number, small_talk=own.small_talk or whole.small_talk)


def worded(own: Incoming, meaning: Meaning, whole: Message) -> Message:
    """A line that says it all needs no other words: what came before it may have been talk."""
    if isinstance(own, Message) and own.text and meaning.verdict == "answer":
        return replace(whole, text=own.text)
    return whole


def is_vague(message: Message, meaning: Meaning, memory: Memory) -> bool:
    """In a group, a few words that no error can be told from: more is likely to follow."""
    if message.waited or meaning.verdict != "other-error" or meaning.codes or message.attachments:
        return False
    return not memory.addressed_by(message) and len(message.text.split()) <= FEW_WORDS


def hold(draft: Draft, message: Message, memory: Memory) -> str:
    gather(draft, message, memory)
    chat, person = message.chat, message.sender
    draft.timer(Timer(_timer_id(chat, person), draft.now_ms + HOLD_MS, f"burst|{message.id}", chat, person))
    return "held"


def is_fragment(message: Message, meaning: Meaning) -> bool:
    """It may be the beginning of a complaint."""
    if message.waited or message.mentions or message.quote or meaning.small_talk & {"thanks", "solved", "yes", "no"}:
        return False
    last_line = message.text.rpartition("\n")[2]
    return len(last_line) <= LONGEST_FRAGMENT and len(message.text) <= LONGEST_JOINED


def gather(draft: Draft, message: Message, memory: Memory) -> str:
    draft.keep(
        Session(
            chat=message.chat,
            person=message.sender,
            stage="gathering",
            case=message.id,
            intent=None,
            words=message.text,
            opened_ms=draft.now_ms,
            updated_ms=draft.now_ms,
            attachments=message.attachments,
            addressed=memory.addressed_by(message),
            reading=message.reading,
        )
    )
    return "gathered"


def used_up(decision: Decision, kept: Session) -> Decision:
    """After a message that the fragments were read with, they are gone, or are part of what is kept now."""
    ended = () if decision.session else ((kept.chat, kept.person),)
    return replace(
        decision,
        end_sessions=(*decision.end_sessions, *ended),
        cancel_timers=(_timer_id(kept.chat, kept.person), *decision.cancel_timers),
    )


def _timer_id(chat: Chat, person: PersonId) -> str:
    return f"burst|{chat.id}|{person}"
