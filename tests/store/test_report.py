"""What the day page counts, from what decisions left in a real store."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.dashboard.report import Report, read_report
from bot.language.codes import unit_of_codes
from bot.model import Case, Chat, Count, Decision, IntentId, MessageId, Outcome, PersonId
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.transaction import Transaction

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KEYS = Keys("oa")
GROUP = Chat("group", "g1")
LAN = PersonId("7000000000000000001")
DAY = date(2026, 3, 2)
CODE = "H20.27.21-260301-0001"


async def complains(client: Client, id_: str, days: float, outcome: Outcome, *codes: str) -> None:
    """So many days after nine o'clock of DAY."""
    nine = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=ZONE)
    at_ms = int((nine + timedelta(days=days)).timestamp() * 1000)
    case = Case(MessageId(id_), GROUP, LAN, IntentId("payment"), codes, "không thanh toán được", at_ms, outcome)
    counts = tuple(Count(at_ms, name, case.intent, unit_of_codes(codes)) for name in ("complaint", outcome))
    transaction = Transaction()
    Commit(KEYS, ZONE).write(transaction, Decision(cases=(case,), counts=counts), MessageId(case.id), {})
    await transaction.commit(client)


async def report(client: Client, unit: str = "") -> Report:
    return await read_report(client, KEYS, ZONE, DAY, DAY, unit)


@pytest.mark.parametrize(("days", "again", "share"), [(6.9, 1, 0.5), (7.1, 0, 1.0)])
async def test_what_comes_back_within_a_week_was_not_solved_by_its_reporter(
    redis_client: Client, days: float, again: int, share: float
) -> None:
    await complains(redis_client, "m1", 0, "self", CODE)
    await complains(redis_client, "m2", 0.1, "self", "H20.15.21-260301-0002")
    await complains(redis_client, "m3", days, "unknown", CODE)
    found = await report(redis_client)
    assert (found.self_service.came_back, found.self_service.share) == (again, share)


async def test_another_dossier_or_one_that_was_never_said_to_be_solved_does_not_count_as_come_back(
    redis_client: Client,
) -> None:
    await complains(redis_client, "m1", 0, "unknown", CODE)
    await complains(redis_client, "m2", 0.1, "self")
    await complains(redis_client, "m3", 1, "self", CODE)
    assert (await report(redis_client)).self_service.came_back == 0


async def test_hours_and_returns_are_those_of_the_unit_that_is_asked_for(redis_client: Client) -> None:
    await complains(redis_client, "m1", 0, "self", CODE)
    await complains(redis_client, "m2", 1 / 24, "self", "H20.15.21-260301-0002")
    await complains(redis_client, "m3", 1, "unknown", CODE)
    for unit, hours, again in (("H20.27", {9: 1}, 1), ("H20.15", {10: 1}, 0), ("", {9: 1, 10: 1}, 1), ("-", {}, 0)):
        found = await report(redis_client, unit)
        assert {hour: count for hour, count in enumerate(found.hours) if count} == hours
        assert found.self_service.came_back == again
