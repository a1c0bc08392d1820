"""Three processes that take webhooks and three that work, over one store, one of them killed in the middle."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from bot.store.codec import TICKET, TICKET_EVENT
from bot.store.connection import Client
from tests.process import CACHE
from tests.several import KEYS, Bot, settled, signed, start_bot, zalo

PEOPLE = [f"71{number:017}" for number in range(24)]
TECHNICIAN = "720000000000000001"
NOTES = 40


async def _say(http: httpx.AsyncClient, webs: list[Bot], person: str, lines: list[str]) -> None:
    """One after the other, each through the next process."""
    for number, line in enumerate(lines):
        raw, headers = signed(f"{person}-{number}", person, line)
        web = webs[number % len(webs)].address
        (await http.post(f"{web}/webhook/zalo", content=raw, headers=headers)).raise_for_status()
        await asyncio.sleep(0.05)


async def test_no_reply_is_lost_or_out_of_order_and_no_timer_forgotten_when_a_worker_dies(
    valkey: str, redis_client: Client, tmp_path: Path
) -> None:
    environ = {"REDIS_URL": valkey, "LOG_LEVEL": "error", "TECHNICIAN_IDS": TECHNICIAN, "REPLIES_IN_GROUP": "10000",
               "REPLIES_TO_PERSON": "10000", "CACHE_DIR": str(CACHE)}  # fmt: skip
    async with AsyncExitStack() as stack:
        environ["ZALO_OPENAPI_URL"], taker = await stack.enter_async_context(zalo())
        first = await start_bot(stack, tmp_path, environ, role="web")
        environ["ZALO_OAUTH_URL"] = f"{first.address}/sandbox/oauth"
        started = await asyncio.gather(
            *(start_bot(stack, tmp_path, environ, role=role) for role in ("web", "web", "worker", "worker", "worker"))
        )
        webs, workers = [first, *started[:2]], started[2:]
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10))
        raw, headers = signed("opening", PEOPLE[0], "em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp")
        (await http.post(f"{first.address}/webhook/zalo", content=raw, headers=headers)).raise_for_status()
        await settled(http, first.address)
        notes = [f"/ghichu 1 ghi chú {number}" for number in range(NOTES)]
        talking = [_say(http, webs, TECHNICIAN, notes)]
        talking += [_say(http, webs, person, ["/toi", "/phieucuatoi", "bị lỗi rồi ad ơi"]) for person in PEOPLE[1:]]
        said = asyncio.gather(*talking)
        await asyncio.sleep(0.6)
        workers[1].process.send_signal(signal.SIGKILL)
        await said
        async with asyncio.timeout(30):
            while len(_answers(taker.said)) < 1 + NOTES + 3 * (len(PEOPLE) - 1):
                await asyncio.sleep(0.1)
        await settled(http, first.address)

    answers = _answers(taker.said)
    assert max(answers.values()) <= 2
    assert sum(count - 1 for count in answers.values()) <= 8, "a kill may repeat what was just being sent, no more"
    for person in (TECHNICIAN, *PEOPLE[1:]):
        numbers = [int(id_.rpartition("-")[2]) for id_ in answers if id_.startswith(person)]
        assert numbers == sorted(numbers)
    history = [TICKET_EVENT.validate_json(each) for each in await redis_client.lrange(KEYS.ticket_history(1), 0, -1)]
    assert [event.text for event in history if event.verb == "noted"] == [f"ghi chú {n}" for n in range(NOTES)]
    assert TICKET.validate_json(await redis_client.get(KEYS.ticket(1)) or "").state == "new"


def _answers(said: list[dict[str, dict[str, str]]]) -> Counter[str]:
    """How often each message was answered, in the order of the first answers."""
    quotes = (body["message"].get("quote_message_id") or "" for body in said)
    return Counter(quote for quote in quotes if re.fullmatch(r"opening|\d+-\d+", quote))


def _bot(*words: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"]}
    return subprocess.run([sys.executable, "-m", "bot", *words], env=given, text=True, capture_output=True, timeout=60)


def test_apart_web_and_worker_need_a_store_that_both_can_reach() -> None:
    ended = _bot("serve", "--role", "web")
    assert ended.returncode == 2
    assert "needs REDIS_URL" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_role_is_refused() -> None:
    ended = _bot("serve", "--role", "boss")
    assert ended.returncode == 2
