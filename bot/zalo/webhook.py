"""`POST /webhook/zalo`: checks the seal, masks citizens' numbers, puts the event into the inbox, answers 200.

A plain ASGI application on a Starlette route, because every message of the province comes through here: no request
model, no dependency injection, no matching, no call to Zalo. Zalo sends again for hours what gets no 200, so nothing
that we refuse by mistake is lost: a wrong signature is 403 and a store that is away 503.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.language.privacy import mask
from bot.zalo.events import person_of
from bot.zalo.fields import as_id, as_map, as_ms, as_text
from bot.zalo.signature import HEADER, verify

PATH: Final = "/webhook/zalo"
MAX_BODY_BYTES: Final = 1024 * 1024
ACCEPT_S: Final = 1.5
"""Zalo gives two seconds."""

Outcome = Literal[
    "accepted",
    "no-use",
    "probe",
    "too-big",
    "not-an-object",
    "wrong-signature",
    "foreign-app",
    "replayed",
    "store-away",
]
STATUS: Final[dict[Outcome, int]] = {
    "accepted": 200,
    "no-use": 200,
    "probe": 200,
    "too-big": 413,
    "not-an-object": 400,
    "wrong-signature": 403,
    "foreign-app": 403,
    "replayed": 200,
    "store-away": 503,
}
KEPT_AS_SENT: Final = ("id", "_ids", "timestamp", "url", "thumbnail")
"""Names of fields that are no text end so."""
DEEPEST: Final = 12
"""What lies deeper in an event is not kept; Zalo's own events are half as deep."""
WORTH_A_WARNING: Final = frozenset[Outcome]({"wrong-signature", "foreign-app", "replayed", "store-away"})
REPLAYED_MS: Final = 48 * 3_600_000
"""Zalo sends again for hours, not for days."""
log = structlog.get_logger(__name__)


class InboxUnavailable(Exception):
    """The inbox cannot take the entry now."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """What is stored of an event: its masked JSON, and the person (or group) among whose events it keeps its place."""

    body: str
    event: Mapping[str, object]
    """What the JSON holds."""
    person: str
    received_ms: int


def _uncounted(_outcome: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """What the webhook needs to know. `accept` returns when the entry is stored, or raises InboxUnavailable."""

    app_id: str
    oa_id: str
    oa_secret: str = field(repr=False)
    accept: Callable[[InboxEntry], Awaitable[object]]
    count: Callable[[str], None] = _uncounted
    """Told every outcome, for /metrics."""


def webhook_route(gate: Gate) -> Route:
    return Route(PATH, _Webhook(gate), methods=["POST"])


def webhook_first(route: Route, pages: ASGIApp) -> ASGIApp:
    """What is made for pages, routing and headers among it, costs no message anything."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_message = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        await (route.app if is_message else pages)(scope, receive, send)

    return app


class _Webhook:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._newest_ms = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _read_body(scope, receive)
        outcome = await self._judge(raw, _header(scope, HEADER)) if raw is not None else "too-big"
        self._gate.count(outcome)
        if outcome in WORTH_A_WARNING:
            log.warning("webhook not accepted", outcome=outcome, bytes=len(raw or b""))
        for message in ANSWERS[outcome]:
            await send(message)

    async def _judge(self, raw: bytes, signature: str | None) -> Outcome:
        if not signature:
            return "probe"
        gate, decoded = self._gate, _decode(raw)
        # what holds no timestamp can only have been sealed with an empty one
        timestamp = as_id(decoded[1].get("timestamp")) if decoded else ""
        if not verify(gate.app_id, raw, timestamp, gate.oa_secret, signature):
            return "wrong-signature"
        if decoded is None:
            return "not-an-object"
        text, event = decoded
        if as_id(event.get("app_id")) != gate.app_id:
            return "foreign-app"
        if self._is_replayed(as_ms(timestamp)):
            return "replayed"
        person = person_of(event, oa_id=gate.oa_id)
        return "no-use" if person is None else await self._store(*_masked(event, text), person)

    def _is_replayed(self, sent_ms: int) -> bool:
        """Days older than what Zalo has sent already. Its own times are compared: by a clock of ours that is wrong,
        every message would be old. What was seen before is known by its id anyway, for months."""
        if 0 < sent_ms < self._newest_ms - REPLAYED_MS:
            return True
        self._newest_ms = max(self._newest_ms, min(sent_ms, _now_ms()))
        return False

    async def _store(self, body: str, event: Mapping[str, object], person: str) -> Outcome:
        entry = InboxEntry(body, event, person, _now_ms())
        try:
            async with asyncio.timeout(ACCEPT_S):
                await self._gate.accept(entry)
        except (InboxUnavailable, TimeoutError):
            return "store-away"
        return "accepted"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The body, or None as soon as it is known to be too long."""
    declared = _header(scope, b"content-length")
    if declared and declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
        return None
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body if len(body) <= MAX_BODY_BYTES else None
    parts, size = [body], len(body)
    while message.get("more_body", False) and size <= MAX_BODY_BYTES:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    return b"".join(parts) if size <= MAX_BODY_BYTES else None


def _decode(raw: bytes) -> tuple[str, dict[str, object]] | None:
    """The body as text and as object."""
    try:
        text = raw.decode()
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (text, event) if isinstance(event, dict) else None


def _masked(event: dict[str, object], as_sent: str) -> tuple[str, dict[str, object]]:
    """The event without what identifies a citizen, as JSON, which is as it was sent when there is nothing to take out,
    and as an object."""
    said = event.get("message")
    if isinstance(said, dict) and "attachments" in said:
        card = as_text(event.get("event_name")).endswith("business_card")
        said["attachments"] = [] if card else _without_previews(said["attachments"])
    masked = {name: _without_numbers(name, value) for name, value in event.items()}
    if masked == event and "attachments" not in as_map(said):
        return as_sent, event
    return json.dumps(masked, separators=(",", ":")), masked


def _without_numbers(name: str, value: object, depth: int = DEEPEST) -> object:
    """Every text in the event is masked, wherever it stands; ids, times and addresses of files are left alone."""
    if depth == 0:
        return None
    if isinstance(value, str):
        return value if name.endswith(KEPT_AS_SENT) else mask(value)
    if isinstance(value, dict):
        return {key: _without_numbers(key, inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_numbers(name, inner, depth - 1) for inner in value]
    return value


def _without_previews(attachments: object) -> object:
    """Descriptions, which hold previews and business cards, are not kept; the address of a link is a text."""
    entries = attachments if isinstance(attachments, list) else []
    for entry in entries:
        payload = entry.get("payload") if isinstance(entry, dict) else None
        if isinstance(payload, dict):
            payload.pop("description", None)
            if entry.get("type") == "link" and isinstance(payload.get("url"), str):
                payload["url"] = mask(payload["url"])
    return entries


def _answer(status: int) -> tuple[Message, Message]:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"0")]
    if status == STATUS["too-big"]:
        headers.append((b"connection", b"close"))
    return (
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": b""},
    )


ANSWERS: Final = {outcome: _answer(status) for outcome, status in STATUS.items()}
