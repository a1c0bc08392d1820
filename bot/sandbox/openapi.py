"""The Open API of the simulated Zalo (zalo-oa-api, section 3): always HTTP 200, the error in the body."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.delivery import Delivery
from bot.sandbox.faults import Faults, hang, instead
from bot.sandbox.tokens import TokenMint
from bot.sandbox.world import Posted, World, new_id, now_ms

LONGEST_TEXT: Final = 2_000
BIGGEST_IMAGE: Final = 1_048_576
IMAGE_KINDS: Final = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}

BAD_PARAMETER, TOO_LONG, NO_RELATION, BAD_TOKEN, EXPIRED_ASSET, NOT_IN_GROUP = -201, -210, -213, -216, -100, -403


class ApiError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class OpenApi:
    def __init__(self, world: World, mint: TokenMint, delivery: Delivery, faults: Faults, base_url: str) -> None:
        self._world = world
        self._mint = mint
        self._delivery = delivery
        self._faults = faults
        self._base = base_url

    def routes(self) -> list[Route]:
        calls: dict[str, tuple[str, Callable[[Request], Awaitable[object]]]] = {
            "/v3.0/oa/message/cs": ("POST", self._send_private),
            "/v3.0/oa/group/message": ("POST", self._send_group),
            "/v2.0/oa/upload/image": ("POST", self._upload),
            "/v2.0/oa/getoa": ("GET", self._oa),
            "/v3.0/oa/user/detail": ("GET", self._user),
            "/v3.0/oa/group/getgroupsofoa": ("GET", self._groups),
            "/v3.0/oa/group/getgroup": ("GET", self._group),
            "/v3.0/oa/group/listmember": ("GET", self._members),
            "/v3.0/oa/group/conversation": ("GET", self._history),
            "/v2.0/oa/conversation": ("GET", self._private_history),
        }
        return [Route(path, self._guarded(call), methods=[method]) for path, (method, call) in calls.items()]

    def _guarded(self, call: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            fault = self._faults.next_for(request.url.path)
            if isinstance(fault, int):
                return _error(fault, "fault")
            if mishap := instead(fault):
                return mishap
            if not self._mint.accepts(request.headers.get("access_token", "")):
                return _error(BAD_TOKEN, "Access token is invalid")
            try:
                data = await call(request)
            except ApiError as error:
                return _error(error.code, error.message)
            await hang(fault, request)
            return JSONResponse({"error": 0, "message": "Success", "data": data})

        return answer

    async def _send_private(self, request: Request) -> object:
        body = await _json(request)
        person = self._world.person(str(_part(body, "recipient").get("user_id")))
        if person is None:
            raise ApiError(NO_RELATION, "User has not followed the OA")
        posted = self._say(person.id, _part(body, "message"))
        self._echo("oa_send", posted, person.id)
        return {"message_id": posted.id, "user_id": person.id, "sent_time": str(posted.sent_ms)}

    async def _send_group(self, request: Request) -> object:
        body = await _json(request)
        group = str(_part(body, "recipient").get("group_id"))
        if group != self._world.group_id:
            raise ApiError(NOT_IN_GROUP, "The OA is not in this group")
        posted = self._say(group, _part(body, "message"))
        self._echo("oa_send_group", posted, group)
        return {"message_id": posted.id, "group_id": group}

    def _say(self, chat: str, message: Mapping[str, Any]) -> Posted:
        text = message.get("text", "")
        quote = message.get("quote_message_id")
        attachment = message.get("attachment")
        if not isinstance(text, str) or not (text or attachment):
            raise ApiError(BAD_PARAMETER, "message text is invalid")
        if len(text) > LONGEST_TEXT:
            raise ApiError(TOO_LONG, "message text is too long")
        if quote is not None and not self._said_in(chat, quote):
            raise ApiError(BAD_PARAMETER, "quote_message_id is invalid")
        image, buttons = self._attached(attachment)
        if buttons and chat == self._world.group_id:
            raise ApiError(BAD_PARAMETER, "a group takes no buttons")
        kind = "image" if image else "text"
        posted = Posted(new_id(), chat, self._world.oa_id, text, now_ms(), quote, image, kind, buttons)
        self._world.post(posted)
        return posted

    def _said_in(self, chat: str, id_: object) -> bool:
        quoted = self._world.message(id_) if isinstance(id_, str) else None
        return quoted is not None and quoted.chat == chat

    def _attached(self, attachment: object) -> tuple[str | None, tuple[dict[str, str], ...]]:
        """The image's address, the buttons."""
        if attachment is None:
            return None, ()
        payload = _part(attachment, "payload")
        if not isinstance(attachment, dict) or attachment.get("type") != "template":
            raise ApiError(BAD_PARAMETER, "attachment is invalid")
        if "buttons" in payload:
            return None, tuple(_button(button) for button in _parts(payload, "buttons"))
        elements = _parts(payload, "elements")
        id_ = elements[0].get("attachment_id") if elements else None
        if not isinstance(id_, str):
            raise ApiError(BAD_PARAMETER, "attachment_id is invalid")
        if id_ not in self._world.images:
            raise ApiError(EXPIRED_ASSET, "attachment id is expired")
        return f"/sandbox/images/{id_}", ()

    def _echo(self, family: str, posted: Posted, recipient: str) -> None:
        message: dict[str, object] = {"msg_id": posted.id, "text": posted.text}
        if posted.image:
            url = f"{self._base}{posted.image}"
            message["attachments"] = [{"type": "image", "payload": {"url": url, "thumbnail": url}}]
        event: dict[str, object] = {
            "event_name": f"{family}_{posted.kind}",
            "oa_id": self._world.oa_id,
            "sender": {"id": self._world.oa_id},
            "recipient": {"id": recipient},
            "message": message,
        }
        self._delivery.send(posted.chat, event)

    async def _upload(self, request: Request) -> object:
        form = await request.form()
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise ApiError(BAD_PARAMETER, "file is missing")
        data = await file.read()
        kind = next((kind for start, kind in IMAGE_KINDS.items() if data.startswith(start)), None)
        if kind is None:
            raise ApiError(BAD_PARAMETER, "file type is not supported")
        if len(data) > BIGGEST_IMAGE:
            raise ApiError(TOO_LONG, "file is too big")
        return {"attachment_id": self._world.keep_image(kind, data)}

    async def _oa(self, _: Request) -> object:
        return {"oa_id": self._world.oa_id, "name": self._world.oa_name, "is_verified": True, "package_name": "sandbox"}

    async def _user(self, request: Request) -> object:
        person = self._world.person(str(_wanted(request).get("user_id")))
        if person is None:
            raise ApiError(NO_RELATION, "User has not followed the OA")
        return {"user_id": person.id, "display_name": person.name, "user_is_follower": True}

    async def _groups(self, _: Request) -> object:
        return {"groups": [{"group_id": self._world.group_id, "name": self._world.group_name}], "total": 1}

    async def _group(self, request: Request) -> object:
        self._must_be_ours(request)
        info = {"group_id": self._world.group_id, "name": self._world.group_name, "status": "enabled"}
        return {"group_info": info | {"total_member": len(self._world.people)}}

    async def _members(self, request: Request) -> object:
        self._must_be_ours(request)
        offset, count = _page(request.query_params, 50)
        members = [{"user_id": person.id, "name": person.name} for person in self._world.people]
        return {"members": members[offset : offset + count], "total": len(members)}

    async def _history(self, request: Request) -> object:
        self._must_be_ours(request)
        return self._past(self._world.group_id, *_page(request.query_params, 10))

    async def _private_history(self, request: Request) -> object:
        wanted = _wanted(request)
        person = self._world.person(str(wanted.get("user_id")))
        if person is None:
            raise ApiError(NO_RELATION, "User has not followed the OA")
        return self._past(person.id, *_page(wanted, 10))

    def _past(self, chat: str, offset: int, count: int) -> list[dict[str, object]]:
        newest_first = self._world.messages(chat)[::-1]
        return [
            {
                "message_id": posted.id,
                "from_id": posted.sender,
                "from_display_name": self._world.name(posted.sender),
                "time": posted.sent_ms,
                "message": posted.text,
                "type": posted.kind,
            }
            for posted in newest_first[offset : offset + count]
        ]

    def _must_be_ours(self, request: Request) -> None:
        if request.query_params.get("group_id") != self._world.group_id:
            raise ApiError(NOT_IN_GROUP, "The OA is not in this group")


