"""Zalo in trouble, from end to end: somebody writes, Zalo misbehaves, and the reply arrives once or is set aside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from bot.sandbox.world import load_world
from bot.settings import SANDBOX_OA_ID
from bot.store.dead_letters import DeadLetter, dead_letters, try_again
from bot.zalo.errors import ACTIONS
from tests.ports import free_port
from tests.process import is_idle
from tests.proxy import Mode, proxy
from tests.scenarios.runner import Service, service
from tests.several import signed

WORLD: Final = load_world(SANDBOX_OA_ID)
GROUP: Final = WORLD.group_id
LAN, KHOI, TAM, HA = (person.id for person in WORLD.people)
IN_GROUP, IN_PRIVATE, OAUTH = "/group/message", "/message/cs", "/access_token"
IMPATIENT: Final = {
    "RETRY_DELAYS_S": "0.05,0.1,0.1,0.2,0.2,0.3,0.3",
    "RATE_LIMIT_DELAY_S": "0.3",
    "ZALO_ANSWER_S": "0.3",
    "ZALO_OUTAGE_S": "0",
    "REPLIES_TO_PERSON": "100000",
    "REPLIES_IN_GROUP": "100000",
}
TRIES: Final = 8
PATIENT: Final = IMPATIENT | {"RETRY_DELAYS_S": "0.1,0.2,0.4,0.8,1.6,1.6,1.6,1.6,1.6,1.6"}
"""Long enough for a second refresh, which waits five seconds after the first one."""
ARRIVES: Final = frozenset({"retry", "rate-limited", "refresh", "without-quote", "as-text"})
ARRIVED: Final = "arrived"
API_CODES: Final = [code for code in ACTIONS if code > -14000]


@dataclass
class House:
    """The service and the people around it."""

    running: Service

    async def fault(self, path: str, error: int | str, times: int = 1) -> None:
        body = {"path": path, "error": error, "times": times}
        (await self.running.http.post("/sandbox/api/faults", json=body)).raise_for_status()

    async def tokens(self, become: str) -> None:
        (await self.running.http.post("/sandbox/api/tokens", json={"become": become})).raise_for_status()

    async def write(self, person: str, chat: str, text: str = "/toi") -> str:
        """The id of what they wrote."""
        body = {"person": person, "chat": chat, "text": text}
        answer = await self.running.http.post("/sandbox/api/send", json=body)
        return str(answer.json()["id"])

    async def said(self, chat: str) -> list[dict[str, Any]]:
        state = (await self.running.http.get("/sandbox/api/state")).json()
        return [
            message for message in state["messages"] if message["chat"] == chat and message["sender"] == WORLD.oa_id
        ]

    async def set_aside(self) -> list[DeadLetter]:
        return await dead_letters(self.running.store, self.running.keys, 1000)

    async def quoted(self, chat: str) -> list[str]:
        return [message["quote"] for message in await self.said(chat)]

    async def until_said(self, chat: str, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(20):
            while len(found := await self.said(chat)) < count:
                await asyncio.sleep(0.02)
        return found

    async def until_set_aside(self, count: int) -> list[DeadLetter]:
        async with asyncio.timeout(25):
            while len(found := await self.set_aside()) < count:
                await asyncio.sleep(0.02)
        return found

    async def until_done(self, count: int, chat: str) -> None:
        """So many replies have arrived in that chat or are set aside."""
        async with asyncio.timeout(10):
            while len(await self.said(chat)) + len(await self.set_aside()) < count:
                await asyncio.sleep(0.01)

    async def until_settled(self) -> None:
        quiet = 0
        async with asyncio.timeout(20):
            while quiet < 3:
                waiting = (await self.running.http.get("/ready")).json()
                delivering = (await self.running.http.get("/sandbox/api/state")).json()["delivering"]
                quiet = quiet + 1 if is_idle(waiting) and not delivering else 0
                await asyncio.sleep(0.02)

    async def figure(self, name: str) -> float:
        lines = (await self.running.http.get("/metrics")).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


@asynccontextmanager
async def house(folder: Path, environ: dict[str, str]) -> AsyncIterator[House]:
    async with service(folder, environ) as running:
        living = House(running)
        refused = await _refused(living)
        yield living
        assert await _refused(living) == refused, "the webhook took everything"


async def _refused(living: House) -> float:
    """Webhook requests of this process that were not taken."""
    lines = (await living.running.http.get("/metrics")).text.splitlines()
    requests = [line for line in lines if line.startswith("bot_webhook_requests_total")]
    return sum(float(line.split()[-1]) for line in requests if '"accepted"' not in line and '"no-use"' not in line)


async def test_with_each_code_the_reply_arrives_once_or_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    outcomes, expected = [], []
    async with house(tmp_path, IMPATIENT) as living:
        for number, code in enumerate(API_CODES, 1):
            await living.fault(IN_GROUP, code)
            await living.write(LAN, GROUP)
            await living.until_done(number, GROUP)
            letters = [letter.reason for letter in await living.set_aside() if f"code {code}:" in letter.reason]
            outcomes.append((code, letters or [ARRIVED]))
            lost = [f"fault (code {code}: {ACTIONS[code]})"]
            expected.append((code, [ARRIVED] if ACTIONS[code] in ARRIVES else lost))
        await living.until_settled()
        assert outcomes == expected
        assert len(await living.said(GROUP)) == sum(outcome == [ARRIVED] for _, outcome in outcomes)
        assert len(await living.until_said(HA, 1)) == 1


@pytest.mark.parametrize("mishap", ["html", "timeout", -32])
async def test_a_fault_in_one_chat_delays_its_replies_in_their_order_and_no_other_chat(
    tmp_path: Path, mishap: int | str
) -> None:
    async with house(tmp_path, IMPATIENT) as living:
        await living.fault(IN_GROUP, mishap, times=3)
        asked = [await living.write(LAN, GROUP) for _ in range(4)]
        others = [await living.write(person, person) for person in (LAN, KHOI)]
        await living.until_said(LAN, 1)
        await living.until_said(KHOI, 1)
        await living.until_settled()
        assert await living.quoted(GROUP) == asked
        assert [await living.quoted(LAN), await living.quoted(KHOI)] == [[other] for other in others]
        assert await living.set_aside() == []


@pytest.mark.parametrize(("lost", "chat"), [("refuses", LAN), ("loses answers", LAN), ("loses answers", GROUP)])
async def test_connections_that_are_reset_lose_and_double_no_reply(tmp_path: Path, lost: Mode, chat: str) -> None:
    port = free_port()
    async with proxy("127.0.0.1", port) as between:
        zalo = f"http://127.0.0.1:{between.port}/sandbox/openapi"
        async with house(tmp_path, IMPATIENT | {"PORT": str(port), "ZALO_OPENAPI_URL": zalo}) as living:
            asked = [await living.write(LAN, chat)]
            await living.until_settled()
            between.mode = lost
            between.cut()
            asked += [await living.write(LAN, chat) for _ in range(3)]
            async with asyncio.timeout(5):
                while between.met < 3:
                    await asyncio.sleep(0.01)
            between.mode = "passes"
            await living.until_settled()
            assert await living.quoted(chat) == asked
            assert await living.set_aside() == []


async def test_replies_outlast_an_outage_that_is_longer_than_all_tries(tmp_path: Path) -> None:
    port = free_port()
    async with proxy("127.0.0.1", port) as between:
        zalo = f"http://127.0.0.1:{between.port}/sandbox/openapi"
        environ = IMPATIENT | {"PORT": str(port), "ZALO_OPENAPI_URL": zalo, "ZALO_OUTAGE_S": "60"}
        async with house(tmp_path, environ) as living:
            between.mode = "refuses"
            asked = [await living.write(LAN, LAN) for _ in range(2)]
            async with asyncio.timeout(10):
                while between.met < 2 * TRIES:
                    await asyncio.sleep(0.01)
            between.mode = "passes"
            await living.until_settled()
            assert await living.quoted(LAN) == asked
            assert await living.set_aside() == []


async def test_what_was_set_aside_after_the_last_try_arrives_once_when_it_is_tried_again(tmp_path: Path) -> None:
    async with house(tmp_path, IMPATIENT) as living:
        await living.fault(IN_PRIVATE, "html", times=8)
        asked = await living.write(LAN, LAN)
        (letter,) = await living.until_set_aside(1)
        assert "HTTP 502" in letter.reason
        assert await try_again(living.running.store, living.running.keys, letter)
        await living.until_settled()
        assert await living.quoted(LAN) == [asked]


async def test_an_expired_token_is_replaced_and_the_reply_arrives(tmp_path: Path) -> None:
    async with house(tmp_path, PATIENT) as living:
        asked = [await living.write(LAN, GROUP)]
        await living.until_said(GROUP, 1)
        await living.tokens("expired")
        asked += [await living.write(LAN, GROUP) for _ in range(2)]
        await living.until_said(GROUP, 3)
        assert await living.quoted(GROUP) == asked


@pytest.mark.parametrize("how", ["revoked", "died half-way"])
async def test_lost_access_sets_replies_aside_calls_a_human_and_they_arrive_once_it_is_granted_again(
    tmp_path: Path, how: str
) -> None:
    async with house(tmp_path, PATIENT) as living:
        lost = await living.figure("bot_zalo_access_lost_total")
        await living.tokens("revoked") if how == "revoked" else await living.fault(OAUTH, "timeout")
        await living.write(LAN, LAN, "/toi")
        await living.write(KHOI, GROUP, "/toi")
        letters = await living.until_set_aside(2)
        assert {letter.reason.rpartition("(")[2] for letter in letters} == {"code -14014: human)"}
        assert await living.figure("bot_zalo_access_lost_total") == lost + 1
        assert await living.said(LAN) == await living.said(GROUP) == []
    async with house(tmp_path, PATIENT) as living:
        for letter in await living.set_aside():
            await try_again(living.running.store, living.running.keys, letter)
        await living.until_settled()
        assert [len(await living.said(chat)) for chat in (LAN, GROUP)] == [1, 1]


async def test_a_used_up_quota_stops_one_chat_and_supervisors_hear_of_it_once(tmp_path: Path) -> None:
    async with house(tmp_path, IMPATIENT) as living:
        await living.fault(IN_GROUP, -211, times=1000)
        for person in (LAN, KHOI, TAM):
            await living.write(person, GROUP)
        asked = await living.write(LAN, LAN)
        letters = await living.until_set_aside(3)
        (told,) = await living.until_said(HA, 1)
        await living.write(LAN, GROUP)
        await living.until_set_aside(4)
        assert {letter.reason for letter in letters} == {"fault (code -211: quota)"}
        assert "3 tin" in told["text"]
        assert len(await living.said(HA)) == 1
        assert await living.quoted(LAN) == [asked]


async def test_the_webhook_takes_messages_at_once_while_zalo_hangs(tmp_path: Path) -> None:
    async with house(tmp_path, IMPATIENT | {"ZALO_ANSWER_S": "2"}) as living:
        await living.fault("/openapi", "timeout", times=1000)
        began = time.monotonic()
        for number in range(20):
            raw, headers = signed(f"m{number}", f"71{number:017}", "/toi")
            answer = await living.running.http.post("/webhook/zalo", content=raw, headers=headers)
            assert answer.status_code == 200
        assert time.monotonic() - began < 10, "forty seconds if each waited for Zalo"
