"""Learns once a day, from the complaints of the last weeks, how often one report draws another."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from bot.dialogue.contagion import Tally, drawn, tally
from bot.dialogue.surge import HISTORY_DAYS, Report, report_of
from bot.model import Case, IntentId
from bot.store.codec import CASE
from bot.store.connection import Client
from bot.store.keys import Keys

PAGE: Final = 200


async def learn_drawn(client: Client, keys: Keys, zone: ZoneInfo, now_ms: int) -> float:
    """Also keeps it, for whoever asks whether there is an incident."""
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    found: list[Tally] = []
    for ago in range(1, HISTORY_DAYS + 1):
        found += _tallies(await _complaints(client, keys, today - timedelta(days=ago)))
    learnt = drawn(found)
    await client.set(keys.drawn(), f"{learnt:.3f}")
    return learnt


async def _complaints(client: Client, keys: Keys, day: date) -> list[Case]:
    """In the order in which they came."""
    ids = cast("list[str]", await client.zrange(keys.cases_of(day), 0, -1))
    found: list[Case] = []
    for begin in range(0, len(ids), PAGE):
        texts = await client.mget([keys.case(case) for case in ids[begin : begin + PAGE]])
        found += (CASE.validate_json(str(text)) for text in texts if text)
    return found


def _tallies(complaints: list[Case]) -> list[Tally]:
    """One an error. That of an incident draws reports by itself."""
    reports: dict[IntentId, list[Report]] = defaultdict(list)
    for case in complaints:
        reports[case.intent].append(report_of(case))
    incidents = {case.intent for case in complaints if case.outcome == "incident"}
    return [tally(each) for intent, each in reports.items() if intent not in incidents]
