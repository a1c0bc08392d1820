"""Redis in trouble while people write: the webhook refuses quickly, and in the end everybody is answered once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import pytest

from bot.store.codec import TICKET
from tests.proxy import Mode, proxy
from tests.scenarios.runner import Service, service
from tests.several import KEYS, Zalo, settled, signed, zalo
from tests.stores import Cluster, Server, Watched, cluster, server, wait_for, watched

PEOPLE: Final = [f"71{number:017}" for number in range(10)]
LINES: Final = ("em chuyển nhầm hs H20.21.{number:02}-250110-{number:04}, trả lại bước trước giúp em", "/toi",
                "/phieucuatoi", "/toi")  # fmt: skip
QUICK_S: Final = 3.0
"""Zalo waits two seconds, and the webhook answers within one and a half where the machine is not busy with tests."""
ENVIRON: Final = {"REPLIES_TO_PERSON": "100000", "RETRY_DELAYS_S": "0.1,0.2,0.5,1,1,1,1"}


@dataclass
class Load:
    """Each person writes line after line, each again until it is accepted."""

    http: httpx.AsyncClient
    pause_s: float
    answers: list[tuple[int, float]] = field(default_factory=list)
    """Status and seconds of each delivery."""

    async def run(self) -> None:
        await asyncio.gather(*(self._write(number) for number in range(len(PEOPLE))))

    async def _write(self, number: int) -> None:
        for line, text in enumerate(LINES):
            person = PEOPLE[number]
            raw, headers = signed(f"{person}-{line}", person, text.format(number=number), private=True)
            while True:
                began = time.monotonic()
                answer = await self.http.post("/webhook/zalo", content=raw, headers=headers)
                self.answers.append((answer.status_code, time.monotonic() - began))
                if answer.status_code == 200:
                    break
                await asyncio.sleep(0.2)
            await asyncio.sleep(self.pause_s)

    @property
    def refused(self) -> int:
        return sum(status == 503 for status, _ in self.answers)

    @property
    def slowest_s(self) -> float:
        return max(took for _, took in self.answers)


async def judge(load: Load, taker: Zalo, running: Service) -> None:
    """Each message has one answer, in the order of its person's; each report one ticket; nothing is set aside."""
    await settled(running.http)
    quotes = [str(body["message"].get("quote_message_id")) for body in taker.said]
    quotes = [quote for quote in quotes if quote.startswith("71")]
    wanted = [[f"{person}-{line}" for line in range(len(LINES))] for person in PEOPLE]
    assert Counter(quotes) == Counter(id_ for ids in wanted for id_ in ids)
    assert [[quote for quote in quotes if quote.startswith(person)] for person in PEOPLE] == wanted
    numbers = [int(str(number)) for number in await running.store.zrange(KEYS.all_tickets(), 0, -1)]
    texts = [await running.store.get(KEYS.ticket(number)) for number in numbers]
    reporters = [reporter.person for text in texts if text for reporter in TICKET.validate_json(text).reporters]
    assert sorted(reporters) == sorted(PEOPLE)
    assert await running.store.xlen(KEYS.dead_letters()) == 0
    assert {status for status, _ in load.answers} <= {200, 503}
    assert load.slowest_s < QUICK_S


@pytest.mark.parametrize(("trouble", "delay_s"), [("refuses", 0.0), ("is silent", 0.0), ("passes", 2.5)])
async def test_a_redis_that_is_gone_silent_or_slow_loses_and_doubles_nothing(
    tmp_path: Path, trouble: Mode, delay_s: float
) -> None:
    with server(tmp_path) as redis:
        async with proxy("127.0.0.1", redis.port) as between, zalo() as (address, taker):
            environ = ENVIRON | {"ZALO_OPENAPI_URL": address, "REDIS_URL": f"redis://127.0.0.1:{between.port}"}
            async with service(tmp_path, environ) as running:
                load = Load(running.http, 0.5)
                writing = asyncio.create_task(load.run())
                await asyncio.sleep(0.6)
                between.mode, between.delay_s = trouble, delay_s
                if trouble == "refuses":
                    between.cut()
                await asyncio.sleep(3)
                ready = await running.http.get("/ready")
                between.mode, between.delay_s = "passes", 0.0
                if trouble == "is silent":
                    between.cut()
                await writing
                await judge(load, taker, running)
                assert ready.status_code == 503
                assert load.refused > 0


def refused(redis: Server, command: str) -> int:
    """Within scripts, too."""
    with redis.client() as client:
        return sum(int(each["count"]) for each in client.acl_log() if each["object"] == command)


async def test_a_message_that_the_store_interrupts_many_times_is_answered_and_not_set_aside(tmp_path: Path) -> None:
    with server(tmp_path) as redis:
        async with service(tmp_path, {"REDIS_URL": f"redis://127.0.0.1:{redis.port}"}) as running:
            redis.do("ACL", "SETUSER", "default", "-smembers")
            raw, headers = signed("m1", PEOPLE[0], LINES[0].format(number=1))
            await running.http.post("/webhook/zalo", content=raw, headers=headers)
            await asyncio.to_thread(wait_for, lambda: refused(redis, "smembers") >= 14)
            redis.do("ACL", "SETUSER", "default", "+smembers")
            await settled(running.http)
            assert await running.store.zcard(KEYS.all_tickets()) == 1
            assert await running.store.xlen(KEYS.dead_letters()) == 0


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path) as servers:
        yield servers


async def test_under_sentinel_what_no_replica_has_is_refused_and_a_failover_under_load_loses_and_doubles_nothing(
    tmp_path: Path, guarded: Watched
) -> None:
    async with zalo() as (address, taker):
        environ = ENVIRON | {"ZALO_OPENAPI_URL": address, "REDIS_URL": guarded.url}
        async with service(tmp_path, environ) as running:
            raw, headers = signed("early", "7300000000000000001", "/toi", private=True)
            guarded.replica.process.send_signal(signal.SIGSTOP)
            refused = await running.http.post("/webhook/zalo", content=raw, headers=headers)
            guarded.replica.process.send_signal(signal.SIGCONT)
            load = Load(running.http, 1.0)
            writing = asyncio.create_task(load.run())
            await asyncio.sleep(1.5)
            await asyncio.to_thread(guarded.master.kill)
            await writing
            await judge(load, taker, running)
            assert guarded.replica.do("ROLE")[0] == "master"
            assert refused.status_code == 503
            assert load.refused > 0


@pytest.fixture
def spread(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path) as servers:
        yield servers


async def test_a_slot_of_a_cluster_that_moves_under_load_loses_and_doubles_nothing(
    tmp_path: Path, spread: Cluster
) -> None:
    async with zalo() as (address, taker):
        environ = ENVIRON | {"ZALO_OPENAPI_URL": address, "REDIS_URL": spread.url}
        async with service(tmp_path, environ) as running:
            load = Load(running.http, 0.5)
            writing = asyncio.create_task(load.run())
            await asyncio.sleep(0.7)
            slot, source = spread.owner(KEYS.tokens())
            target = next(each for each in spread.masters if each is not source)
            moved = await asyncio.to_thread(spread.move, slot, source, target, pause_s=0.02)
            await writing
            await judge(load, taker, running)
            assert moved > 20
            assert spread.owner(KEYS.tokens())[1] is target
