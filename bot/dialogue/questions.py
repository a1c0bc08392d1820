"""Which question of a technician (/hoi) a message answers, in whatever chat it is written.

A question is open to each reporter until they say something about the ticket. Who writes where they were not asked, and
is not speaking to the bot, is believed to answer for half an hour only.
"""

from __future__ import annotations

import re
from typing import Final

from bot.dialogue.memory import Memory
from bot.language.normalise import fold
from bot.model import OPEN_STATES, Chat, Meaning, Message, PersonId, Session, SmallTalk, Ticket, TicketEvent, TicketVerb

ANSWERS_S: Final = 2 * 3600
"""Within so long of a question each reporter's word is taken for their answer, whoever else has answered."""
ELSEWHERE_S: Final = 1800
MOST_POLITE_WORDS: Final = 6
_OF_REPORTER: Final[frozenset[TicketVerb]] = frozenset({"opened", "joined", "answered", "reopened"})
_POLITE: Final[frozenset[SmallTalk]] = frozenset({"thanks", "greeting"})
_NAMED: Final = re.compile(r"(?:#|phieu\s+(?:so\s+)?#?)\s*(\d{1,9})\b")


def open_question(ticket: Ticket, person: PersonId) -> TicketEvent | None:
    """What a reporter was asked last, unless they have said something since."""
    if ticket.state not in OPEN_STATES or where_told(ticket, person) is None:
        return None
    for event in reversed(ticket.history):
        if event.verb == "asked":
            return event
        if event.by == person and event.verb in _OF_REPORTER:
            return None
    return None


def is_asked(ticket: Ticket, person: PersonId, now_ms: int) -> bool:
    """Their word is waited for, be it that of one of several reporters, and not of the first one to answer."""
    event = open_question(ticket, person)
    return event is not None and (ticket.state == "waiting" or now_ms - event.at_ms <= ANSWERS_S * 1000)


def where_told(ticket: Ticket, person: PersonId) -> Chat | None:
    """The chat in which a reporter hears of the ticket."""
    return next((each.chat for each in ticket.reporters if each.person == person), None)


def answered_by(message: Message, meaning: Meaning, memory: Memory, session: Session | None) -> tuple[Ticket, ...]:
    """The ticket whose question the message answers; several, when the person must say which. `session` is the
    conversation that the message would go on with otherwise."""
    person, now_ms = message.sender, memory.now_ms
    if not memory.asked or is_polite(message, meaning) or memory.is_aside(message) or message.mentions:
        return ()
    found = [each for number in memory.asked if (each := memory.tickets.get(number)) and is_asked(each, person, now_ms)]
    if session:
        found = [each for each in found if not _is_of_conversation(message, meaning, memory, session, each)]
    named = [each for each in found if names(message, meaning, each)]
    here = [each for each in found if where_told(each, person) == message.chat]
    if named or here or memory.addressed_by(message):
        return tuple(named or here or found)
    recent = [each for each in found if now_ms - _asked_ms(each, person) <= ELSEWHERE_S * 1000]
    return tuple(recent) if len(found) == 1 and _adds_nothing(meaning, found[0]) else ()


def _adds_nothing(meaning: Meaning, ticket: Ticket) -> bool:
    """The words are no complaint, or of the very error that the question is about, without another dossier."""
    return meaning.verdict == "silent" or (meaning.intent == ticket.intent and not meaning.codes)


def is_polite(message: Message, meaning: Meaning) -> bool:
    """A bare greeting, or thanks for the question."""
    few = len(message.text.split()) <= MOST_POLITE_WORDS
    return bool(meaning.small_talk) and meaning.small_talk <= _POLITE and few and not message.attachments


def names(message: Message, meaning: Meaning, ticket: Ticket) -> bool:
    """By its number or one of its codes."""
    numbers = {int(found) for found in _NAMED.findall(fold(message.text))}
    return ticket.number in numbers or bool(set(ticket.codes) & set(meaning.codes))


def _is_of_conversation(message: Message, meaning: Meaning, memory: Memory, session: Session, ticket: Ticket) -> bool:
    """The bot's own conversation comes first where it was the last to speak, and where the question was asked elsewhere
    and the words are such as the conversation waits for."""
    if session.ticket == ticket.number:
        return False
    if session.ticket:
        other = memory.lasting(session.ticket)
        return other is not None and other.state not in OPEN_STATES and "not-solved" in meaning.small_talk
    moves = bool(meaning.small_talk or meaning.codes or meaning.number or meaning.slots)
    is_elsewhere = where_told(ticket, message.sender) != message.chat
    return _asked_ms(ticket, message.sender) < session.updated_ms or (moves and is_elsewhere)


def _asked_ms(ticket: Ticket, person: PersonId) -> int:
    event = open_question(ticket, person)
    return event.at_ms if event else 0
