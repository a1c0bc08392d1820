"""Incidents: one trouble that many have. While one is open, whoever reports it gets one line instead of the steps, and
when it ends everybody hears of it. Those of errors that the guide does not know are told apart by their words."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.dialogue import surge
from bot.dialogue.announce import technicians
from bot.dialogue.call import Call
from bot.dialogue.draft import Draft
from bot.dialogue.likeness import LEAST_LIKE, LEAST_LIKE_TOGETHER, in_common, is_like, likeness, share_alike, telling
from bot.dialogue.memory import Memory
from bot.dialogue.surge import Report, Traffic
from bot.dialogue.voice import Voice, shortened
from bot.language.knowledge import Knowledge
from bot.language.phrases import Mention
from bot.model import (
    OTHER_ERROR,
    THE_BOT,
    Case,
    Chat,
    Incident,
    IncidentReport,
    IntentId,
    Meaning,
    PersonId,
    Reply,
    Reporter,
    Ticket,
)

MOST_NAMED: Final = 30
"""People whom the notice of an end names in one group."""
LONGEST_NAME: Final = 80
LEAST_SURE: Final = 0.3
"""Words that hint less at a documented error are the name of one that the guide does not know."""
_WAS_NONE: Final = re.compile(
    r"(?:ghi\s+)?(?:nhầm|nham|sai|không phải|khong phai)\s+s?(\d{1,6})\b.*", re.IGNORECASE | re.DOTALL
)
_ENDS_NONE: Final = re.compile(r"(?:xong|kết thúc|ket thuc|s\d{1,6})\b|(?:nhầm|nham|sai)\s*$", re.IGNORECASE)
_OTHER: Final = re.compile(r"(?:lỗi\s+)?kh[áa]c(?:\s*:\s*|\s+|$)(.*)", re.IGNORECASE | re.DOTALL)
_ENDS: Final = re.compile(r"(?:xong\s+s?\s*(\d{1,6})|s?(\d{1,6})\s+xong)\b[\s,.:;-]*(.*)", re.IGNORECASE | re.DOTALL)


def command(call: Call) -> str:
    """/suco lists what is open; with words, or below a ticket, it declares an incident; 'xong S3 …' ends one,
    and 'nhầm S3' one that was none."""
    if was_none := _WAS_NONE.fullmatch(call.words):
        return _take_back(call, int(was_none[1]))
    ends = _ENDS.fullmatch(call.words)
    if ends:
        return _end(call, int(ends[1] or ends[2]), ends[3].strip(" ."))
    if _ENDS_NONE.match(call.words):
        return call.refuse("incident.which_ends")
    quoted = call.ticket()
    if call.words or quoted:
        return _declare(call, quoted)
    if not call.memory.incidents:
        return call.say("incident.none", "told")
    lines = [_line(call.voice, incident) for incident in call.memory.incidents.values()]
    return call.reply("\n".join([call.voice.say("incident.title"), *lines]), "told")


def _declare(call: Call, quoted: Ticket | None) -> str:
    intent, words = _meant(call, quoted)
    other = "_other" if intent == OTHER_ERROR else ""
    name = shortened(words, LONGEST_NAME)
    if other and not name:
        return call.refuse("incident.which")
    known = about(call.memory.incidents.values(), call.knowledge, intent, words)
    if known:
        return call.refuse(f"incident.already{other}", number=known.number, name=known.name)
    voice, memory, by = call.voice, call.memory, call.message.sender
    error = voice.error(intent)
    incident = Incident(memory.next_incident, intent, name or error, by, memory.now_ms, words=name if other else "")
    call.draft.incident(incident)
    text = voice.say(
        f"incident.begun{other}", number=incident.number, name=incident.name, error=error, by=voice.name(by)
    )
    knows = {call.message.chat, Chat("private", by)}
    call.draft.reply(*(Reply(chat, text) for chat in technicians(memory) if chat not in knows))
    return call.say(f"incident.done{other}", "incident", number=incident.number, name=name, error=error)


def _meant(call: Call, quoted: Ticket | None) -> tuple[IntentId, str]:
    """The error, and what the incident is called. What the guide does not know is an incident by its words alone, and
    so is whatever stands behind 'khác'."""
    other = _OTHER.fullmatch(call.words)
    if other:
        return OTHER_ERROR, other[1].strip()
    if quoted:
        return quoted.intent, call.words
    found, is_sure = call.meaning.intent, call.meaning.confidence >= LEAST_SURE
    return found if found and is_sure and found in call.knowledge.intents else OTHER_ERROR, call.words


def reported(meaning: Meaning) -> IntentId | None:
    """The error of which somebody must know how often it is reported."""
    if meaning.verdict == "other-error":
        return OTHER_ERROR
    return meaning.intent if meaning.verdict == "answer" else None


def about(incidents: Iterable[Incident], knowledge: Knowledge, intent: IntentId | None, words: str) -> Incident | None:
    """The one, of those that are open, that a complaint belongs to."""
    same = [each for each in incidents if each.intent == (intent or OTHER_ERROR)]
    return _most_like(same, knowledge, [words], LEAST_LIKE)


def in_other_words(incidents: Iterable[Incident], knowledge: Knowledge, told: Sequence[str]) -> Incident | None:
    """The open one of which so many tell in other words than are known of it, with these words, too."""
    unknown = [each for each in incidents if each.intent == OTHER_ERROR]
    incident = _most_like(unknown, knowledge, told, LEAST_LIKE_TOGETHER)
    return replace(incident, words=f"{incident.words}\n{telling(told)}") if incident else None


def _most_like(
    incidents: Sequence[Incident], knowledge: Knowledge, told: Sequence[str], at_least: float
) -> Incident | None:
    def fit(incident: Incident) -> float:
        ways = incident.words.splitlines()
        return sum(max((likeness(knowledge, each, way) for way in ways), default=1.0) for each in told) / len(told)

    most = max(incidents, key=fit, default=None)
    return most if most and fit(most) >= at_least else None


def noticed(draft: Draft, voice: Voice, memory: Memory, knowledge: Knowledge, case: Case) -> Incident | None:
    """A new one, when this complaint, which belongs to no open one, is one of very many: those who came before are
    reporters too. Of what the guide does not know, only those are that say much the same; and when they seem to tell
    of an open one in other words, it is that one."""
    if memory.traffic is None:
        return None
    traffic, new = memory.traffic, surge.report_of(case)
    if case.intent == OTHER_ERROR:
        traffic = alike(knowledge, unexplained(memory.incidents.values(), knowledge, traffic), new)
    rise = surge.rise(traffic, new)
    if rise is None:
        return None
    told = [each.words for each in rise.reports] if case.intent == OTHER_ERROR else []
    known = in_other_words(memory.incidents.values(), knowledge, told) if told else None
    incident = known or Incident(memory.next_incident, case.intent, voice.error(case.intent), THE_BOT, draft.now_ms)
    if told and not known:
        name = voice.say("incident.name_other", words=in_common(new.words, told))
        incident = replace(incident, name=name, words=telling(told))
    draft.incident(incident)
    draft.incident_report(*(IncidentReport(incident, each.reporter) for each in rise.reports if each is not new))
    if known:
        return incident
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


def unexplained(incidents: Collection[Incident], knowledge: Knowledge, traffic: Traffic) -> Traffic:
    """Without those reports of errors that the guide does not know that belong to an open incident."""
    recent = (each for each in traffic.recent if not about(incidents, knowledge, OTHER_ERROR, each.words))
    return replace(traffic, recent=tuple(recent))


def alike(knowledge: Knowledge, traffic: Traffic, new: Report) -> Traffic:
    """What is told of the same trouble, among reports of errors that the guide does not know: what is like `new`, or
    like what is like it. Few ways of telling of one outage are all alike."""
    found, others = [new], list(traffic.recent)
    for one in found:
        found += [each for each in others if is_like(knowledge, each.words, one.words)]
        others = [each for each in others if each not in found]
    same = tuple(sorted(found[1:], key=lambda report: report.at_ms))
    if len(found) < surge.WINDOWS[0].least_people:
        return replace(traffic, recent=same)
    share = share_alike(knowledge, new.words)
    return replace(traffic, recent=same, share=share, rare_h=surge.RARE_ALIKE_H)


def _end(call: Call, number: int, how: str) -> str:
    return _ended(call, number, how, "incident.ended_how" if how else "incident.ended", "incident.end_done")


def _take_back(call: Call, number: int) -> str:
    """It was none: nothing was mended, and whoever got the one line never got the steps."""
    return _ended(call, number, call.voice.say("incident.was_none_how"), "incident.was_none", "incident.was_none_done")


def _ended(call: Call, number: int, how: str, notice: str, done: str) -> str:
    incident = call.memory.incidents.get(number)
    if incident is None:
        return call.refuse("incident.no_such", number=number)
    call.draft.incident(replace(incident, ended_ms=call.memory.now_ms, how=how))
    reporters = call.memory.incident_reporters.get(number, ())
    call.draft.reply(*_notices(call.voice.say(notice, number=number, name=incident.name, how=how), reporters))
    return call.say(done, "incident", number=number, count=len(reporters))


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
