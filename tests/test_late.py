"""Messages that come hours late, after an outage of our own or of Zalo's; and those that come twice."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.model import Message, MessageId
from bot.settings import SANDBOX_APP_ID
from bot.store.connection import Client
from bot.store.keys import PARTITIONS
from bot.worker.catch_up import catch_up
from bot.zalo.client import ZaloClient
from bot.zalo.events import parse_event
from bot.zalo.signature import sign
from tests.dialogue.world import World
from tests.scenarios.runner import Player, Service, service
from tests.several import GROUP, KEYS

LAN, TAM = "7000000000000000001", "7000000000000000003"
COMPLAINT = "em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _deliver(running: Service, text: str, sent_ms: int) -> int:
    event = {
        "app_id": SANDBOX_APP_ID,
        "event_name": "user_send_group_text",
        "timestamp": str(sent_ms),
        "sender": {"id": LAN},
        "recipient": {"id": GROUP.id},
        "message": {"msg_id": f"m{sent_ms}", "text": text},
    }
    raw = json.dumps(event).encode()
    headers = {"X-ZEvent-Signature": sign(SANDBOX_APP_ID, raw, str(sent_ms), "sandbox")}
    return (await running.http.post("/webhook/zalo", content=raw, headers=headers)).status_code


async def _said_by_the_bot(running: Service) -> list[dict[str, Any]]:
    player = Player(running)
    await player._settle()
    return [message for message in player.unheard if message["sender"] == player.world.oa_id]


async def test_the_answer_to_a_message_of_hours_ago_says_when_it_was_written(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await _deliver(running, COMPLAINT, _now_ms() - 5 * 3_600_000)
        assert "Trả lời tin lúc" in (await _said_by_the_bot(running))[0]["text"]


async def test_a_webhook_that_is_replayed_has_no_second_effect_and_is_remembered_for_months(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        sent_ms = _now_ms()
        for _ in range(2):
            assert await _deliver(running, COMPLAINT, sent_ms) == 200
        assert len(await _said_by_the_bot(running)) == 2
        assert await running.store.get(KEYS.ticket(2)) is None
        assert await running.store.ttl(KEYS.done(MessageId(f"m{sent_ms}"))) > 90 * 24 * 3600


class Granted:
    """A token that always holds."""

    async def current(self) -> str:
        return "token"

    async def renew(self, spent: str) -> str:
        return spent


@asynccontextmanager
async def _zalo_with_history(said: list[tuple[str, str, int]]) -> AsyncIterator[ZaloClient]:
    """`said`: (sender, text, sent_ms), oldest first."""

    async def history(request: Request) -> JSONResponse:
        offset, count = int(request.query_params["offset"]), int(request.query_params["count"])
        newest_first = list(enumerate(said))[::-1]
        return JSONResponse(
            {
                "error": 0,
                "data": [
                    {"message_id": f"h{n}", "from_id": who, "time": sent_ms, "message": text, "type": "text"}
                    for n, (who, text, sent_ms) in newest_first[offset : offset + count]
                ],
            }
        )

    app = Starlette(routes=[Route("/v3.0/oa/group/conversation", history)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        yield ZaloClient(http, Granted(), "http://zalo")


async def _inbox(client: Client) -> list[dict[str, Any]]:
    found: list[Any] = []
    for partition in range(PARTITIONS):
        found += await client.xrange(KEYS.inbox(partition)) or ()
    return sorted((json.loads(fields["body"]) for _, fields in found), key=lambda body: str(body["timestamp"]))


async def _away(client: Client, since_ms: int) -> None:
    """The service last lived, and last saw a message of the group, at `since_ms`."""
    await client.set(KEYS.alive(), since_ms)
    await client.hset(KEYS.last_seen(), GROUP.id, str(since_ms))
    await client.hset(KEYS.roles(), TAM, "technician")


async def test_after_an_outage_what_was_missed_comes_into_the_inbox_once_and_masked(redis_client: Client) -> None:
    since_ms = _now_ms() - 2 * 3_600_000
    old = [(LAN, f"cũ {n}", since_ms - n) for n in range(5, 0, -1)]
    missed = [(f"71{n:017}", f"{COMPLAINT} sđt 0912345678", since_ms + 1000 + n) for n in range(25)]
    own = [(KEYS.oa_id, "Phiếu #1", since_ms + 5000)]
    await _away(redis_client, since_ms)
    async with _zalo_with_history([*old, *missed, *own]) as zalo:
        found = [await catch_up(redis_client, KEYS, zalo, SANDBOX_APP_ID, _now_ms()) for _ in range(2)]
    assert found == [25, 0]
    bodies = await _inbox(redis_client)
    assert [body["message"]["msg_id"] for body in bodies] == [f"h{n}" for n in range(5, 30)]
    assert not any("0912345678" in body["message"]["text"] for body in bodies)
    assert not any(body["answered"] for body in bodies)


async def test_a_service_that_was_hardly_away_reads_no_history(redis_client: Client) -> None:
    await _away(redis_client, _now_ms() - 20_000)
    async with _zalo_with_history([(LAN, COMPLAINT, _now_ms())]) as zalo:
        assert await catch_up(redis_client, KEYS, zalo, SANDBOX_APP_ID, _now_ms()) == 0


async def test_what_a_technician_has_answered_meanwhile_is_marked_and_gets_no_answer(redis_client: Client) -> None:
    since_ms = _now_ms() - 2 * 3_600_000
    await _away(redis_client, since_ms)
    said = [
        (LAN, COMPLAINT, since_ms + 1),
        (TAM, "để anh kéo về", since_ms + 2),
        (LAN, "ký số không được", since_ms + 3),
    ]
    async with _zalo_with_history(said) as zalo:
        await catch_up(redis_client, KEYS, zalo, SANDBOX_APP_ID, _now_ms())
    bodies = await _inbox(redis_client)
    assert [body["answered"] for body in bodies] == [True, False, False]
    message = parse_event(bodies[0], oa_id=KEYS.oa_id)
    assert isinstance(message, Message)
    assert World().take(message, message.chat, message.sender).replies == ()
