"""A small Zalo for tests of the client and the tokens: answers as its Open API and OAuth do, over HTTP or in-process.

`plan` holds answers for the next calls of a path, before the ordinary one is given.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

BASE = "http://zalo"
SECRET = "app-secret-made-up"
HTML_502 = Response("<html>Bad Gateway</html>", 502, media_type="text/html")
EMPTY_200 = Response("")


def refusal(code: int | str) -> Response:
    return JSONResponse({"error": code, "message": "no"})


@dataclass
class FakeZalo:
    refresh_token: str = "RT-0"
    access_token: str = "AT-0"
    minted: int = 0
    refreshes: int = 0
    expires_in: object = "90000"
    spent_answers_empty: bool = False
    plan: dict[str, list[Response]] = field(default_factory=lambda: defaultdict(list))
    calls: list[tuple[str, Any]] = field(default_factory=list)
    known_quotes: set[str] = field(default_factory=set)
    members: list[dict[str, str]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v4/oa/access_token", self.oauth, methods=["POST"]),
                Route("/v2.0/oa/upload/image", self.upload, methods=["POST"]),
                Route("/v3.0/oa/message/cs", self.send, methods=["POST"]),
                Route("/v3.0/oa/group/message", self.send, methods=["POST"]),
                Route("/v2.0/oa/getoa", self.get_oa),
                Route("/v3.0/oa/user/detail", self.detail),
                Route("/v3.0/oa/group/listmember", self.list_members),
                Route("/v3.0/oa/group/conversation", self.history),
            ]
        )

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app()), timeout=5)

    def sent(self) -> list[Any]:
        return [body for path, body in self.calls if "message" in path]

    def _ahead(self, request: Request, body: Any) -> Response | None:
        path = request.url.path
        self.calls.append((path, body))
        if self.plan[path]:
            return self.plan[path].pop(0)
        if "/v4/" not in path and request.headers.get("access_token") != self.access_token:
            return refusal(-216)
        return None

    async def oauth(self, request: Request) -> Response:
        form = dict(await request.form())
        self.refreshes += 1
        self.asked.set()
        if planned := self._ahead(request, form):
            return planned
        if request.headers.get("secret_key") != SECRET:
            return JSONResponse({"error": -14004, "error_name": "Invalid secret key"})
        if form.get("refresh_token") != self.refresh_token:
            return EMPTY_200 if self.spent_answers_empty else JSONResponse({"error": "-14014", "error_name": "Invalid"})
        self.minted += 1
        self.access_token, self.refresh_token = f"AT-{self.minted}", f"RT-{self.minted}"
        pair = {"access_token": self.access_token, "refresh_token": self.refresh_token}
        return JSONResponse(pair | {"expires_in": self.expires_in})

    async def send(self, request: Request) -> Response:
        body = await request.json()
        if planned := self._ahead(request, body):
            return planned
        message = body["message"]
        if len(message.get("text", "")) > 2000:
            return refusal(-210)
        if message.get("quote_message_id", "") not in self.known_quotes | {""}:
            return refusal(-201)
        return JSONResponse({"error": 0, "message": "Success", "data": {"message_id": f"m{len(self.calls)}"}})

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            name = getattr(form["file"], "filename", "")
        return self._ahead(request, name) or JSONResponse({"error": 0, "data": {"attachment_id": "att-1"}})

    async def get_oa(self, request: Request) -> Response:
        data = {"oa_id": "44", "name": "Tổ Hỗ Trợ", "is_verified": True, "package_name": "Toàn diện"}
        return self._ahead(request, None) or JSONResponse({"error": 0, "data": data})

    async def detail(self, request: Request) -> Response:
        person = json.loads(request.query_params["data"])["user_id"]
        data = {"user_id": person, "display_name": f"Tên {person}"}
        return self._ahead(request, person) or JSONResponse({"error": 0, "data": data})

    async def list_members(self, request: Request) -> Response:
        offset, count = int(request.query_params["offset"]), int(request.query_params["count"])
        page = {"members": self.members[offset : offset + count], "total": len(self.members)}
        return self._ahead(request, request.query_params["group_id"]) or JSONResponse({"error": 0, "data": page})

    async def history(self, request: Request) -> Response:
        entry = {"message_id": "h1", "from_id": 73, "from_display_name": "Lan", "time": 1790000000123, "message": "a"}
        data = [entry | {"type": "text"}]
        return self._ahead(request, dict(request.query_params)) or JSONResponse({"error": 0, "data": data})
