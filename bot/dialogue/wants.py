"""What must be loaded before a message can be decided."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dialogue import commands, desk, incidents
from bot.dialogue.commands import Invocation
from bot.dialogue.memory import Wants
from bot.dialogue.periods import Days, read_asked
from bot.model import THE_BOT, Incoming, Meaning, Message, TimerDue


def wants(incoming: Incoming, meaning: Meaning, now_ms: int, zone: ZoneInfo) -> Wants:
    if isinstance(incoming, TimerDue) and incoming.timer.person == THE_BOT:
        return desk.wants(incoming.timer, now_ms, zone)
    if not isinstance(incoming, Message):
        return Wants()
    called = commands.parse(incoming) or commands.spoken(incoming)
    below = commands.plain_words(commands.words_of(incoming)) if incoming.quote else None
    intents = tuple(candidate.intent for candidate in meaning.candidates)
    return Wants(
        tickets=named.numbers if (named := called or below) else (),
        intents=intents,
        codes=meaning.codes,
        open_tickets=_is(called, "ds", "nguoi", "nghi", "vaitro", "chuyen"),
        my_tickets=_is(called, "phieucuatoi") or "how-far" in meaning.small_talk,
        days=_days(called, now_ms, zone),
        incident_reporters=_is(called, "suco"),
        own_complaint=_is(called, "kythuat") or "human" in meaning.small_talk,
        traffic_of=None if called else incidents.reported(meaning),
        conversation_of=incoming.mentions[0] if incoming.mentions and not called else None,
    )


def _is(called: Invocation | None, *names: str) -> bool:
    return bool(called and called.command and called.command.name in names)


def _days(called: Invocation | None, now_ms: int, zone: ZoneInfo) -> Days | None:
    if called is None or not _is(called, "thongke"):
        return None
    asked = read_asked(called.words, datetime.fromtimestamp(now_ms / 1000, zone).date())
    return asked.days if asked else None
