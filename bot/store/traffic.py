"""How often each error is reported: the last minutes in full, and a count of every hour for some weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.dialogue import surge
from bot.dialogue.hours import Hours
from bot.dialogue.surge import Report, Slot, Traffic
from bot.model import Case, IntentId
from bot.store.codec import REPORT, to_json
from bot.store.keys import Keys
from bot.store.rounds import Answers, Command
from bot.store.transaction import Transaction

SINCE: Final = "since"
KEPT_S: Final = surge.HISTORY_DAYS * 2 * 24 * 3600


def count_report(transaction: Transaction, keys: Keys, case: Case, zone: ZoneInfo) -> None:
    """A new complaint. What an incident answers tells nothing about what is usual, nor of another incident."""
    if case.outcome == "incident":
        return
    recent = keys.recent(case.intent)
    transaction.write("ZREMRANGEBYSCORE", recent, "-inf", case.opened_ms - surge.LONGEST_S * 1000)
    transaction.write("ZADD", recent, case.opened_ms, to_json(REPORT, surge.report_of(case)))
    transaction.write("EXPIRE", recent, surge.LONGEST_S)
    at = datetime.fromtimestamp(case.opened_ms / 1000, zone)
    for hourly in (keys.hourly(case.intent), keys.hourly_of_all()):
        transaction.count(
            hourly,
            _field(at.date(), at.hour),
            ("HSETNX", hourly, SINCE, at.date().isoformat()),
            ("HDEL", hourly, _field(at.date() - timedelta(days=2 * surge.HISTORY_DAYS), at.hour)),
            ("EXPIRE", hourly, KEPT_S),
        )


def traffic_commands(keys: Keys, intent: IntentId, now_ms: int, hours: Hours) -> tuple[Command, Command, Command]:
    """The last reports, those of each hour, and those of all errors in the hours before."""
    since_ms = now_ms - surge.LONGEST_S * 1000
    return (
        ("ZRANGE", keys.recent(intent), "+inf", since_ms, "BYSCORE", "REV", "LIMIT", 0, surge.MOST_READ),
        ("HMGET", keys.hourly(intent), *_fields(surge.slots(now_ms, hours))),
        ("HMGET", keys.hourly_of_all(), *_fields(surge.level_slots(now_ms, hours))),
    )


def expect_reports(transaction: Transaction, keys: Keys, intent: IntentId, traffic: Traffic, now_ms: int) -> None:
    """Nobody has reported since `traffic` was read; whoever did would be left out of the incident made of it."""
    if len(traffic.recent) < surge.MOST_READ:
        since_ms = str(now_ms - surge.LONGEST_S * 1000)
        transaction.expect("reports", str(len(traffic.recent)), "ZCOUNT", keys.recent(intent), since_ms, "+inf")


def read_traffic(
    answers: Answers, commands: tuple[Command, Command, Command], drawn: str | None, now_ms: int, hours: Hours
) -> Traffic:
    """From the answers to `traffic_commands` of the same moment."""
    reports, of_error, of_all = (answers[command] for command in commands)
    today = hours.day_of(now_ms)
    busier = surge.level(*_counted(of_all, surge.level_slots(now_ms, hours), today), today)
    usual = surge.usual(*_counted(of_error, surge.slots(now_ms, hours), today), busier)
    return Traffic(tuple(map(_report, reversed(reports))), usual, float(drawn or surge.FIRST_DRAWN))


def _counted(found: Sequence[str | None], slots: Sequence[Slot], today: date) -> tuple[dict[Slot, int], date]:
    """Reports of each hour, and since when they are counted."""
    since, *counts = found
    known = {slot: int(count or 0) for slot, count in zip(slots, counts, strict=True)}
    return known, date.fromisoformat(since) if since else today


@lru_cache(2 * surge.MOST_READ)
def _report(text: str) -> Report:
    """Each complaint reads those before it again."""
    return REPORT.validate_json(text)


@lru_cache(64)
def _fields(slots: tuple[Slot, ...]) -> tuple[str, ...]:
    """The same within an hour."""
    return (SINCE, *(_field(day, hour) for day, hour in slots))


def _field(day: date, hour: int) -> str:
    return f"{day.isoformat()}T{hour:02}"
