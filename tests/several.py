"""Several processes of the bot over one store, with a server in Zalo's place that takes whatever they send."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.model import Chat
from bot.settings import SANDBOX_APP_ID, SANDBOX_OA_ID
from bot.store.keys import Keys
from bot.zalo.signature import sign
from tests.ports import free_port
from tests.process import bot_process, is_idle

GROUP: Final = Chat("group", "9000000000000000001")
KEYS: Final = Keys(SANDBOX_OA_ID)
DONE_S: Final = 120


@dataclass
class Zalo:
    """Takes every message and keeps it, for its own history, too."""

    said: list[dict[str, Any]] = field(default_factory=list)
    said_at: list[float] = field(default_factory=list)
    """By time.monotonic()."""
    answer_s: float = 0.0
    """How long it takes to answer what it has taken already."""
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Of each chat, newest first."""

    async def send(self, request: Request) -> Response:
        body = await request.json()
        self.said.append(body)
        self.said_at.append(time.monotonic())
        id_, (chat,) = f"z{len(self.said)}", body["recipient"].values()
        now_ms = time.time_ns() // 1_000_000
        entry = {"message_id": id_, "from_id": SANDBOX_OA_ID, "time": now_ms, "message": body["message"]["text"]}
        self.history.setdefault(chat, []).insert(0, entry)
        await asyncio.sleep(self.answer_s)
        return JSONResponse({"error": 0, "message": "Success", "data": {"message_id": id_}})

    async def past(self, request: Request) -> Response:
        asked = dict(request.query_params)
        asked = json.loads(asked["data"]) if "data" in asked else asked
        first, count = int(asked["offset"]), int(asked["count"])
        found = self.history.get(asked.get("group_id") or asked["user_id"], [])
        return JSONResponse({"error": 0, "data": found[first : first + count]})

    async def token(self, _: Request) -> Response:
        return JSONResponse({"access_token": "made-up", "refresh_token": "made-up-too", "expires_in": "90000"})

    async def unknown(self, _: Request) -> Response:
        return JSONResponse({"error": -213, "message": "User has not followed the OA"})


@asynccontextmanager
async def zalo() -> AsyncIterator[tuple[str, Zalo]]:
    taker, port = Zalo(), free_port()
    app = Starlette(
        routes=[
            Route("/v3.0/oa/group/message", taker.send, methods=["POST"]),
            Route("/v3.0/oa/message/cs", taker.send, methods=["POST"]),
            Route("/v3.0/oa/group/conversation", taker.past),
            Route("/v2.0/oa/conversation", taker.past),
            Route("/v4/oa/access_token", taker.token, methods=["POST"]),
            Route("/{path:path}", taker.unknown),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}", taker
    server.should_exit = True
    await serving


class Bot(NamedTuple):
    address: str
    process: subprocess.Popen[str]


async def start_bot(stack: AsyncExitStack, folder: Path, environ: dict[str, str], *, role: str = "all") -> Bot:
    """It stops with the stack."""
    running = bot_process(folder, role, **environ)
    bot = Bot(*await asyncio.to_thread(running.__enter__))
    stack.push_async_callback(asyncio.to_thread, running.__exit__, None, None, None)
    return bot


def signed(
    message_id: str, sender: str, text: str, picture: str = "", *, private: bool = False, group: str = GROUP.id
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one message, in the group if it is not private; `picture` is the address of one beside the
    text."""
    timestamp = str(time.time_ns() // 1_000_000)
    message: dict[str, Any] = {"msg_id": message_id, "text": text}
    if picture:
        message["attachments"] = [{"type": "image", "payload": {"url": picture, "thumbnail": picture}}]
    event = {
        "app_id": SANDBOX_APP_ID,
        "oa_id": SANDBOX_OA_ID,
        "event_name": f"user_send_{'' if private else 'group_'}{'image' if picture else 'text'}",
        "timestamp": timestamp,
        "sender": {"id": sender},
        "recipient": {"id": SANDBOX_OA_ID if private else group},
        "message": message,
    }
    raw = json.dumps(event, ensure_ascii=False).encode()
    return raw, {"X-ZEvent-Signature": sign(SANDBOX_APP_ID, raw, timestamp, "sandbox")}


async def settled(http: httpx.AsyncClient, bot: str = "") -> None:
    """Until everything is decided and sent. `bot`: its address, where `http` has none for it."""
    async with asyncio.timeout(DONE_S):
        while not is_idle((await http.get(f"{bot}/ready")).json()):
            await asyncio.sleep(0.05)
