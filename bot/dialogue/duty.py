"""Who is on the staff, who is at work and who holds what: /vaitro, /nghi, /lam and /nguoi."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.dialogue import colleagues
from bot.dialogue.announce import technicians
from bot.dialogue.call import Call
from bot.dialogue.desk import left_timer
from bot.dialogue.lists import Board
from bot.language.normalise import fold
from bot.model import STAFF, Chat, Leave, PersonId, Reply, Role, RoleChange

ROLE_WORDS: Final[Mapping[str, Role]] = {
    "kythuat": "technician",
    "ky thuat": "technician",
    "giamsat": "supervisor",
    "giam sat": "supervisor",
    "canbo": "official",
    "can bo": "official",
}


def leave(call: Call) -> str:
    if _names_nobody(call):
        return call.refuse("duty.mention", name="nghi")
    person = _who(call)
    if person is None:
        return call.refuse("duty.not_yours")
    call.draft.leave(Leave(person, on=True))
    held = [f"#{ticket.number}" for ticket in call.memory.open_tickets if ticket.owner == person]
    name, numbers = call.voice.name(person), ", ".join(held)
    if held:
        if person not in call.memory.away:
            _offer(call, person, call.voice.say("duty.offered", name=name, numbers=numbers))
        return call.say("duty.leaves_with", "leave", name=name, numbers=numbers)
    return call.say("duty.leaves", "leave", name=name)


def _offer(call: Call, person: PersonId, text: str) -> None:
    """To those who are at work, what somebody who leaves still holds."""
    at_work = replace(call.memory, away=call.memory.away | {person})
    knows = {call.message.chat, Chat("private", person), Chat("private", call.message.sender)}
    call.draft.reply(*(Reply(chat, text) for chat in technicians(at_work) if chat not in knows))


def back(call: Call) -> str:
    if _names_nobody(call):
        return call.refuse("duty.mention", name="lam")
    person = _who(call)
    if person is None:
        return call.refuse("duty.not_yours")
    call.draft.leave(Leave(person, on=False))
    return call.say("duty.back", "leave", name=call.voice.name(person))


def _names_nobody(call: Call) -> bool:
    """'@Sơn' typed, not chosen from Zalo's list, and no name of one colleague: it must not be taken for oneself."""
    return not call.people and call.words.startswith("@") and len(colleagues.meant(call)) != 1


def _who(call: Call) -> PersonId | None:
    """Oneself; a supervisor may name somebody of the staff. 'Mai' is a name, 'mai' may be tomorrow."""
    people = colleagues.meant(call) if call.people or call.words[:1] == "@" or call.words[:1].isupper() else ()
    if not people or people == (call.message.sender,):
        return call.message.sender
    allowed = len(people) == 1 and call.memory.role == "supervisor" and call.memory.roles.get(people[0]) in STAFF
    return people[0] if allowed else None


def list_staff(call: Call) -> str:
    """Everybody with a role, whoever holds most first."""
    memory, voice = call.memory, call.voice
    board = Board(voice, memory, call.knowledge)
    held = Counter(ticket.owner for ticket in memory.open_tickets)
    late = Counter(ticket.owner for ticket in memory.open_tickets if board.is_late(ticket))
    lines = []
    for person in sorted(memory.on_staff(), key=lambda person: -held[person]):
        key = "duty.line_late" if late[person] else "duty.line"
        role = voice.say(f"roles.{memory.roles[person]}")
        line = voice.say(key, name=voice.colleague(person), role=role, held=held[person], late=late[person])
        lines.append(f"{line} · {voice.say('duty.away')}" if person in memory.away else line)
    return call.reply("\n".join([voice.say("duty.title", count=len(lines)), *lines]), "told")


def set_role(call: Call) -> str:
    role = ROLE_WORDS.get(fold(call.words).strip())
    if len(call.people) != 1 or role is None:
        return call.refuse("role.how")
    person = call.people[0]
    supervisors = [known for known, has in call.memory.roles.items() if has == "supervisor"]
    if supervisors == [person] and role != "supervisor":
        return call.refuse("role.last_supervisor")
    call.draft.role(RoleChange(person, role, call.message.sender))
    if role not in STAFF and person in call.memory.away:
        call.draft.leave(Leave(person, on=False))
    if role not in STAFF:
        for ticket in call.memory.open_tickets:
            if ticket.owner == person:
                call.draft.timer(left_timer(ticket, call.memory.now_ms))
    return call.say("role.done", "role", name=call.voice.name(person), role=call.voice.say(f"roles.{role}"))
