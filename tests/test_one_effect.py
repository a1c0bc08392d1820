"""Every accepted message has exactly one effect: with many at once, sent again, and with kills in between."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from bot.settings import SANDBOX_OA_ID
from bot.store.codec import TICKET, TICKET_EVENT
from bot.store.connection import connect
from bot.store.keys import Keys
from tests.ports import free_port
from tests.process import CACHE, wait_until_ready
from tests.scenarios.runner import service
from tests.several import settled, signed

GROUP = "9000000000000000001"
KEYS = Keys(SANDBOX_OA_ID)
TECHNICIANS = [f"72{number:017}" for number in range(30)]


async def test_of_many_claims_at_once_one_wins_and_the_others_are_told_who(tmp_path: Path) -> None:
    async with service(tmp_path, {"TECHNICIAN_IDS": ",".join(TECHNICIANS)}) as running:
        raw, headers = signed("m0", "7000000000000000001", "em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp")
        await running.http.post("/webhook/zalo", content=raw, headers=headers)
        await settled(running.http)

        claims = [signed(f"c{number}", technician, "/nhan 1") for number, technician in enumerate(TECHNICIANS)]
        answers = await asyncio.gather(
            *(running.http.post("/webhook/zalo", content=raw, headers=headers) for raw, headers in claims)
        )
        await settled(running.http)

        assert {answer.status_code for answer in answers} == {200}
        ticket = TICKET.validate_json(await running.store.get(KEYS.ticket(1)) or "")
        history = [TICKET_EVENT.validate_json(e) for e in await running.store.lrange(KEYS.ticket_history(1), 0, -1)]
        assert [event.by for event in history if event.verb == "claimed"] == [ticket.owner]
        said = (await running.http.get("/sandbox/api/state")).json()["messages"]
        refused = [message for message in said if "Phiếu #1 đã có" in message["text"]]
        assert len(refused) == len(TECHNICIANS) - 1


async def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """40 dossiers are each reported by two people and sent twice, while the process is killed four times."""
    dice = random.Random(7)
    reports = []
    for number in range(40):
        code = f"H20.21.{number % 60:02}-250110-{number:04}"
        for person in range(2):
            sender, text = f"71{number:08}{person:09}", f"em chuyển nhầm hs {code}, trả lại bước trước giúp em"
            reports.append((f"r{number}-{person}", sender, text))
    waiting = [*reports, *reports]
    dice.shuffle(waiting)
    port = str(free_port())
    environ = {
        "PATH": os.environ["PATH"],
        "PORT": port,
        "DATA_DIR": str(tmp_path),
        "LOG_LEVEL": "error",
        "CACHE_DIR": str(CACHE),
    }
    kills = 0
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as http:
        while waiting:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"], env=environ, stderr=subprocess.PIPE, text=True
            )
            await asyncio.to_thread(wait_until_ready, str(http.base_url).rstrip("/"), process)
            batch = len(waiting) if kills == 4 else dice.randint(15, 35)
            for _ in range(min(batch, len(waiting))):
                message_id, sender, text = waiting[-1]
                raw, headers = signed(message_id, sender, text)
                answer = await http.post("/webhook/zalo", content=raw, headers=headers)
                if answer.status_code == 200:
                    waiting.pop()
            if waiting:
                await asyncio.sleep(dice.random() * 0.05)
                kills += 1
                process.send_signal(signal.SIGKILL)
                process.wait()
        await _until_done(http)
        tickets = await _tickets(tmp_path)
        process.send_signal(signal.SIGINT)
        process.wait()
    assert kills == 4
    assert sorted(code for codes, _ in tickets for code in codes) == sorted(
        {text.split()[4].strip(",") for _, _, text in reports}
    )
    assert {len(reporters) for _, reporters in tickets} == {2}


async def _until_done(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await http.get("/ready")).json().get("inbox") != 0:
            await asyncio.sleep(0.05)


async def _tickets(data_dir: Path) -> list[tuple[tuple[str, ...], set[str]]]:
    """Codes and reporters of every ticket."""
    client = connect(f"unix://{data_dir.resolve() / 'valkey.sock'}")
    numbers = await client.zrange(KEYS.all_tickets(), 0, -1)
    texts = await client.mget([KEYS.ticket(int(str(number))) for number in numbers])
    await client.aclose()
    tickets = [TICKET.validate_json(text) for text in texts if text]
    return [(ticket.codes, {reporter.person for reporter in ticket.reporters}) for ticket in tickets]
