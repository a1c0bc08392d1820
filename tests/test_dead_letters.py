"""What could not be sent is set aside, told once, and can be tried again or dropped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.language.reload import LiveKnowledge
from bot.language.shelf import Shelf
from bot.settings import SANDBOX_OA_ID
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.dead_letters import bury, dead_letters, try_again
from bot.store.keys import Keys, partition_of
from bot.store.streams import FROM_NEW, FROM_UNFINISHED, Entry, create_groups, read
from bot.worker.alerts import ALERT, alert_once
from tests.dialogue.world import ROOT, ZONE
from tests.process import CACHE

KEYS = Keys(SANDBOX_OA_ID)
CHAT = "7000000000000000001"


@pytest.fixture(scope="module")
def live() -> LiveKnowledge:
    return LiveKnowledge(ROOT / "intents", ROOT / "responses", Shelf(CACHE))


async def _set_aside(client: Client, number: int, reply: str = "") -> None:
    key = KEYS.outbox(partition_of(CHAT))
    fields = {
        "id": reply or f"r{number}",
        "chat": f"private:{CHAT}",
        "text": f"câu {number}",
        "quote": "",
        "ref": "",
        "chart": "",
    }
    id_ = await client.xadd(key, fields)  # type: ignore[arg-type]
    await bury(client, KEYS, Entry(key, str(id_), fields), "no contact (code -213: no-contact)")


async def _outbox(client: Client) -> list[str]:
    found: list[Any] = [e async for key in client.scan_iter(match="*outbox*") for e in await client.xrange(key) or ()]
    return [str(fields["text"]) for _, fields in found]


def _run(valkey: str, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "REDIS_URL": valkey, "COLUMNS": "200"}
    command = [sys.executable, "-m", "bot", "dead-letters", *words]
    return subprocess.run(command, env=environ, text=True, capture_output=True)


async def test_an_operator_sees_why_tries_one_again_and_drops_the_rest(valkey: str, redis_client: Client) -> None:
    await create_groups(redis_client, KEYS)
    for number in range(3):
        await _set_aside(redis_client, number)
    listed = _run(valkey, "list")
    assert all(part in listed.stdout for part in ("no contact", "câu 1", "waiting here: 3"))
    ids = [letter["id"] for letter in json.loads(_run(valkey, "list", "--json").stdout)]
    assert "tried again: 1" in _run(valkey, "retry", ids[1]).stdout
    assert await _outbox(redis_client) == ["câu 1"]
    assert "dropped: 2" in _run(valkey, "drop", "all").stdout
    assert await dead_letters(redis_client, KEYS, 10) == []


async def test_wrong_use_says_what_is_missing_and_changes_nothing(valkey: str, redis_client: Client) -> None:
    await create_groups(redis_client, KEYS)
    await _set_aside(redis_client, 1)
    dropped = _run(valkey, "drop")
    assert (dropped.returncode, "name the ids" in dropped.stderr) == (2, True)
    unknown = _run(valkey, "retry", "1-1")
    assert (unknown.returncode, "not there" in unknown.stderr) == (1, True)
    assert len(await dead_letters(redis_client, KEYS, 10)) == 1


async def test_two_operators_who_try_the_same_letter_again_send_it_once(redis_client: Client) -> None:
    await create_groups(redis_client, KEYS)
    await _set_aside(redis_client, 1)
    (letter,) = await dead_letters(redis_client, KEYS, 10)
    assert [await try_again(redis_client, KEYS, letter), await try_again(redis_client, KEYS, letter)] == [True, False]
    assert await _outbox(redis_client) == ["câu 1"]


async def test_what_is_set_aside_again_after_a_lost_answer_is_there_once(redis_client: Client) -> None:
    await create_groups(redis_client, KEYS)
    fields = {"kind": "zalo", "body": "{}", "at": "1"}
    await redis_client.xadd(KEYS.inbox(0), fields)  # type: ignore[arg-type]
    (entry,) = await read(redis_client, KEYS.inbox(0), FROM_NEW, count=2, block_ms=None)
    for _ in range(2):
        await bury(redis_client, KEYS, entry, "no contact")
    (letter,) = await dead_letters(redis_client, KEYS, 10)
    assert (letter.stream, letter.reason) == (entry.key, "no contact")
    assert await read(redis_client, entry.key, FROM_UNFINISHED, count=2, block_ms=None) == []


async def test_supervisors_hear_once_of_what_was_set_aside(redis_client: Client, live: LiveKnowledge) -> None:
    await create_groups(redis_client, KEYS)
    await redis_client.hset(KEYS.roles(), mapping={"h1": "supervisor", "t1": "technician"})
    for number in range(5):
        await _set_aside(redis_client, number)
        await alert_once(redis_client, KEYS, Commit(KEYS, ZONE), live)
    (told,) = await _outbox(redis_client)
    assert "1 tin" in told
    await redis_client.delete(KEYS.alerted("quiet"))
    for _ in range(2):
        await alert_once(redis_client, KEYS, Commit(KEYS, ZONE), live)
        await redis_client.delete(KEYS.alerted("quiet"))
    assert ["5 tin" in text for text in await _outbox(redis_client)] == [False, True]


async def test_an_alert_that_reaches_no_supervisor_is_no_reason_for_another(
    redis_client: Client, live: LiveKnowledge
) -> None:
    await create_groups(redis_client, KEYS)
    await redis_client.hset(KEYS.roles(), "h1", "supervisor")
    await _set_aside(redis_client, 1)
    for number in range(2):
        await alert_once(redis_client, KEYS, Commit(KEYS, ZONE), live)
        await redis_client.delete(KEYS.alerted("quiet"))
        await _set_aside(redis_client, 2, f"{ALERT}{number}/0.0")
    assert len(await _outbox(redis_client)) == 1


def test_the_command_works_while_no_service_runs(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "bot", "dead-letters"]
    ended = subprocess.run(command, env=environ, text=True, capture_output=True)
    assert (ended.returncode, "waiting here: 0" in ended.stdout) == (0, True)
