"""Puts the simulated Zalo together: the Open API, OAuth, what people type on the page, and the page itself."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.delivery import Delivery
from bot.sandbox.faults import MISHAPS, Fault, Faults
from bot.sandbox.oauth import OAuth
from bot.sandbox.openapi import IMAGE_KINDS, OpenApi
from bot.sandbox.tokens import TokenMint
from bot.sandbox.world import KEPT_MESSAGES, Posted, World, load_world, new_id, now_ms, shown
from bot.settings import SANDBOX_OA_ID, Settings

HERE: Final = Path(__file__).parent
HEARTBEAT: Final = ": still here\n\n"
PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}

_PEOPLE: Final = load_world(SANDBOX_OA_ID).people
SANDBOX_TECHNICIANS: Final = tuple(person.id for person in _PEOPLE if person.role == "technician")
SANDBOX_SUPERVISORS: Final = tuple(person.id for person in _PEOPLE if person.role == "supervisor")


def sandbox_app(settings: Settings, stopping: asyncio.Event | None = None) -> Starlette:
    """The simulated Zalo, to be mounted under /sandbox. Starts nothing until somebody writes.

    `stopping` ends the streams of the open pages, which a web server would wait for otherwise.
    """
    world = load_world(settings.zalo_oa_id)
    mint = TokenMint(settings.zalo_app_secret.get_secret_value(), settings.zalo_refresh_token.get_secret_value())
    url = f"{settings.local_url}/webhook/zalo"
    delivery = Delivery(url, settings.zalo_app_id, settings.zalo_oa_secret.get_secret_value())
    faults = Faults()
    desk = Desk(world, delivery, faults, mint, settings.local_url, stopping or asyncio.Event())
    return Starlette(
        routes=[
            Route("/", desk.page),
            Route("/images/{id}", desk.image),
            Route("/api/state", desk.state),
            Route("/api/events", desk.events),
            Route("/api/send", desk.send, methods=["POST"]),
            Route("/api/redeliver", desk.redeliver, methods=["POST"]),
            Route("/api/faults", desk.fault, methods=["POST"]),
            Route("/api/tokens", desk.tokens, methods=["POST"]),
            Mount("/openapi", routes=OpenApi(world, mint, delivery, faults, settings.local_url).routes()),
            Route("/oauth/v4/oa/access_token", OAuth(settings, mint, faults).refresh, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
    )


def redirect_to_page() -> Route:
    """`/sandbox` without its slash."""

    async def go(_: Request) -> Response:
        return RedirectResponse("/sandbox/")

    return Route("/sandbox", go)


class Desk:
    """What people do on the page, turned into Zalo's events."""

    def __init__(
        self,
        world: World,
        delivery: Delivery,
        faults: Faults,
        mint: TokenMint,
        base_url: str,
        stopping: asyncio.Event,
    ) -> None:
        self._world = world
        self._delivery = delivery
        self._faults = faults
        self._mint = mint
        self._base = base_url
        self._stopping = stopping
        self._sent: dict[str, tuple[str, bytes]] = {}

    async def page(self, _: Request) -> Response:
        return FileResponse(HERE / "templates" / "chat.html", headers=PAGE_HEADERS)

    async def image(self, request: Request) -> Response:
        found = self._world.images.get(request.path_params["id"])
        return Response(found[1], media_type=found[0]) if found else Response(status_code=404)

    async def state(self, _: Request) -> Response:
        activity = {"delivering": self._delivery.under_way, "listening": self._world.listening}
        return JSONResponse(self._world.state() | activity)

    async def events(self, _: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            async with aclosing(self._world.listen(self._stopping)) as said:
                async for posted in said:
                    yield f"data: {json.dumps(shown(posted), ensure_ascii=False)}\n\n" if posted else HEARTBEAT

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})

    async def send(self, request: Request) -> Response:
        """A person writes: {person, chat, text, quote?, image? (data URL), kind?}; another chat is the OA's."""
        body = await _body(request)
        person = self._world.person(str(body.get("person")))
        text, image = str(body.get("text") or ""), body.get("image")
        if person is None:
            return JSONResponse({"error": "there is no such person"}, status_code=400)
        kept = self._keep(str(image)) if image else None
        kind = str(body.get("kind") or ("image" if kept else "text"))
        if (image and not kept) or not (text.strip() or kind != "text"):
            return JSONResponse({"error": "there is nothing to send, or the image is no PNG or JPEG"}, status_code=400)
        chat = self._world.group_id if body.get("chat") == self._world.group_id else person.id
        quote = str(body["quote"]) if body.get("quote") else None
        posted = Posted(new_id(), chat, person.id, text, now_ms(), quote, kept, kind)
        self._world.post(posted)
        self._sent[posted.id] = (chat, self._delivery.send(chat, self._event(posted)))
        while len(self._sent) > KEPT_MESSAGES:
            self._sent.pop(next(iter(self._sent)))
        return JSONResponse(shown(posted))

    async def redeliver(self, request: Request) -> Response:
        """The same event again, as Zalo does when it got no answer."""
        found = self._sent.get(str((await _body(request)).get("message")))
        if found is None:
            return JSONResponse({"error": "there is no such message"}, status_code=404)
        chat, raw = found
        self._delivery.resend(chat, raw, json.loads(raw)["timestamp"], tried=1)
        return JSONResponse({"delivered": True})

    async def fault(self, request: Request) -> Response:
        """{path, error: code | 'html' | 'timeout' | 'empty', times}: what the next calls of that path meet."""
        body = await _body(request)
        path, error, times = body.get("path"), body.get("error"), body.get("times", 1)
        if not (
            path and isinstance(path, str) and isinstance(times, int) and (isinstance(error, int) or error in MISHAPS)
        ):
            return JSONResponse({"error": "expected path, error (a code or a mishap) and times"}, status_code=400)
        self._faults.waiting.append(Fault(path, error, times))
        return JSONResponse({"faults": len(self._faults.waiting)})

    async def tokens(self, request: Request) -> Response:
        """{become: 'expired' | 'revoked'}: what happens to the bot's tokens."""
        done = {"expired": self._mint.expire, "revoked": self._mint.revoke}.get(
            str((await _body(request)).get("become"))
        )
        if done is None:
            return JSONResponse({"error": "expected become: expired or revoked"}, status_code=400)
        done()
        return JSONResponse({"done": True})

    def _keep(self, data_url: str) -> str | None:
        try:
            data = base64.b64decode(data_url.partition(",")[2], validate=True)
        except binascii.Error:
            return None
        kind = next((kind for start, kind in IMAGE_KINDS.items() if data.startswith(start)), None)
        return f"/sandbox/images/{self._world.keep_image(kind, data)}" if kind else None

    def _event(self, posted: Posted) -> dict[str, object]:
        in_group = posted.chat == self._world.group_id
        message: dict[str, object] = {"msg_id": posted.id, "text": posted.text}
        if posted.quote:
            message["quote_msg_id"] = posted.quote
        if posted.kind != "text":
            url = f"{self._base}{posted.image or '/sandbox/images/none'}"
            message["attachments"] = [{"type": posted.kind, "payload": {"url": url, "thumbnail": url}}]
        return {
            "event_name": f"user_send_{'group_' if in_group else ''}{posted.kind}",
            "oa_id": self._world.oa_id,
            "sender": {"id": posted.sender},
            "recipient": {"id": posted.chat if in_group else self._world.oa_id},
            "message": message,
        }


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
