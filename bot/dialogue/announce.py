"""What technicians are told: a new ticket, one more reporter, news about a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.dialogue.alike import most_alike
from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice, shortened
from bot.language.codes import unit_of
from bot.model import Chat, PersonId, Ref, Reply, Ticket

SHORT_SOLVED: Final = 80
"""Characters of a solved ticket's words, and of how it was solved."""


def homes(memory: Memory, ticket: Ticket) -> tuple[Chat, ...]:
    """Where technicians hear of a ticket: their group, or that of the complaint, or else each of them in private."""
    if memory.tech_group:
        return (memory.tech_group,)
    groups = tuple(dict.fromkeys(r.chat for r in ticket.reporters if r.chat.kind == "group"))
    return groups or technicians(memory)


def technicians(memory: Memory) -> tuple[Chat, ...]:
    """Where technicians hear of what no official need see: their group, or else each of them in private."""
    if memory.tech_group:
        return (memory.tech_group,)
    return in_private(memory.on_duty("technician") or memory.on_duty("supervisor") or memory.on_staff())


def in_private(people: Iterable[PersonId]) -> tuple[Chat, ...]:
    return tuple(Chat("private", person) for person in people)


def announce(voice: Voice, memory: Memory, ticket: Ticket, place: str = "") -> tuple[Reply, ...]:
    """A new ticket, with everything that is needed to begin. `place`: the unit that its reporter named before."""
    units = dict.fromkeys(unit for unit in map(unit_of, ticket.codes) if unit) or ([place] if place else [])
    lines = [
        voice.say("announce.title", number=ticket.number, error=voice.error(ticket.intent)),
        voice.say("announce.codes", codes=voice.codes(ticket.codes)),
        voice.say("announce.unit", unit=", ".join(units)) if units else "",
        voice.say("announce.reporter", name=voice.name(ticket.reporters[0].person)),
        voice.say("announce.words", words=shortened(ticket.words)) if ticket.words else "",
        voice.say("announce.tried", tried=", ".join(ticket.tried)) if ticket.tried else "",
        voice.say("announce.facts", facts="; ".join(ticket.facts)) if ticket.facts else "",
        *(voice.say("announce.attachment", kind=voice.say(f"media.{a.kind}"), url=a.url) for a in ticket.attachments),
        *_solved(voice, memory, ticket),
        voice.say("announce.how", number=ticket.number),
    ]
    return tell_technicians(memory, ticket, "\n".join(line for line in lines if line))


def _solved(voice: Voice, memory: Memory, ticket: Ticket) -> Iterable[str]:
    """How others of the same error were solved."""
    found = most_alike(ticket, memory.solved or ())
    if found:
        yield voice.say("announce.solved_title")
    for each in found:
        words, how = shortened(each.words, SHORT_SOLVED), shortened(each.resolution, SHORT_SOLVED)
        yield voice.say("announce.solved", number=each.number, words=words, how=how)


def tell_technicians(memory: Memory, ticket: Ticket, text: str, *, unless_in: Chat | None = None) -> tuple[Reply, ...]:
    """`unless_in`: the chat where the technicians have seen it already."""
    ref = Ref(ticket.reporters[0].chat, ticket.reporters[0].person, ticket=ticket.number)
    return tuple(Reply(chat, text, ref=ref) for chat in homes(memory, ticket) if chat != unless_in)


def from_reporter(memory: Memory, ticket: Ticket, text: str, said_in: Chat) -> tuple[Reply, ...]:
    """What a reporter says; to the owner alone where it was said in private and all would read it in the group."""
    is_public = memory.tech_group is None and any(home.kind == "group" for home in homes(memory, ticket))
    if said_in.kind == "private" and is_public and ticket.owner:
        ref = Ref(ticket.reporters[0].chat, ticket.reporters[0].person, ticket=ticket.number)
        return tuple(Reply(chat, text, ref=ref) for chat in in_private((ticket.owner,)))
    return tell_technicians(memory, ticket, text, unless_in=said_in)


def where_it_stands(voice: Voice, ticket: Ticket) -> str:
    """For somebody who waits for it."""
    if ticket.state == "waiting" and ticket.stopped_ms:
        owner, time = voice.name(ticket.owner), voice.moment(ticket.stopped_ms)
        return voice.say("ticket.is_waiting", number=ticket.number, owner=owner, time=time)
    if ticket.owner and ticket.claimed_ms:
        owner, time = voice.name(ticket.owner), voice.moment(ticket.claimed_ms)
        return voice.say("ticket.is_claimed", number=ticket.number, owner=owner, time=time)
    return voice.say("ticket.is_new", number=ticket.number, time=voice.moment(ticket.opened_ms))