def _error(code: int, message: str) -> JSONResponse:
    return JSONResponse({"error": code, "message": message})


async def _json(request: Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise ApiError(BAD_PARAMETER, "body is no JSON") from error
    if not isinstance(body, dict):
        raise ApiError(BAD_PARAMETER, "body is no object")
    return body


def _part(body: object, name: str) -> Mapping[str, Any]:
    part = body.get(name) if isinstance(body, dict) else None
    if not isinstance(part, dict):
        raise ApiError(BAD_PARAMETER, f"{name} is invalid")
    return part


def _parts(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    parts = body.get(name)
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ApiError(BAD_PARAMETER, f"{name} is invalid")
    return parts


def _button(button: Mapping[str, Any]) -> dict[str, str]:
    """As the page shows it: what is sent by a click is the payload of `oa.query.*`; the other kinds open something."""
    payload = button.get("payload")
    if not isinstance(button.get("title"), str) or not payload:
        raise ApiError(BAD_PARAMETER, "button is invalid")
    return {"title": button["title"], "payload": payload if isinstance(payload, str) else ""}


def _wanted(request: Request) -> Mapping[str, Any]:
    """What older calls ask for: JSON in one parameter."""
    try:
        wanted = json.loads(request.query_params.get("data", ""))
    except ValueError as error:
        raise ApiError(BAD_PARAMETER, "data is invalid") from error
    if not isinstance(wanted, dict):
        raise ApiError(BAD_PARAMETER, "data is invalid")
    return wanted


def _page(asked: Mapping[str, Any], most: int) -> tuple[int, int]:
    try:
        offset, count = int(asked.get("offset", 0)), int(asked.get("count", 5))
    except (ValueError, TypeError) as error:
        raise ApiError(BAD_PARAMETER, "offset or count is invalid") from error
    return max(0, offset), max(0, min(count, most))
