"""What the commands of supervisors do: figures, names of units."""

from __future__ import annotations

import re
from typing import Final

from bot.dialogue.call import Call
from bot.dialogue.figures import Figures
from bot.dialogue.voice import Voice
from bot.model import Bar, Chart

_UNIT: Final = re.compile(r"\s*([A-Za-z]\d{2}(?:\.\d{1,3}){0,3})\s+(\S.*)", re.DOTALL)
LONGEST_NAME: Final = 80


def figures(call: Call) -> str:
    found = call.memory.figures
    if found is None:
        return call.refuse("stats.which")
    return call.reply(summary(call.voice, found), "figures", chart=chart(call.voice, found))


def summary(voice: Voice, found: Figures) -> str:
    lines = [
        voice.say("stats.title", days=_days_text(voice, found)),
        voice.say("stats.total", count=found.total),
        *(
            voice.say("stats.line", error=voice.error(intent), count=count)
            for intent, count in sorted(found.complaints.items(), key=lambda item: -item[1])
        ),
        voice.say("stats.solved", count=found.solved),
        voice.say("stats.handed_over", count=found.handed_over),
        voice.say("stats.open", count=found.open_now),
        voice.say("stats.claim", time=_median(voice, found.claim_s)),
        voice.say("stats.resolve", time=_median(voice, found.resolve_s)),
    ]
    return "\n".join(lines)


def chart(voice: Voice, found: Figures) -> Chart | None:
    """None when there is nothing to draw."""
    if not found.total:
        return None
    ordered = sorted(found.complaints.items(), key=lambda item: -item[1])
    title = voice.say("stats.chart", days=_days_text(voice, found))
    return Chart(title, tuple(Bar(voice.error(intent), count) for intent, count in ordered))


def _days_text(voice: Voice, found: Figures) -> str:
    if found.first == found.last:
        return voice.say("times.one_day", day=f"{found.first:%d/%m/%Y}")
    return voice.say("times.days", first=f"{found.first:%d/%m/%Y}", last=f"{found.last:%d/%m/%Y}")


def _median(voice: Voice, seconds: int | None) -> str:
    return voice.say("times.none") if seconds is None else voice.duration(seconds)


def name_unit(call: Call) -> str:
    match = _UNIT.fullmatch(call.words)
    if match is None:
        return call.refuse("unit.how")
    unit, name = match[1].upper(), " ".join(match[2].split())[:LONGEST_NAME]
    call.draft.name_unit(unit, name)
    return call.say("unit.done", "unit", unit=unit, name=name)
