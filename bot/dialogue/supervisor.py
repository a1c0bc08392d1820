"""What the commands of supervisors do: figures, roles, names of units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.dialogue.call import Call
from bot.dialogue.figures import Figures
from bot.language.normalise import fold
from bot.model import Bar, Chart, Role, RoleChange

ROLE_WORDS: Final[Mapping[str, Role]] = {
    "kythuat": "technician",
    "ky thuat": "technician",
    "giamsat": "supervisor",
    "giam sat": "supervisor",
    "canbo": "official",
    "can bo": "official",
}
_UNIT: Final = re.compile(r"\s*([A-Za-z]\d{2}(?:\.\d{1,3}){0,3})\s+(\S.*)", re.DOTALL)
LONGEST_NAME: Final = 80


def figures(call: Call) -> str:
    found = call.memory.figures
    if found is None:
        return call.refuse("stats.which")
    text = _text(call, found)
    if not found.total:
        return call.reply(text, "figures")
    return call.reply(text, "figures", chart=_chart(call, found))


def _text(call: Call, found: Figures) -> str:
    voice = call.voice
    lines = [
        voice.say("stats.title", days=days_text(call, found)),
        voice.say("stats.total", count=found.total),
        *(
            voice.say("stats.line", error=voice.error(intent), count=count)
            for intent, count in sorted(found.complaints.items(), key=lambda item: -item[1])
        ),
        voice.say("stats.solved", count=found.solved),
        voice.say("stats.handed_over", count=found.handed_over),
        voice.say("stats.open", count=found.open_now),
        voice.say("stats.claim", time=_median(call, found.claim_s)),
        voice.say("stats.resolve", time=_median(call, found.resolve_s)),
    ]
    return "\n".join(lines)


def _chart(call: Call, found: Figures) -> Chart:
    ordered = sorted(found.complaints.items(), key=lambda item: -item[1])
    title = call.voice.say("stats.chart", days=days_text(call, found))
    return Chart(title, tuple(Bar(call.voice.error(intent), count) for intent, count in ordered))


def days_text(call: Call, found: Figures) -> str:
    if found.first == found.last:
        return call.voice.say("times.one_day", day=f"{found.first:%d/%m/%Y}")
    return call.voice.say("times.days", first=f"{found.first:%d/%m/%Y}", last=f"{found.last:%d/%m/%Y}")


def _median(call: Call, seconds: int | None) -> str:
    return call.voice.say("times.none") if seconds is None else call.voice.duration(seconds)


def set_role(call: Call) -> str:
    role = ROLE_WORDS.get(fold(call.words).strip())
    if len(call.people) != 1 or role is None:
        return call.refuse("role.how")
    person = call.people[0]
    supervisors = [known for known, has in call.memory.roles.items() if has == "supervisor"]
    if supervisors == [person] and role != "supervisor":
        return call.refuse("role.last_supervisor")
    call.draft.role(RoleChange(person, role, call.message.sender))
    return call.say("role.done", "role", name=call.voice.name(person), role=call.voice.say(f"roles.{role}"))


def name_unit(call: Call) -> str:
    match = _UNIT.fullmatch(call.words)
    if match is None:
        return call.refuse("unit.how")
    unit, name = match[1].upper(), " ".join(match[2].split())[:LONGEST_NAME]
    call.draft.unit(unit, name)
    return call.say("unit.done", "unit", unit=unit, name=name)
