"""The ticket board: what is open and what was, with filters; what is done here goes through the same inbox as chat."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.dashboard.lines import MEASURES, MOST_SCANNED, Filter, Lines, Measure
from bot.dashboard.pages import HEADERS
from bot.dashboard.period import period, whole
from bot.dashboard.tables import Table, send
from bot.dashboard.view import View, link
from bot.dialogue.hours import Hours
from bot.language.codes import unit_of_codes
from bot.language.privacy import mask
from bot.model import OPEN_STATES, MessageId, Ticket
from bot.store.codec import TICKET, TICKET_EVENT
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.page_sessions import Visitor
from bot.store.streams import append_to_inbox

ANSWER_S: Final = 3.0
LOOK_S: Final = 0.03
WATCH_S: Final = 1.0
HEARTBEAT_S: Final = 20
ACTIONS: Final = {"nhan": False, "tra": False, "ghichu": True, "hoi": True, "xong": True, "molai": True}
"""Commands that a button of the page gives, and whether they take words."""
LONGEST_WORDS: Final = 2_000


class Board:
    def __init__(
        self, client: Client, keys: Keys, view: View, hours: Hours, app_id: str, stopping: asyncio.Event
    ) -> None:
        self._client = client
        self._keys = keys
        self._view = view
        self._hours = hours
        self._app_id = app_id
        self._stopping = stopping
        self._lines = Lines(client, keys, view, hours)

    async def page(self, request: Request, visitor: Visitor) -> Response:
        wanted = self._filter(request, visitor)
        lines, older = await self._lines.read(wanted, whole(request.query_params.get("before")))
        names = await self._names()
        return self._view.page(
            "tickets.html", visitor=visitor, wanted=wanted, lines=lines, older=older, names=names,
            staff=await self._staff(names), intents=[str(intent) for intent in self._view.knowledge.intents],
            units=await self._client.hgetall(self._keys.units()),
        )  # fmt: skip

    async def ticket(self, request: Request, visitor: Visitor) -> Response:
        number = request.path_params["number"]
        ticket = await self._ticket(number)
        if ticket is None:
            return self._view.page("message.html", 404, title="no-ticket", visitor=visitor)
        told = request.query_params.get("told", "")
        answer = await self._client.get(self._keys.page_answer(MessageId(told))) if told else None
        return self._view.page(
            "ticket.html", visitor=visitor, line=self._lines.line(ticket), names=await self._names(),
            answer=answer or "", is_open=ticket.state in OPEN_STATES,
        )  # fmt: skip

    async def act(self, request: Request, visitor: Visitor) -> Response:
        """A button of the ticket's page: the same as its command in chat, and waits a moment for what comes of it."""
        number, form = request.path_params["number"], await request.form()
        action, words = str(form.get("action", "")), str(form.get("words", ""))[:LONGEST_WORDS].strip()
        if action not in ACTIONS:
            return self._view.page("message.html", 400, title="stale-form", visitor=visitor)
        message = MessageId(f"page-{secrets.token_hex(12)}")
        body = {
            "app_id": self._app_id,
            "oa_id": self._keys.oa_id,
            "event_name": "user_send_text",
            "timestamp": str(_now_ms()),
            "sender": {"id": visitor.person},
            "recipient": {"id": self._keys.oa_id},
            "message": {
                "msg_id": message,
                "text": f"/{action} {number} {mask(words) if ACTIONS[action] else ''}".strip(),
            },
            "from_page": True,
        }
        await append_to_inbox(self._client, self._keys, person=visitor.person, body=json.dumps(body), at_ms=_now_ms())
        await self._done(message)
        return RedirectResponse(link(f"/dashboard/tickets/{number}", told=message), status_code=303, headers=HEADERS)

    async def export(self, request: Request, visitor: Visitor) -> Response:
        wanted, lines, before = self._filter(request, visitor), [], 0
        while True:
            more, older = await self._lines.read(wanted, before, MOST_SCANNED)
            lines += more
            if older is None:
                break
            before = older
        names, say = await self._names(), self._view.say
        heads = ("number", "opened", "error", "codes", "unit", "state", "owner", "words", "how", "resolved")
        rows = [
            [
                line.ticket.number, self._moment(line.ticket.opened_ms), self._view.error(line.ticket.intent),
                ", ".join(line.ticket.codes), unit_of_codes(line.ticket.codes), say(f"board.{line.ticket.state}"),
                self._view.name(line.ticket.owner, names), line.ticket.words, line.ticket.resolution,
                self._moment(line.ticket.resolved_ms),
            ]
            for line in lines
        ]  # fmt: skip
        table = Table(say("sheets.tickets"), [say(f"columns.{head}") for head in heads], rows)
        return send([table], request.path_params["form"], "tickets")

    async def events(self, _: Request, __: Visitor) -> Response:
        """Says 'changed' whenever some ticket did."""

        async def watch() -> AsyncIterator[str]:
            known = await self._client.get(self._keys.desk_version())
            yield "retry: 2000\n\n"
            quiet_s = 0.0
            while not self._stopping.is_set():
                await asyncio.sleep(WATCH_S)
                now, quiet_s = await self._client.get(self._keys.desk_version()), quiet_s + WATCH_S
                if now != known:
                    known, quiet_s = now, 0.0
                    yield "event: changed\ndata: tickets\n\n"
                elif quiet_s >= HEARTBEAT_S:
                    quiet_s = 0.0
                    yield ": still here\n\n"

        return StreamingResponse(watch(), media_type="text/event-stream", headers=HEADERS)

    async def _ticket(self, number: int) -> Ticket | None:
        pipe = self._client.pipeline(transaction=False)
        pipe.get(self._keys.ticket(number))
        pipe.lrange(self._keys.ticket_history(number), 0, -1)
        text, history = await pipe.execute()
        if not text:
            return None
        events = tuple(TICKET_EVENT.validate_json(each) for each in history)
        ticket: Ticket = TICKET.validate_python({**json.loads(text), "history": events})
        return ticket

    async def _names(self) -> Mapping[str, str]:
        return cast(Mapping[str, str], await self._client.hgetall(self._keys.names()))

    async def _staff(self, names: Mapping[str, str]) -> list[tuple[str, str]]:
        roles = await self._client.hgetall(self._keys.roles())
        return sorted(
            ((str(person), self._view.name(str(person), names)) for person in roles), key=lambda each: each[1]
        )

    async def _done(self, message: MessageId) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while True:
                    if await self._client.exists(self._keys.done(message)):
                        return
                    await asyncio.sleep(LOOK_S)

    def _filter(self, request: Request, visitor: Visitor) -> Filter:
        given = request.query_params
        owner, done = given.get("owner", ""), given.get("done")
        first, last = period(given, datetime.now(self._hours.zone).date())
        return Filter(
            state=given.get("state") or ("all" if done else "open"),
            intent=given.get("intent", ""),
            unit=given.get("unit", "").strip().upper(),
            owner=visitor.person if owner == "me" else owner,
            text=given.get("q", "").strip(),
            done=cast(Measure, done) if done in MEASURES else None,
            first=first,
            last=last,
        )

    def _moment(self, at_ms: int | None) -> datetime | None:
        return datetime.fromtimestamp(at_ms / 1000, self._hours.zone) if at_ms else None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
