"""Plays a scenario file against a running service; README.md beside it explains the lines."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import httpx

from bot.app import serve_until
from bot.sandbox.world import load_world
from bot.settings import Settings, load_settings
from bot.store.codec import CASE, REVIEW, TICKET
from bot.store.connection import Client, connect
from bot.store.keys import Keys
from tests.ports import free_port
from tests.process import CACHE, PICTURE_S, is_idle
from tests.reading.drawing import SAMPLES, png

PATIENCE_S: Final = 60.0
"""What the service says is judged here, not how soon: learning takes 4 s alone and 10 s on a busy machine."""
SETTLED_S: Final = 30.0
PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
UNITS_S: Final = {"s": 1, "m": 60, "h": 3600}
_SAID: Final = re.compile(
    r"> (?P<who>[^\s!:\"\[]+)(?P<private>!)?(?: \"(?P<quote>[^\"]+)\")?(?: \[(?P<image>[^\]]+)\])?: ?(?P<text>.*)"
)
_HEARD: Final = re.compile(r"<(?P<who>\S*) (?P<parts>.+)")

_MOMENT: Final = re.compile(r"(?<=[:\[,|])1\d{12}(?=[,\]}\"])")
"""Milliseconds since the epoch, in JSON."""
ALWAYS_OPEN: Final = {
    "WORKING_HOURS": "00:00-23:59",
    "WORKING_DAYS": "1-7",
    "HOLIDAYS_FILE": os.devnull,
    "MAX_CLAIMS": "2",
    "MORNING_LIST": "off",
    "EVENING_SUMMARY": "off",
}
"""An office that works at whatever time the tests run."""


def drawn(name: str) -> str:
    """A picture of tests/reading/drawing.py, as the page sends it."""
    return f"data:image/png;base64,{base64.b64encode(png(SAMPLES[name]())).decode()}"


class Mismatch(AssertionError):
    """The bot did something else than the scenario says."""


@dataclass
class Service:
    settings: Settings
    http: httpx.AsyncClient
    store: Client
    keys: Keys


@asynccontextmanager
async def service(folder: Path, environ: dict[str, str] | None = None) -> AsyncIterator[Service]:
    """The whole service as `make run` starts it, on a free port, with its own Valkey."""
    settings = load_settings(
        {
            "PORT": str(free_port()),
            "DATA_DIR": str(folder),
            "CACHE_DIR": str(CACHE),
            "PICTURE_S": PICTURE_S,
            **(environ or {}),
        }
    )
    stopping = asyncio.Event()
    serving = asyncio.create_task(serve_until(settings, stopping))
    async with httpx.AsyncClient(base_url=settings.local_url, timeout=PATIENCE_S) as http:
        await _wait_until_ready(http, serving)
        store = connect(settings.redis_url or f"unix://{folder.resolve() / 'valkey.sock'}")
        try:
            yield Service(settings, http, store, Keys(settings.zalo_oa_id))
        finally:
            await store.aclose()
            stopping.set()
            await serving


async def _wait_until_ready(http: httpx.AsyncClient, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not serving.done():
            try:
                if (await http.get("/ready")).is_success:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.02)
    await serving


@dataclass
class Player:
    service: Service
    unheard: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    last_heard: str = ""
    last_sent: str = ""

    def __post_init__(self) -> None:
        self.world = load_world(self.service.settings.zalo_oa_id)
        self.people = {person.name.split()[-1]: person.id for person in self.world.people}

    async def play(self, text: str) -> None:
        lines = [line.rstrip() for line in text.splitlines()]
        for number, line in enumerate(lines, 1):
            if not line or line.startswith("#"):
                continue
            try:
                await self._line(line)
            except Mismatch as mismatch:
                raise Mismatch(f"line {number}: {line}\n{mismatch}") from None
        self._nothing_unheard()

    async def _line(self, line: str) -> None:
        if line.startswith(">"):
            self._nothing_unheard()
            await self._say(line)
        elif line.startswith("<"):
            self._hear(line)
        elif line.startswith("x "):
            if line[2:] in self.last_heard:
                raise Mismatch(f"the bot said: {self.last_heard}")
        elif line.startswith("+ "):
            self._nothing_unheard()
            await self._pass(int(line[2:-1]) * UNITS_S[line[-1]])
        elif line == "again":
            self._nothing_unheard()
            await self.service.http.post("/sandbox/api/redeliver", json={"message": self.last_sent})
            await self._settle()
        elif line.startswith("= cases "):
            await self._cases(*line[8:].split())
        elif line.startswith("= reviews "):
            await self._review(*line[10:].split())
        elif line.startswith("= "):
            await self._ticket(*line[2:].split(maxsplit=4))
        else:
            raise Mismatch("no such kind of line")

    async def _say(self, line: str) -> None:
        match = _SAID.fullmatch(line)
        if match is None:
            raise Mismatch("written '> Name: text'")
        state = await self._state()
        quote = self._quoted(state, match["quote"]) if match["quote"] else None
        body = {
            "person": self.people[match["who"]],
            "chat": "private" if match["private"] else self.world.group_id,
            "text": self._with_mentions(match["text"]),
            "quote": quote,
            "image": PIXEL if match["image"] == "ảnh" else drawn(match["image"]) if match["image"] else None,
        }
        answer = await self.service.http.post("/sandbox/api/send", json=body)
        answer.raise_for_status()
        self.last_sent = answer.json()["id"]
        self.seen.add(self.last_sent)
        await self._settle()

    def _with_mentions(self, text: str) -> str:
        ids = {**self.people, "bot": self.world.oa_id}
        return re.sub(r"\{(\w+)\}", lambda match: f"[@{ids[match[1]]}]", text)

    @staticmethod
    def _quoted(state: dict[str, Any], words: str) -> str:
        found = [message["id"] for message in state["messages"] if words in message["text"]]
        if not found:
            raise Mismatch(f"no message holds '{words}'")
        return str(found[-1])

    async def _settle(self) -> None:
        """Until everything that was delivered is done with and everything that was decided is sent."""
        quiet = 0
        async with asyncio.timeout(SETTLED_S):
            while quiet < 2:
                state = await self._state()
                waiting = (await self.service.http.get("/ready")).json()
                quiet = quiet + 1 if not state["delivering"] and is_idle(waiting) else 0
                await asyncio.sleep(0.01)
        for message in (await self._state())["messages"]:
            if message["id"] not in self.seen:
                self.seen.add(message["id"])
                self.unheard.append(message)

    def _hear(self, line: str) -> None:
        match = _HEARD.fullmatch(line)
        if match is None:
            raise Mismatch("written '< part | part' or '<Name part'")
        if not self.unheard:
            raise Mismatch("the bot said nothing")
        chat = self.people[match["who"]] if match["who"] else self.world.group_id
        here = [message for message in self.unheard if message["chat"] == chat]  # chats do not wait for each other
        message = (here or self.unheard)[0]
        self.unheard.remove(message)
        self.last_heard = self._named(message["text"]) + (" [ảnh]" if message["image"] else "")
        missing = [part for part in match["parts"].split(" | ") if part.strip() not in self.last_heard]
        if message["chat"] != chat or missing:
            raise Mismatch(f"the bot said, in {message['chat']}: {self.last_heard}\nmissing: {missing}")

    def _named(self, text: str) -> str:
        for person in self.world.people:
            text = text.replace(f"[@{person.id}]", f"@{person.name.split()[-1]}")
        return text

    def _nothing_unheard(self) -> None:
        if self.unheard:
            raise Mismatch("the bot also said: " + "\n---\n".join(self._named(m["text"]) for m in self.unheard))

    async def _pass(self, seconds: int) -> None:
        keys, store = self.service.keys, self.service.store
        await self._age(seconds * 1000)  # first: a timer that falls due looks at the tickets at once
        for timer in await store.zrange(keys.timers(), 0, -1):
            await store.zincrby(keys.timers(), -seconds * 1000, str(timer))
        async with asyncio.timeout(PATIENCE_S):
            while await store.zcount(keys.timers(), 0, time.time_ns() // 1_000_000):
                await asyncio.sleep(0.02)
        await self._settle()

    async def _age(self, by_ms: int) -> None:
        """Makes the tickets, and what the desk knows of its last round, so much older."""
        keys, store = self.service.keys, self.service.store

        def older(text: object) -> str:
            return _MOMENT.sub(lambda found: str(int(found[0]) - by_ms), str(text))

        for number in await store.zrange(keys.all_tickets(), 0, -1):
            key = keys.ticket(int(str(number)))
            await store.set(key, older(await store.get(key)))
        for timer, data in (await store.hgetall(keys.timer_data())).items():
            if str(timer).startswith("desk|"):
                await store.hset(keys.timer_data(), timer, older(data))

    async def _ticket(self, number: str, state: str, owner: str, intent: str, codes: str = "") -> None:
        text = await self.service.store.get(self.service.keys.ticket(int(number)))
        if text is None:
            raise Mismatch("there is no such ticket")
        ticket = TICKET.validate_json(text)
        found = (ticket.state, ticket.owner or "-", ticket.intent, " ".join(ticket.codes))
        if found != (state, self.people.get(owner, owner), intent, codes):
            raise Mismatch(f"the ticket is {found}")

    async def _review(self, kind: str, intent: str, label: str) -> None:
        entries = await self.service.store.xrange(self.service.keys.reviews())
        found = [REVIEW.validate_json(cast(dict[str, str], fields)["review"]) for _, fields in entries or []]
        shown = [(review.kind, review.intent, review.label or "-") for review in found]
        if (kind, intent, label) not in shown:
            raise Mismatch(f"filed for review: {shown}")

    async def _cases(self, outcome: str, count: str) -> None:
        store = self.service.store
        texts = [await store.get(key) async for key in store.scan_iter(match="*:case:*")]
        outcomes = [CASE.validate_json(text).outcome for text in texts if text]
        if outcomes.count(outcome) != int(count):  # type: ignore[arg-type]
            raise Mismatch(f"the cases ended: {outcomes}")

    async def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = (await self.service.http.get("/sandbox/api/state")).json()
        return state
