"""Calls of Zalo's Open API: the last step of a reply's way, and the questions about groups and people.

Zalo answers errors with HTTP 200, so every answer's `error` is looked at. A token that Zalo refuses is replaced once, a
quote that it refuses is left out once; everything else is a ZaloError, whose `action` says what the caller can do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from bot.model import Button, Chat, MessageId, PersonId
from bot.zalo.answers import PATIENCE, call
from bot.zalo.errors import Refused, ZaloError
from bot.zalo.fields import as_id, as_list, as_map, as_ms, as_text

MAX_IMAGE_BYTES: Final = 1_000_000
TOO_LONG: Final = -210
PAGE: Final = 50
MOST_MEMBERS: Final = 1_000
HISTORY_PAGE: Final = 10
NAMELESS: Final = frozenset({"no-contact", "no-names"})
SEND: Final = {"private": "/v3.0/oa/message/cs", "group": "/v3.0/oa/group/message"}
RECIPIENT: Final = {"private": "user_id", "group": "group_id"}


class AccessTokens(Protocol):
    async def current(self) -> str: ...

    async def renew(self, spent: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Member:
    person: PersonId
    name: str


@dataclass(frozen=True, slots=True)
class Past:
    """One message of a chat's history."""

    id: MessageId
    sender: PersonId
    sender_name: str
    text: str
    sent_ms: int
    kind: str


@dataclass(frozen=True, slots=True)
class OaInfo:
    oa_id: str
    name: str
    is_verified: bool
    package: str


class ZaloClient:
    def __init__(
        self, http: httpx.AsyncClient, tokens: AccessTokens, base_url: str, *, patience: httpx.Timeout = PATIENCE
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._base = base_url.rstrip("/")
        self._patience = patience

    # --- saying something ----------------------------------------------------------------------------------------

    async def send_text(
        self, chat: Chat, text: str, quote: MessageId | None = None, buttons: Sequence[Button] = ()
    ) -> MessageId | None:
        """The id that Zalo gave the message, if it said one. Buttons are for private chats only."""
        message: dict[str, object] = {"text": text}
        if buttons and chat.kind == "private":
            message["attachment"] = _template({"buttons": [_button(button) for button in buttons]})
        return await self._send(chat, message, quote)

    async def send_image(
        self, chat: Chat, png: bytes, caption: str, quote: MessageId | None = None
    ) -> MessageId | None:
        element = {"media_type": "image", "attachment_id": await self._upload(png)}
        payload = {"template_type": "media", "elements": [element]}
        return await self._send(chat, {"text": caption, "attachment": _template(payload)}, quote)

    async def _send(self, chat: Chat, message: dict[str, object], quote: MessageId | None) -> MessageId | None:
        forms = [message | {"quote_message_id": quote}, message] if quote else [message]
        if "buttons" in as_map(as_map(message.get("attachment")).get("payload")):
            forms.append({"text": message["text"]})
        while True:
            form = forms.pop(0)
            try:
                body = {"recipient": {RECIPIENT[chat.kind]: chat.id}, "message": form}
                answer = await self._call("POST", SEND[chat.kind], json=body)
            except ZaloError as error:
                if error.action not in ("without-quote", "as-text") or not forms:
                    raise
            else:
                id_ = as_id(as_map(answer.get("data")).get("message_id"))
                return MessageId(id_) if id_ else None

    async def _upload(self, png: bytes) -> str:
        if len(png) > MAX_IMAGE_BYTES:
            raise Refused(TOO_LONG, f"an image of {len(png)} bytes is too big for Zalo")
        answer = await self._call("POST", "/v2.0/oa/upload/image", files={"file": ("image.png", png, "image/png")})
        id_ = as_id(as_map(answer.get("data")).get("attachment_id"))
        if not id_:
            raise Refused(-200, "Zalo took the image and gave no id for it")
        return id_

    # --- asking --------------------------------------------------------------------------------------------------

    async def get_oa(self) -> OaInfo:
        data = as_map((await self._call("GET", "/v2.0/oa/getoa")).get("data"))
        verified = data.get("is_verified") in (True, "true", 1)
        return OaInfo(as_id(data.get("oa_id")), as_text(data.get("name")), verified, as_text(data.get("package_name")))

    async def user_name(self, person: PersonId) -> str | None:
        """None for someone of whom Zalo tells no name."""
        wanted = json.dumps({"user_id": person})
        try:
            answer = await self._call("GET", "/v3.0/oa/user/detail", params={"data": wanted})
        except ZaloError as error:
            if error.action in NAMELESS:
                return None
            raise
        return as_text(as_map(answer.get("data")).get("display_name")) or None

    async def group_members(self, group: str) -> tuple[Member, ...] | None:
        """The people of a group, without the OA; None when Zalo tells no names."""
        members: dict[PersonId, Member] = {}
        for offset in range(0, MOST_MEMBERS, PAGE):
            params = {"group_id": group, "offset": str(offset), "count": str(PAGE)}
            try:
                answer = await self._call("GET", "/v3.0/oa/group/listmember", params=params)
            except ZaloError as error:
                if error.action in NAMELESS:
                    return None
                raise
            page = [as_map(entry) for entry in as_list(as_map(answer.get("data")).get("members"))]
            for entry in page:
                if person := PersonId(as_id(entry.get("user_id"))):
                    members[person] = Member(person, as_text(entry.get("name")))
            if len(page) < PAGE:
                break
        return tuple(members.values())

    async def group_history(self, group: str, offset: int = 0, count: int = HISTORY_PAGE) -> tuple[Past, ...]:
        """Messages of a group, newest first as Zalo gives them."""
        params = {"group_id": group, "offset": str(offset), "count": str(count)}
        return _pasts(await self._call("GET", "/v3.0/oa/group/conversation", params=params))

    async def private_history(self, person: str, offset: int = 0, count: int = HISTORY_PAGE) -> tuple[Past, ...]:
        """Messages between the OA and one person, newest first."""
        wanted = json.dumps({"user_id": person, "offset": offset, "count": count})
        return _pasts(await self._call("GET", "/v2.0/oa/conversation", params={"data": wanted}))

    # --- the wire ------------------------------------------------------------------------------------------------

    async def _call(self, method: str, path: str, **options: Any) -> Mapping[str, object]:
        token = await self._tokens.current()
        try:
            return await self._with_token(token, method, path, options)
        except Refused as error:
            if error.action != "refresh":
                raise
        return await self._with_token(await self._tokens.renew(token), method, path, options)

    async def _with_token(self, token: str, method: str, path: str, options: dict[str, Any]) -> Mapping[str, object]:
        url, headers = self._base + path, {"access_token": token}
        return await call(self._http, method, url, patience=self._patience, headers=headers, **options)


def _template(payload: Mapping[str, object]) -> dict[str, object]:
    return {"type": "template", "payload": payload}


def _button(button: Button) -> dict[str, str]:
    return {"title": button.title, "type": "oa.query.show", "payload": button.payload}


def _pasts(answer: Mapping[str, object]) -> tuple[Past, ...]:
    data = answer.get("data")
    entries = as_list(data) or as_list(as_map(data).get("messages"))
    return tuple(_past(as_map(entry)) for entry in entries)


def _past(entry: Mapping[str, object]) -> Past:
    return Past(
        id=MessageId(as_id(entry.get("message_id"))),
        sender=PersonId(as_id(entry.get("from_id"))),
        sender_name=as_text(entry.get("from_display_name")),
        text=as_text(entry.get("message")),
        sent_ms=as_ms(entry.get("time")),
        kind=as_text(entry.get("type")),
    )
