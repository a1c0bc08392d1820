"""What the commands of supervisors do: figures, names of units."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Final

from bot.dialogue.call import Call
from bot.dialogue.figures import Figures
from bot.dialogue.periods import read_asked
from bot.dialogue.voice import Voice
from bot.language.normalise import fold
from bot.model import OTHER_ERROR, Bar, Chart, IntentId

_UNIT: Final = re.compile(r"\s*([A-Za-z]\d{2}(?:\.\d{1,3}){0,3})\s+(\S.*)", re.DOTALL)
LONGEST_NAME: Final = 80
MOST_UNITS: Final = 12
"""Bars of a chart."""


def figures(call: Call) -> str:
    found, today = call.memory.figures, datetime.fromtimestamp(call.memory.now_ms / 1000, call.memory.zone).date()
    asked = read_asked(call.words, today)
    if found is None or asked is None:
        return call.refuse("stats.which")
    intent = _error_named(call, asked.words) if asked.words else None
    if asked.words and intent is None:
        return call.refuse("stats.which")
    found = found.about(intent, asked.unit)
    return call.reply(summary(call.voice, found), "figures", chart=chart(call.voice, found))


def _error_named(call: Call, words: str) -> IntentId | None:
    """The error that is called so, else the only one that has all the words, else what the message was taken for."""
    wanted = _words(words)
    if wanted == {"khac"}:
        return OTHER_ERROR
    known = call.knowledge.intents.values()
    called = [each.id for each in known if wanted == _words(each.name)]
    held = called or [each.id for each in known if wanted <= _words(f"{each.name} {each.title} {each.id}")]
    if len(held) == 1:
        return held[0]
    understood = call.meaning.intent if call.meaning.verdict == "answer" else None
    return understood if not held or understood in held else None


def _words(text: str) -> set[str]:
    return set(fold(text).split()) - {"loi"}


def summary(voice: Voice, found: Figures) -> str:
    only = found.intent is not None
    lines = [
        voice.say("stats.title", days=_asked_text(voice, found)),
        voice.say("stats.total", count=found.total),
        *(
            voice.say("stats.line", error=voice.error(intent), count=count)
            for intent, count in sorted(found.complaints.items(), key=lambda item: -item[1])
            if not only
        ),
        voice.say("stats.solved", count=found.solved),
        voice.say("stats.handed_over", count=found.handed_over),
    ]
    if found.open_now is not None:
        lines.append(voice.say("stats.open", count=found.open_now))
    if not found.unit:
        lines.append(voice.say("stats.claim", time=_median(voice, found.claim_s)))
        lines.append(voice.say("stats.resolve", time=_median(voice, found.resolve_s)))
    return "\n".join(lines)


def chart(voice: Voice, found: Figures) -> Chart | None:
    """None when there is nothing to draw."""
    if not found.total:
        return None
    if found.intent is not None:
        title = voice.say("stats.chart_units", days=_asked_text(voice, found))
        return Chart(title, tuple(Bar(unit or voice.say("stats.no_unit"), count) for unit, count in _by_unit(found)))
    ordered = sorted(found.complaints.items(), key=lambda item: -item[1])
    title = voice.say("stats.chart", days=_asked_text(voice, found))
    return Chart(title, tuple(Bar(voice.error(intent), count) for intent, count in ordered))


def _by_unit(found: Figures) -> list[tuple[str, int]]:
    """The most complaints first."""
    counts = Counter[str]()
    for (name, _, unit), n in found.counts.items():
        if name == "complaint":
            counts[unit] += n
    return (+counts).most_common(MOST_UNITS)


def _asked_text(voice: Voice, found: Figures) -> str:
    """'hôm nay', and of which error and unit where that was asked."""
    of = (voice.error(found.intent) if found.intent else "", found.unit, _days_text(voice, found))
    return ", ".join(part for part in of if part)


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
