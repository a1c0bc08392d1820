"""What is usual at this hour, as the store remembers it; and an incident that many bring about at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.dialogue import surge
from bot.dialogue.decide import decide
from bot.dialogue.hours import Hours
from bot.dialogue.rules import Rules
from bot.dialogue.wants import wants
from bot.language.knowledge import load_knowledge
from bot.language.matcher import Matcher
from bot.language.shelf import Shelf
from bot.model import Case, Chat, Decision, IntentId, Message, MessageId, Outcome, PersonId
from bot.store.codec import INCIDENT, REPORT
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.contagion import learn_drawn
from bot.store.keys import Keys
from bot.store.load import Loader
from bot.store.rounds import Rounds
from bot.store.traffic import read_traffic, traffic_commands
from bot.store.transaction import Conflict, Transaction
from tests.dialogue.test_hours import at
from tests.dialogue.world import ROOT, ZONE
from tests.process import CACHE
from tests.scenarios.runner import ALWAYS_OPEN, service
from tests.several import settled, signed

KEYS = Keys("1")
HOURS = Hours(ZONE)
ERROR = IntentId("payment")
LOGIN = IntentId("login-404")
GROUP = Chat("group", "g")
MONDAY_9_MS = at("23/11/2026 09:00")
DAY_MS = 24 * 3_600_000


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Shelf(CACHE).matcher(load_knowledge(ROOT / "intents", ROOT / "responses"))


async def report(
    client: Client, at_ms: int, person: str, error: IntentId = ERROR, place: str = "", outcome: Outcome = "open"
) -> None:
    """Of a dossier, where no `place` is said."""
    transaction, codes = Transaction(), () if place else ("H20.27.21-240924-0099",)
    case = Case(f"m{at_ms}{person}", GROUP, PersonId(person), error, codes, "…", at_ms, outcome, place=place)
    Commit(KEYS, ZONE).write(transaction, Decision(cases=(case,)), MessageId(case.id), {})
    await transaction.commit(client)


async def traffic(client: Client, now_ms: int) -> surge.Traffic:
    commands = traffic_commands(KEYS, ERROR, now_ms, HOURS)
    return read_traffic(await Rounds(client).ask(commands), commands, None, now_ms, HOURS)


async def test_the_last_minutes_and_the_same_hour_of_earlier_days_are_remembered(redis_client: Client) -> None:
    for day in range(10, 0, -1):
        for minute in range(4):
            await report(redis_client, MONDAY_9_MS - day * DAY_MS + minute * 60_000, "a")
    for minute in range(0, 24, 3):
        await report(redis_client, MONDAY_9_MS + minute * 60_000, f"p{minute}")
    found = await traffic(redis_client, MONDAY_9_MS + 23 * 60_000)
    assert [each.reporter.person for each in found.recent] == ["p9", "p12", "p15", "p18", "p21"]
    assert {each.unit for each in found.recent} == {"H20.27.21"}
    assert found.usual == 4


async def test_reports_of_other_errors_in_the_hours_before_tell_how_busy_the_day_is(redis_client: Client) -> None:
    for day in range(10, 0, -1):
        for minute in range(4):
            await report(redis_client, MONDAY_9_MS - day * DAY_MS + minute * 60_000, "a")
            await report(redis_client, MONDAY_9_MS - day * DAY_MS - minute * 60_000 - 1, "b", LOGIN)
    plain = (await traffic(redis_client, MONDAY_9_MS)).usual
    for minute in range(20):
        await report(redis_client, MONDAY_9_MS - minute * 60_000 - 1, "b", LOGIN)
    busy = (await traffic(redis_client, MONDAY_9_MS)).usual
    assert plain < 4 < 1.5 * 4 < busy


async def test_what_an_incident_answers_does_not_make_the_hour_usual(redis_client: Client) -> None:
    for day in range(10, 0, -1):
        await report(redis_client, MONDAY_9_MS - day * DAY_MS, "a")
        for person in range(20):
            await report(redis_client, MONDAY_9_MS - day * DAY_MS, f"p{person}", outcome="incident")
            await report(redis_client, MONDAY_9_MS - 60_000, f"p{person}", LOGIN, outcome="incident")
    assert (await traffic(redis_client, MONDAY_9_MS)).usual == 1


async def test_a_report_without_a_dossier_comes_from_the_unit_that_its_reporter_named_before(
    redis_client: Client, matcher: Matcher
) -> None:
    await report(redis_client, MONDAY_9_MS - DAY_MS, "p1")
    await (await Complaint(redis_client, matcher, "p1").decided()).written()
    await (await Complaint(redis_client, matcher, "p2").decided()).written()
    reports = [REPORT.validate_json(str(text)) for text in await redis_client.zrange(KEYS.recent(LOGIN), 0, -1)]
    assert {each.reporter.person: each.unit for each in reports} == {"p1": "H20.27.21", "p2": ""}


async def test_how_often_a_report_draws_another_is_learnt_from_the_last_weeks_but_not_from_incidents(
    redis_client: Client, matcher: Matcher
) -> None:
    for day in range(1, 29):
        for minute in (0, 2):
            at_ms = MONDAY_9_MS - day * DAY_MS + minute * 60_000
            await report(redis_client, at_ms, f"p{minute}", place=f"H20.{minute}")
    for minute in range(40):
        at_ms = MONDAY_9_MS - DAY_MS + minute * 60_000
        await report(redis_client, at_ms, f"q{minute}", LOGIN, outcome="incident")
    learnt = await learn_drawn(redis_client, KEYS, ZONE, MONDAY_9_MS)
    assert learnt == pytest.approx((28 + 16) / (56 + 100))
    complaint = await Complaint(redis_client, matcher, "p").decided()
    assert complaint.traffic.drawn == pytest.approx(learnt, abs=0.001)


async def test_an_error_that_was_never_reported_has_no_history(redis_client: Client) -> None:
    assert await traffic(redis_client, MONDAY_9_MS) == surge.Traffic((), surge.FIRST_USUAL)


class Complaint:
    """One of login-404, where nothing else is said, of which what was read and decided is not written yet."""

    def __init__(self, client: Client, matcher: Matcher, person: str, words: str = "em vào một cửa bị lỗi 404") -> None:
        self._client = client
        self._matcher = matcher
        self._message = Message(MessageId(person), GROUP, PersonId(person), words, MONDAY_9_MS)

    async def decided(self) -> Complaint:
        message, meaning = self._message, self._matcher.understand(self._message.text)
        asked = wants(message, meaning, MONDAY_9_MS, ZONE)
        self._loaded = await Loader(self._client, KEYS, Rules(HOURS), None).load(message, asked, MONDAY_9_MS)
        self._decision = decide(message, meaning, self._loaded.memory, self._matcher.knowledge)
        return self

    @property
    def traffic(self) -> surge.Traffic:
        assert self._loaded.memory.traffic
        return self._loaded.memory.traffic

    async def written(self) -> str:
        transaction = Transaction()
        self._loaded.expect_unchanged(transaction, self._decision)
        Commit(KEYS, ZONE).write(transaction, self._decision, self._message.id, {})
        await transaction.commit(self._client)
        return self._decision.outcome


async def complained(client: Client, matcher: Matcher, people: int) -> None:
    for number in range(people):
        assert await (await Complaint(client, matcher, f"p{number}").decided()).written() == "answered"


async def test_who_is_answered_just_after_an_incident_began_belongs_to_it(
    redis_client: Client, matcher: Matcher
) -> None:
    await complained(redis_client, matcher, surge.enough(surge.WINDOWS[0], surge.FIRST_USUAL) - 2)
    late = await Complaint(redis_client, matcher, "late").decided()
    await (await Complaint(redis_client, matcher, "one more").decided()).written()
    assert await (await Complaint(redis_client, matcher, "last").decided()).written() == "incident"
    with pytest.raises(Conflict):
        await late.written()
    assert await (await late.decided()).written() == "incident"
    assert await redis_client.hexists(KEYS.incident_reporters(1), "late")


async def test_who_is_answered_while_an_incident_is_being_made_belongs_to_it(
    redis_client: Client, matcher: Matcher
) -> None:
    await complained(redis_client, matcher, surge.enough(surge.WINDOWS[0], surge.FIRST_USUAL) - 2)
    slow = await Complaint(redis_client, matcher, "slow").decided()
    await (await Complaint(redis_client, matcher, "one more").decided()).written()
    last = await Complaint(redis_client, matcher, "last").decided()
    assert await slow.written() == "answered"
    with pytest.raises(Conflict):
        await last.written()
    assert await (await last.decided()).written() == "incident"
    assert await redis_client.hexists(KEYS.incident_reporters(1), "slow")


GATEWAY, PRINT = "vào hệ thống báo lỗi 502 bad gateway", "không in được phiếu hẹn, bấm in ra giấy trắng"


async def complained_of(client: Client, matcher: Matcher, *words: str) -> None:
    """As many of each as are one less than an incident."""
    for number in range(surge.WINDOWS[0].least_people - 1):
        for each in words:
            assert await (await Complaint(client, matcher, f"{each} {number}", each).decided()).written() == "offered"


async def test_who_notice_the_same_unknown_outage_at_once_make_one_incident(
    redis_client: Client, matcher: Matcher
) -> None:
    await complained_of(redis_client, matcher, GATEWAY)
    one, other = [await Complaint(redis_client, matcher, person, GATEWAY).decided() for person in ("one", "other")]
    assert await one.written() == "incident"
    with pytest.raises(Conflict):
        await other.written()
    assert await (await other.decided()).written() == "incident"
    assert await redis_client.hkeys(KEYS.incidents()) == ["1"]
    assert {"one", "other"} < set(await redis_client.hkeys(KEYS.incident_reporters(1)))


async def test_who_notice_two_unknown_outages_at_once_make_two_incidents(
    redis_client: Client, matcher: Matcher
) -> None:
    await complained_of(redis_client, matcher, GATEWAY, PRINT)
    one = await Complaint(redis_client, matcher, "one", GATEWAY).decided()
    other = await Complaint(redis_client, matcher, "other", PRINT).decided()
    assert await one.written() == "incident"
    with pytest.raises(Conflict):
        await other.written()
    assert await (await other.decided()).written() == "incident"
    texts = await redis_client.hgetall(KEYS.incidents())
    said = {number: INCIDENT.validate_json(text).words for number, text in texts.items()}
    assert said.keys() == {"1", "2"}
    assert "502" in said["1"]
    assert "phieu" in said["2"]
    gateway, print_ = [set(await redis_client.hkeys(KEYS.incident_reporters(number))) for number in (1, 2)]
    assert "one" in gateway
    assert "other" in print_
    assert not gateway & print_


async def test_of_many_reports_at_once_one_incident_is_made_and_nobody_is_forgotten(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        people = [f"73{number:017}" for number in range(24)]
        messages = [signed(f"i{number}", person, "em vào một cửa bị lỗi 404") for number, person in enumerate(people)]
        await asyncio.gather(
            *(running.http.post("/webhook/zalo", content=raw, headers=headers) for raw, headers in messages)
        )
        await settled(running.http)
        texts = await running.store.hgetall(running.keys.incidents())
        reporters = await running.store.hkeys(running.keys.incident_reporters(1))
        said = (await running.http.get("/sandbox/api/state")).json()["messages"]
    (incident,) = [INCIDENT.validate_json(text) for text in texts.values()]
    assert incident.intent == "login-404"
    assert set(reporters) == set(people)
    assert sum("Có thể là sự cố chung S1" in message["text"] for message in said) == 1
