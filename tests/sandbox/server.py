"""The sandbox as a bot meets it: its own app in this process, and beside it a bot that only takes in what is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.sandbox import sandbox_app
from bot.settings import Settings, load_settings
from tests.ports import free_port

GROUP = "9000000000000000001"
LAN, KHOI, TAM, HA = (f"700000000000000000{number}" for number in (1, 2, 3, 4))
OA_SECRET = "oa-secret-made-up"
SEED = "seed-made-up"
APP_SECRET = "app-secret-made-up"


@dataclass
class Delivered:
    raw: bytes
    headers: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.raw)
        return event


@dataclass
class Receiver:
    """`answers` are the status codes of the next deliveries, then always 200."""

    answers: list[int] = field(default_factory=list)
    got: list[Delivered] = field(default_factory=list)

    async def webhook(self, request: Request) -> Response:
        self.got.append(Delivered(await request.body(), dict(request.headers)))
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    async def wait_for(self, number: int) -> list[Delivered]:
        async with asyncio.timeout(5):
            while len(self.got) < number:
                await asyncio.sleep(0.01)
        return self.got


@dataclass
class Sandbox:
    settings: Settings
    http: httpx.AsyncClient
    receiver: Receiver
    access_token: str = ""
    refresh_token: str = SEED

    async def refresh(self, token: str, **form: str) -> dict[str, Any]:
        body = {"refresh_token": token, "app_id": self.settings.zalo_app_id, "grant_type": "refresh_token", **form}
        answer = await self.http.post("/oauth/v4/oa/access_token", data=body, headers={"secret_key": APP_SECRET})
        assert answer.status_code == 200
        pair: dict[str, Any] = answer.json()
        return pair

    async def call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        headers = {"access_token": self.access_token}
        answer = await self.http.request(method, f"/openapi{path}", headers=headers, **given)
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    async def send_group(self, **message: Any) -> dict[str, Any]:
        body = {"recipient": {"group_id": GROUP}, "message": message}
        return await self.call("POST", "/v3.0/oa/group/message", json=body)

    async def send_private(self, person: str, **message: Any) -> dict[str, Any]:
        body = {"recipient": {"user_id": person}, "message": message}
        return await self.call("POST", "/v3.0/oa/message/cs", json=body)

    async def say(self, person: str, text: str, chat: str = GROUP, **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/send", json={"person": person, "chat": chat, "text": text, **more})
        posted: dict[str, Any] = answer.json()
        return posted


def settings_for(port: int) -> Settings:
    """The addresses of the sandbox, with a secret of its own for each purpose: mixing them up must show."""
    secrets = {"zalo_oa_secret": OA_SECRET, "zalo_app_secret": APP_SECRET, "zalo_refresh_token": SEED}
    update = {name: SecretStr(secret) for name, secret in secrets.items()}
    return load_settings({"PORT": str(port)}).model_copy(update=update)


@asynccontextmanager
async def running(*, ask_token: bool = True) -> AsyncIterator[Sandbox]:
    """A sandbox that delivers to its Receiver over real HTTP, with an access token at hand."""
    settings = settings_for(free_port())
    receiver = Receiver()
    stopping = asyncio.Event()
    routes = [Route("/webhook/zalo", receiver.webhook, methods=["POST"])]
    app = Starlette(routes=[*routes, Mount("/sandbox", sandbox_app(settings, stopping))])
    server = uvicorn.Server(uvicorn.Config(app, port=settings.port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=f"{settings.local_url}/sandbox") as http:
        sandbox = Sandbox(settings, http, receiver)
        if ask_token:
            pair = await sandbox.refresh(SEED)
            sandbox.access_token, sandbox.refresh_token = pair["access_token"], pair["refresh_token"]
        yield sandbox
    stopping.set()
    server.should_exit = True
    await serving
