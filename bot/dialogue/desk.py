"""What the desk does by itself, on timers that set their successors: reminds of targets once a working minute, sends
the morning's list and the evening's figures, takes back claims that nobody works on, closes what nobody objects to.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, Literal
from zoneinfo import ZoneInfo

from bot.dialogue import tickets
from bot.dialogue.announce import in_private, technicians
from bot.dialogue.draft import Draft
from bot.dialogue.hours import Hours
from bot.dialogue.lists import Board
from bot.dialogue.memory import Memory, Wants
from bot.dialogue.rules import Rules
from bot.dialogue.supervisor import chart, summary
from bot.dialogue.targets import Kind, deadlines, idle_ms
from bot.dialogue.voice import Voice
from bot.language.knowledge import Knowledge
from bot.model import SILENT, STAFF, THE_BOT, Chat, Decision, Ref, Reply, Ticket, Timer, TimerDue

DESK: Final = Chat("private", THE_BOT)
MINUTE_MS: Final = 60_000
WORKING_DAY_S: Final = 8 * 3600
IDLE_S: Final = WORKING_DAY_S
"""After so much working time without a sign of its owner a claim goes back."""
CLOSE_S: Final = 48 * 3600
"""So long after its end, nights included, a ticket may be objected to."""
LATEST_S: Final = 3 * 3600
"""A daily message that could not be sent for so long is left out."""

Step = Literal["near", "missed", "long", "unanswered"]
STEPS: Final[tuple[tuple[Step, int], ...]] = (("near", 80), ("missed", 100), ("long", 150))
"""When somebody is reminded, in percent of a target. Besides, 'unanswered': the reporter was asked `IDLE_S` ago. The
clock stands still then, but the ticket must not be forgotten."""


def first_timers(rules: Rules, now_ms: int) -> tuple[Timer, ...]:
    """Those that must be set, for the others to follow from them."""
    daily = (_daily(name, rules, now_ms) for name in ("morning", "evening"))
    return (_round(rules.hours, now_ms), *(timer for timer in daily if timer))


def close_timer(ticket: Ticket, at_ms: int, hours: Hours) -> Timer:
    """Not before a whole working day has passed either: whoever is off over the weekend may object on Monday."""
    due_ms = max(at_ms + CLOSE_S * 1000, hours.after_ms(at_ms, WORKING_DAY_S * 1000))
    return _timer(f"close|{ticket.number}", due_ms, "close", ticket.number)


def left_timer(ticket: Ticket, at_ms: int) -> Timer:
    """Its owner is no longer on the staff; a minute, in which a slip can be taken back."""
    return _timer(f"left|{ticket.number}", at_ms + MINUTE_MS, "left", ticket.number)


def _timer(id_: str, due_ms: int, purpose: str, ticket: int | None = None) -> Timer:
    return Timer(f"desk|{id_}", due_ms, purpose, DESK, THE_BOT, ticket)


def _round(hours: Hours, now_ms: int) -> Timer:
    """The next round looks at what has happened since `now_ms`."""
    due_ms = hours.open_ms((now_ms // MINUTE_MS + 1) * MINUTE_MS)
    return _timer("round", due_ms, f"round|{now_ms}")


def _daily(name: str, rules: Rules, now_ms: int) -> Timer | None:
    at = rules.morning if name == "morning" else rules.evening
    return _timer(name, rules.hours.next_ms(now_ms, at), name) if at else None


def wants(timer: Timer, now_ms: int, zone: ZoneInfo) -> Wants:
    if timer.ticket:
        return Wants(tickets=(timer.ticket,))
    today = Hours(zone).day_of(now_ms)
    return Wants(open_tickets=True, days=(today, today) if timer.purpose == "evening" else None)


def at_desk(due: TimerDue, memory: Memory, knowledge: Knowledge, voice: Voice) -> Decision:
    return _Desk(due, memory, knowledge, voice).decide()


class _Desk:
    def __init__(self, due: TimerDue, memory: Memory, knowledge: Knowledge, voice: Voice) -> None:
        self._timer = due.timer
        self._memory = memory
        self._knowledge = knowledge
        self._voice = voice
        self._hours = memory.rules.hours
        self._draft = Draft(memory.now_ms)

    def decide(self) -> Decision:
        name, _, since_ms = self._timer.purpose.partition("|")
        if self._timer.ticket:
            ticket = self._memory.tickets.get(self._timer.ticket)
            return self._of_ticket(name, ticket) if ticket else SILENT
        if name == "round":
            return self._go_round(int(since_ms))
        return self._daily(name)

    # --- a round -------------------------------------------------------------------------------------------------

    def _go_round(self, since_ms: int) -> Decision:
        """Reminds each receiver in one message of what has become near or late since the last round."""
        memory = self._memory
        news: dict[Chat, dict[Step, list[Ticket]]] = defaultdict(lambda: defaultdict(list))
        kinds: dict[Step, dict[int, Kind]] = defaultdict(dict)
        for ticket in memory.open_tickets:
            for step, kind in self._steps(ticket, since_ms).items():
                if kind:
                    kinds[step][ticket.number] = kind
                for chat in self._receivers(ticket, step):
                    news[chat][step].append(ticket)
            if idle_ms(ticket, memory.now_ms, self._hours) >= IDLE_S * 1000:
                self._draft.timer(_timer(f"idle|{ticket.number}", memory.now_ms, "idle", ticket.number))
        board = Board(self._voice, memory, self._knowledge)
        for chat, found in news.items():
            title = {step: self._voice.say(f"due.{step}") for step in found}
            text = "\n".join(f"{title[step]}\n{board.lines(each, kinds[step])}" for step, each in found.items())
            self._draft.reply(Reply(chat, text, ref=_ref(chat, [each for about in found.values() for each in about])))
        self._draft.timer(_round(self._hours, memory.now_ms))
        return self._draft.decision("round" if not news else "reminded")

    def _steps(self, ticket: Ticket, since_ms: int) -> dict[Step, Kind | None]:
        """What has become of which target."""
        if ticket.state == "waiting" and ticket.stopped_ms is not None:
            asked_again_ms = self._hours.after_ms(ticket.stopped_ms, IDLE_S * 1000)
            return {"unanswered": None} if since_ms < asked_again_ms <= self._memory.now_ms else {}
        targets = self._knowledge.targets_of(ticket.intent)
        passed: dict[Step, Kind | None] = {
            step: each.kind
            for step, percent in STEPS
            for each in deadlines(ticket, targets, self._hours, percent)
            if since_ms < each.at_ms <= self._memory.now_ms
        }
        if "missed" in passed:
            passed.pop("near", None)
        return passed

    def _receivers(self, ticket: Ticket, step: Step) -> tuple[Chat, ...]:
        """Its owner first; then the technicians, who also hear of what nobody on duty has; then the supervisors, or the
        technicians while none is at work."""
        if step == "long":
            return in_private(self._memory.on_duty("supervisor")) or technicians(self._memory)
        owner, desk = self._owner(ticket), technicians(self._memory)
        return tuple(dict.fromkeys((*owner, *desk))) if step == "missed" else owner or desk

    def _owner(self, ticket: Ticket) -> tuple[Chat, ...]:
        return in_private((ticket.owner,)) if ticket.owner and ticket.owner not in self._memory.away else ()

    # --- daily messages ------------------------------------------------------------------------------------------

    def _daily(self, name: str) -> Decision:
        follower = _daily(name, self._memory.rules, self._memory.now_ms)
        if follower:
            self._draft.timer(follower)
        if self._memory.now_ms - self._timer.due_ms <= LATEST_S * 1000:
            (self._morning if name == "morning" else self._evening)()
        return self._draft.decision(name)

    def _morning(self) -> None:
        board = Board(self._voice, self._memory, self._knowledge)
        found = board.by_urgency()
        if not found:
            return
        text = f"{self._voice.say('daily.morning', count=len(found))}\n{board.lines(found)}"
        self._draft.reply(*(Reply(chat, text) for chat in technicians(self._memory)))

    def _evening(self) -> None:
        figures = self._memory.figures
        if figures is None:
            return
        board = Board(self._voice, self._memory, self._knowledge)
        late = [ticket for ticket in board.by_urgency() if board.is_late(ticket)]
        text = f"{self._voice.say('daily.evening')}\n{summary(self._voice, figures)}"
        if late:
            text = f"{text}\n{self._voice.say('due.missed')}\n{board.lines(late)}"
        picture = chart(self._voice, figures)
        self._draft.reply(
            *(Reply(chat, text, chart=picture) for chat in in_private(self._memory.on_duty("supervisor")))
        )

    # --- one ticket ----------------------------------------------------------------------------------------------

    def _of_ticket(self, name: str, ticket: Ticket) -> Decision:
        if name == "left":
            return self._free(ticket)
        return self._close(ticket) if name == "close" else self._take_back(ticket)

    def _free(self, ticket: Ticket) -> Decision:
        """From somebody who is no longer on the staff; who has come back meanwhile keeps it."""
        if ticket.owner is None or self._memory.roles.get(ticket.owner) in STAFF:
            return SILENT
        self._draft.ticket(tickets.taken_back(ticket, self._voice.say("left.reason"), self._memory.now_ms))
        news = self._voice.say("left.all", number=ticket.number, name=self._voice.name(ticket.owner))
        self._draft.reply(*(Reply(chat, news, ref=_ref(chat, [ticket])) for chat in technicians(self._memory)))
        return self._draft.decision("taken-back")

    def _close(self, ticket: Ticket) -> Decision:
        """A timer of an end that was objected to means nothing any more."""
        if ticket.state != "resolved" or self._timer.due_ms < (ticket.resolved_ms or 0) + CLOSE_S * 1000:
            return SILENT
        self._draft.ticket(tickets.closed(ticket, self._memory.now_ms))
        return self._draft.decision("closed")

    def _take_back(self, ticket: Ticket) -> Decision:
        idle_s = idle_ms(ticket, self._memory.now_ms, self._hours) // 1000
        if ticket.owner is None or idle_s < IDLE_S:
            return SILENT
        hours = IDLE_S // 3600
        reason = self._voice.say("idle.reason", hours=hours)
        self._draft.ticket(tickets.taken_back(ticket, reason, self._memory.now_ms))
        text = self._voice.say("idle.owner", number=ticket.number, hours=hours)
        self._draft.reply(*(Reply(chat, text, ref=_ref(chat, [ticket])) for chat in self._owner(ticket)))
        name = self._voice.name(ticket.owner)
        news = self._voice.say("idle.all", number=ticket.number, name=name, hours=hours)
        self._draft.reply(*(Reply(chat, news, ref=_ref(chat, [ticket])) for chat in technicians(self._memory)))
        return self._draft.decision("taken-back")


def _ref(chat: Chat, about: list[Ticket]) -> Ref:
    """A quote of a message about one ticket stands for that ticket."""
    if len(about) != 1:
        return Ref(chat)
    reporter = about[0].reporters[0]
    return Ref(reporter.chat, reporter.person, ticket=about[0].number)
