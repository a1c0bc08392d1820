"""Incidents: one trouble that many have. While one is open, whoever reports it gets one line instead of the steps, and
when it ends everybody hears of it."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.dialogue import surge
from bot.dialogue.announce import technicians
from bot.dialogue.call import Call
from bot.dialogue.draft import Draft
from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice, shortened
from bot.language.phrases import Mention
from bot.model import THE_BOT, Case, Chat, Incident, IncidentReport, IntentId, PersonId, Reply, Reporter

MOST_NAMED: Final = 30
"""People whom the notice of an end names in one group."""
LONGEST_NAME: Final = 80
_ENDS: Final = re.compile(r"(?:xong\s+s?\s*(\d{1,6})|s?(\d{1,6})\s+xong)\b[\s,.:;-]*(.*)", re.IGNORECASE | re.DOTALL)


def command(call: Call) -> str:
    """/suco lists what is open; with words, or below a ticket, it declares an incident; 'xong S3 …' ends one."""
    ends = _ENDS.fullmatch(call.words)
    if ends:
        return _end(call, int(ends[1] or ends[2]), ends[3].strip(" ."))
    quoted = call.ticket()
    if call.words or quoted:
        found = quoted.intent if quoted else call.meaning.intent
        return _declare(call, found)
    if not call.memory.incidents:
        return call.say("incident.none", "told")
    lines = [_line(call.voice, incident) for incident in call.memory.incidents.values()]
    return call.reply("\n".join([call.voice.say("incident.title"), *lines]), "told")


def _declare(call: Call, intent: IntentId | None) -> str:
    if intent is None or intent not in call.knowledge.intents:
        return call.refuse("incident.which")
    known = call.memory.incidents.get(intent)
    if known:
        return call.refuse("incident.already", number=known.number, name=known.name)
    voice, memory, by = call.voice, call.memory, call.message.sender
    name = shortened(call.words, LONGEST_NAME) or voice.error(intent)
    incident = Incident(memory.next_incident, intent, name, by, memory.now_ms)
    call.draft.incident(incident)
    error = voice.error(intent)
    text = voice.say("incident.begun", number=incident.number, name=name, error=error, by=voice.name(by))
    knows = {call.message.chat, Chat("private", by)}
    call.draft.reply(*(Reply(chat, text) for chat in technicians(memory) if chat not in knows))
    return call.say("incident.done", "incident", number=incident.number, error=error)


def noticed(draft: Draft, voice: Voice, memory: Memory, case: Case) -> Incident | None:
    """A new one, when this complaint is one of very many: those who came before are reporters too."""
    if memory.traffic is None or case.intent in memory.incidents:
        return None
    new = surge.report_of(case)
    rise = surge.rise(memory.traffic, new)
    if rise is None:
        return None
    incident = Incident(memory.next_incident, case.intent, voice.error(case.intent), THE_BOT, draft.now_ms)
    draft.incident(incident)
    draft.incident_report(*(IncidentReport(incident, each.reporter) for each in rise.reports if each is not new))
    text = voice.say(
        "incident.noticed",
        number=incident.number,
        error=incident.name,
        count=len(rise.reports),
        minutes=rise.seconds // 60,
        usual=math.ceil(rise.usual),
    )
    draft.reply(*(Reply(chat, text) for chat in technicians(memory)))
    return incident


def _end(call: Call, number: int, how: str) -> str:
    incident = next((each for each in call.memory.incidents.values() if each.number == number), None)
    if incident is None:
        return call.refuse("incident.no_such", number=number)
    call.draft.incident(replace(incident, ended_ms=call.memory.now_ms, how=how))
    reporters = call.memory.incident_reporters.get(number, ())
    key = "incident.ended_how" if how else "incident.ended"
    call.draft.reply(*_notices(call.voice.say(key, number=number, name=incident.name, how=how), reporters))
    return call.say("incident.end_done", "incident", number=number, count=len(reporters))


def _notices(text: str, reporters: Iterable[Reporter]) -> Iterable[Reply]:
    """One for each group, which names those who reported there, and one for each who did so in private."""
    people: dict[Chat, list[PersonId]] = defaultdict(list)
    for reporter in reporters:
        people[reporter.chat].append(reporter.person)
    for chat, named in people.items():
        mentions = " ".join(str(Mention(person)) for person in named[:MOST_NAMED])
        yield Reply(chat, f"{mentions} {text}" if chat.kind == "group" else text)


def _line(voice: Voice, incident: Incident) -> str:
    return voice.say("incident.line", number=incident.number, name=incident.name, time=voice.moment(incident.opened_ms))
