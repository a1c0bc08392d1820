"""Plays a written dialogue against the dialogue room alone: real knowledge, what is remembered kept in dictionaries.

The lines are those of tests/scenarios/README.md; in `[ảnh: text]` that text is read. No service, no
store: a dialogue takes about a millisecond a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.dialogue import burst
from bot.dialogue.alike import opened
from bot.dialogue.decide import decide
from bot.dialogue.desk import first_timers
from bot.dialogue.figures import Counted, Figures
from bot.dialogue.memory import Memory, Wants
from bot.dialogue.questions import open_question
from bot.dialogue.rules import USUAL, Rules
from bot.dialogue.surge import Traffic, report_of
from bot.dialogue.wants import wants
from bot.language.codes import unit_of_codes
from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.language.normalise import fold
from bot.language.shelf import Shelf
from bot.model import (
    OPEN_STATES,
    OTHER_ERROR,
    SOLVED,
    Attachment,
    Case,
    Chat,
    Count,
    Decision,
    Echo,
    Incident,
    Incoming,
    IntentId,
    Meaning,
    Message,
    MessageId,
    Pace,
    PersonId,
    Ref,
    Reporter,
    Role,
    Sample,
    Session,
    Ticket,
    Timer,
    TimerDue,
)
from bot.store.commit import LAST_COMPLAINT_S
from bot.store.pace import PACE_S
from tests.process import CACHE

ROOT: Final = Path(__file__).parents[2]
ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
GROUP: Final = Chat("group", "g1")
BEGAN_MS: Final = 1_730_770_260_000
"""08:31 on 5 November 2024 in ZONE."""
UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
PEOPLE: Final = {name: PersonId(fold(name)) for name in ("Lan", "Khôi", "Tâm", "Sơn", "Hà")}
STAFF: Final[dict[str, Role]] = {"tam": "technician", "son": "technician", "ha": "supervisor"}
SILENT_MEANING: Final = Meaning(verdict="silent")
_SAID: Final = re.compile(
    r"> (?P<who>[^\s!:\"\[]+)(?P<private>!)?(?: \"(?P<quote>[^\"]+)\")?(?P<image> \[ảnh(?:: (?P<shown>[^\]]+))?\])?"
    r": ?(?P<text>.*)"
)
_HEARD: Final = re.compile(r"<(?P<who>\S*) (?P<parts>.+)")


@cache
def knowledge() -> Knowledge:
    return load_knowledge(ROOT / "intents", ROOT / "responses")


@cache
def matcher() -> Matcher:
    return Shelf(CACHE).matcher(knowledge())


def id_of(name: str) -> PersonId:
    return PEOPLE.get(name, PersonId(name))


@dataclass(frozen=True, slots=True)
class Line:
    """One message that stands in a chat."""

    id: MessageId
    chat: Chat
    text: str
    ref: Ref | None
    by_bot: bool


@dataclass
class World:
    tech_group: Chat | None = None
    rules: Rules = USUAL
    knows: Knowledge = field(default_factory=knowledge)
    now_ms: int = BEGAN_MS
    sessions: dict[tuple[Chat, PersonId], Session] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    roles: dict[PersonId, Role] = field(default_factory=lambda: {PersonId(name): role for name, role in STAFF.items()})
    names: dict[PersonId, str] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    last_incident: int = 0
    incident_reporters: dict[int, dict[PersonId, Reporter]] = field(default_factory=dict)
    away: set[PersonId] = field(default_factory=set)
    paces: list[Pace] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    unheard: list[Line] = field(default_factory=list)
    last: Decision = field(default_factory=Decision)
    meanings: dict[str, Meaning] = field(default_factory=dict)
    """What a text is taken to mean, where that is not left to the matcher."""

    def play(self, dialogue: str) -> World:
        last_heard = ""
        for line in filter(None, map(str.strip, dialogue.splitlines())):
            if line.startswith("<"):
                last_heard = self._hear(line)
            elif line.startswith("x "):
                assert line[2:] not in last_heard, f"{line}\nthe bot said: {last_heard}"
            else:
                self._nothing_unheard(line)
                self._do(line)
        self._nothing_unheard("the end")
        return self

    def play_silently(self, line: str) -> World:
        """One line, whatever the bot says to it."""
        self._do(line)
        self.unheard.clear()
        return self

    def open_desk(self) -> World:
        """From now on the desk does what it does by itself."""
        self.timers.update((timer.id, timer) for timer in first_timers(self.rules, self.now_ms))
        return self

    def total(self, name: str, intent: str | None = None) -> int:
        return sum(count.by for count in self.counts if count.name == name and intent in {None, count.intent})

    def outcomes(self) -> list[str]:
        return [case.outcome for case in self.cases.values()]

    def admin_answers(self, person: str) -> None:
        """A person writes to `person` in Zalo's console, as the OA."""
        chat = Chat("private", id_of(person))
        self.take(Echo(self._next_id(), chat, "…", self.now_ms, admin=PersonId("admin")), chat, id_of(person))

    def take(self, incoming: Incoming, chat: Chat, person: PersonId) -> Decision:
        meaning = self._understand(incoming)
        memory = self._memory(incoming, wants(incoming, meaning, self.now_ms, ZONE), chat, person)
        whole = burst.joined(incoming, memory)
        if whole:
            meant = burst.weigh(meaning, self._understand(whole))
            incoming, meaning = burst.worded(incoming, meaning, whole), meant
            memory = self._memory(incoming, wants(incoming, meaning, self.now_ms, ZONE), chat, person)
        self.last = decide(incoming, meaning, memory, self.knows)
        ticket = opened(self.last, memory)
        if ticket:
            alike = [each for each in self.tickets.values() if each.intent == ticket.intent and each.state in SOLVED]
            self.last = decide(incoming, meaning, replace(memory, solved=tuple(reversed(alike))), self.knows)
        self._commit(self.last)
        return self.last

    def _understand(self, incoming: Incoming) -> Meaning:
        text = incoming.text if isinstance(incoming, Message) else ""
        return self.meanings.get(text) or matcher().understand(text) if text else SILENT_MEANING

    def _do(self, line: str) -> None:
        if line.startswith("+ "):
            self._pass(int(line[2:-1]) * UNITS_S[line[-1]])
            return
        match = _SAID.fullmatch(line)
        assert match, f"no such kind of line: {line}"
        person = id_of(match["who"])
        chat = Chat("private", person) if match["private"] else GROUP
        text = re.sub(r"\{(\w+)\}", lambda found: f"[@{id_of(found[1])}]", match["text"])
        named = tuple(PersonId(found) for found in re.findall(r"\[@(\w+)\]", text))
        message = Message(
            id=self._next_id(),
            chat=chat,
            sender=person,
            text=text,
            sent_ms=self.now_ms,
            quote=self._said(match["quote"]).id if match["quote"] else None,
            attachments=(Attachment("image", "https://zalo.example/1.png"),) if match["image"] else (),
            reading=matcher().look(match["shown"]) if match["shown"] else None,
            mentions=tuple(name for name in named if name != "bot"),
            mentions_bot="bot" in named,
        )
        self.lines.append(Line(message.id, chat, text, None, by_bot=False))
        self.take(message, chat, person)

    def _pass(self, seconds: int) -> None:
        until = self.now_ms + seconds * 1000
        while due := sorted((t for t in self.timers.values() if t.due_ms <= until), key=lambda timer: timer.due_ms):
            timer = self.timers.pop(due[0].id)
            self.now_ms = max(self.now_ms, timer.due_ms)
            self.take(TimerDue(self._next_id(), timer, self.now_ms), timer.chat, timer.person)
        self.now_ms = max(self.now_ms, until)

    def _hear(self, line: str) -> str:
        match = _HEARD.fullmatch(line)
        assert match, f"no such kind of line: {line}"
        assert self.unheard, f"{line}\nthe bot said nothing ({self.last.outcome})"
        said = self.unheard.pop(0)
        chat = Chat("private", id_of(match["who"])) if match["who"] else GROUP
        shown = said.text
        for name, person in PEOPLE.items():
            shown = shown.replace(f"[@{person}]", f"@{name}")
        missing = [part for part in match["parts"].split(" | ") if part.strip() not in shown]
        assert said.chat == chat, f"{line}\nthe bot said, in {said.chat}: {shown}"
        assert not missing, f"{line}\nthe bot said, in {said.chat}: {shown}\nmissing: {missing}"
        return shown

    def _nothing_unheard(self, before: str) -> None:
        said = "\n---\n".join(f"{line.chat.kind} {line.chat.id}: {line.text}" for line in self.unheard)
        assert not self.unheard, f"before: {before}\nthe bot also said: {said}"

    def _said(self, words: str) -> Line:
        found = [line for line in self.lines if words in line.text]
        assert found, f"nothing that was said holds '{words}'"
        return found[-1]

    def _next_id(self) -> MessageId:
        self.now_ms += 1
        return MessageId(f"m{self.now_ms}")

    def _memory(self, incoming: Incoming, asked: Wants, chat: Chat, person: PersonId) -> Memory:
        quote = incoming.quote if isinstance(incoming, Message) else None
        line = next((line for line in self.lines if line.id == quote), None)
        ref = line.ref if line else None
        session = self.sessions.get((chat, person))
        gathers = session is not None and session.stage == "gathering"
        other = None
        if ref and ref.person and (ref.chat, ref.person) != (chat, person):
            other = self.sessions.get((ref.chat, ref.person))
        elif asked.conversation_of and asked.conversation_of != person:
            other = self.sessions.get((chat, asked.conversation_of))
        own = next((c for c in reversed(self.cases.values()) if c.person == person), None)
        own = own if asked.own_complaint else None
        elsewhere = self.sessions.get((own.chat, person)) if own and own.chat != chat else None
        elsewhere = elsewhere if elsewhere and own and elsewhere.case == own.id and not elsewhere.ticket else None
        sessions = [found for found in (session, other, elsewhere) if found]
        dossiers = self._dossiers(asked, [*sessions, own] if own else sessions)
        asked_about = {n for n, t in self.tickets.items() if open_question(t, person)}
        pointed = {found.ticket for found in (*sessions, ref, own) if found and found.ticket}
        return Memory(
            now_ms=self.now_ms,
            zone=ZONE,
            role=self.roles.get(person, "official"),
            roles=self.roles,
            session=None if gathers else session,
            gathered=session if gathers else None,
            quoted=ref,
            quoted_by_bot=bool(line and line.by_bot),
            quoted_session=other,
            tickets=self._with_merged({*asked.tickets, *dossiers.values(), *pointed, *asked_about}),
            dossier_tickets=dossiers,
            open_tickets=tuple(t for t in self.tickets.values() if t.state in OPEN_STATES)
            if asked.open_tickets
            else (),
            my_tickets=tuple(t for t in self.tickets.values() if any(r.person == person for r in t.reporters)),
            asked=tuple(asked_about),
            names=self.names,
            next_ticket=len(self.tickets) + 1,
            figures=self._figures(*asked.days) if asked.days else None,
            case=self.cases.get(subject.case or "") if (subject := session or other or ref) else None,
            own_complaint=own,
            own_session=elsewhere,
            last_complaint=self._last_complaint(chat),
            tech_group=self.tech_group,
            incidents=self.incidents,
            next_incident=self.last_incident + 1,
            incident_reporters={n: tuple(known.values()) for n, known in self.incident_reporters.items()},
            place=self._place(person),
            traffic=self._traffic(asked.traffic_of) if asked.traffic_of else None,
            said=self._paces("said", chat, 60),
            told=self._paces("told", chat, PACE_S),
            rules=self.rules,
            away=frozenset(self.away),
            held=Counter(t.owner for t in self.tickets.values() if t.owner and t.state in OPEN_STATES),
        )

    def _with_merged(self, numbers: set[int]) -> dict[int, Ticket]:
        found = {number: self.tickets[number] for number in numbers if number in self.tickets}
        into = {ticket.merged_into for ticket in found.values() if ticket.merged_into}
        return found | self._with_merged(into - numbers) if into else found

    def _paces(self, kind: str, chat: Chat, within_s: int) -> Counter[str]:
        since_ms = self.now_ms - within_s * 1000
        return Counter(p.what for p in self.paces if (p.kind, p.chat) == (kind, chat) and p.at_ms > since_ms)

    def _last_complaint(self, chat: Chat) -> Case | None:
        cases = [case for case in self.cases.values() if case.chat == chat and chat.kind == "group"]
        last = max(cases, key=lambda case: case.opened_ms, default=None)
        return last if last and self.now_ms - last.opened_ms <= LAST_COMPLAINT_S * 1000 else None

    def _traffic(self, intent: IntentId) -> Traffic:
        cases = (case for case in self.cases.values() if case.intent == intent and case.outcome != "incident")
        return Traffic(tuple(map(report_of, cases)), usual=1.0)

    def _place(self, person: PersonId) -> str:
        units = [unit_of_codes(case.codes) for case in self.cases.values() if case.person == person and case.codes]
        return units[-1] if units else ""

    def _figures(self, first: date, last: date) -> Figures:
        """Of all time: a world does not last long."""
        counts: Counter[Counted] = Counter()
        for count in self.counts:
            counts[count.name, count.intent, count.unit] += count.by
        return Figures(first, last, counts, sum(ticket.state in OPEN_STATES for ticket in self.tickets.values()))

    def _dossiers(self, asked: Wants, sessions: Sequence[Session | Case]) -> dict[tuple[IntentId, str], int]:
        codes = {*asked.codes, *(code for session in sessions for code in session.codes)}
        about = {*asked.intents, *(session.intent for session in sessions if session.intent), OTHER_ERROR}
        return {
            (ticket.intent, code): ticket.number
            for ticket in self.tickets.values()
            for code in ticket.codes
            if ticket.state in OPEN_STATES and ticket.intent in about and code in codes
        }

    def _commit(self, decision: Decision) -> None:
        for key in decision.end_sessions:
            self.sessions.pop(key, None)
        if decision.session:
            self.sessions[decision.session.chat, decision.session.person] = decision.session
        self.tickets.update((ticket.number, ticket) for ticket in decision.tickets)
        for case in decision.cases:
            self.cases[case.id] = case
            ref = Ref(case.chat, case.person, case.id, case.ticket)
            self.lines = [replace(line, ref=ref) if line.id == case.id else line for line in self.lines]
        for timer_id in decision.cancel_timers:
            self.timers.pop(timer_id, None)
        self.timers.update((timer.id, timer) for timer in decision.set_timers)
        self.roles.update((change.person, change.role) for change in decision.roles)
        for incident in decision.incidents:
            self.last_incident = max(self.last_incident, incident.number)
            self.incidents[incident.number] = incident
            if incident.ended_ms:
                del self.incidents[incident.number]
        for report in decision.incident_reports:
            known = self.incident_reporters.setdefault(report.incident.number, {})
            known.setdefault(report.reporter.person, report.reporter)
        for leave in decision.leaves:
            (self.away.add if leave.on else self.away.discard)(leave.person)
        self.paces += decision.paces
        self.counts += decision.counts
        self.samples += decision.samples
        for reply in decision.replies:
            line = Line(self._next_id(), reply.chat, reply.text, reply.ref, by_bot=True)
            self.lines.append(line)
            self.unheard.append(line)
