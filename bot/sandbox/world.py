"""The people, chats and messages of the simulated Zalo; in memory, made up, and gone with the process."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

import tomli

KEPT_MESSAGES: Final = 500
"""Messages of each chat that are remembered."""
LONGEST_QUEUE: Final = 1_000
"""Messages that wait for a page; one that is further behind is cut off, and catches up when it comes again."""
QUIET_S: Final = 15.0
WORLD_FILE: Final = Path(__file__).parent / "world.toml"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    about: str
    role: Literal["official", "technician", "supervisor"]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as the page shows it. `chat` is the group's id, or the id of the person who talks to the OA."""

    id: str
    chat: str
    sender: str
    text: str
    sent_ms: int
    quote: str | None = None
    image: str | None = None
    kind: str = "text"
    buttons: tuple[dict[str, str], ...] = ()


@dataclass(slots=True)
class World:
    oa_id: str
    oa_name: str
    group_id: str
    group_name: str
    people: tuple[Person, ...]
    samples: dict[str, list[str]]
    images: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _chats: dict[str, deque[Posted]] = field(default_factory=dict)
    _listeners: set[asyncio.Queue[Posted]] = field(default_factory=set)

    def person(self, id_: str) -> Person | None:
        return next((person for person in self.people if person.id == id_), None)

    def name(self, id_: str) -> str:
        person = self.person(id_)
        return person.name if person else self.oa_name if id_ == self.oa_id else id_

    def messages(self, chat: str) -> list[Posted]:
        return list(self._chats.get(chat, ()))

    def message(self, id_: str) -> Posted | None:
        return next((posted for chat in self._chats.values() for posted in chat if posted.id == id_), None)

    @property
    def listening(self) -> int:
        """Pages that are open."""
        return len(self._listeners)

    def post(self, posted: Posted) -> None:
        self._chats.setdefault(posted.chat, deque(maxlen=KEPT_MESSAGES)).append(posted)
        self._listeners -= {behind for behind in self._listeners if behind.qsize() >= LONGEST_QUEUE}
        for listener in self._listeners:
            listener.put_nowait(posted)

    async def listen(self, stopping: asyncio.Event) -> AsyncGenerator[Posted | None, None]:
        """Every message from the first None on, until `stopping`; None also tells that nothing was said for a while."""
        queue: asyncio.Queue[Posted] = asyncio.Queue()
        self._listeners.add(queue)
        stopped = asyncio.create_task(stopping.wait())
        try:
            yield None
            while queue in self._listeners and not stopping.is_set():
                said = asyncio.create_task(queue.get())
                await asyncio.wait((said, stopped), timeout=QUIET_S, return_when=asyncio.FIRST_COMPLETED)
                if said.done():
                    yield said.result()
                    continue
                said.cancel()
                yield None
        finally:
            stopped.cancel()
            self._listeners.discard(queue)

    def keep_image(self, kind: str, data: bytes) -> str:
        id_ = new_id()
        self.images[id_] = (kind, data)
        while len(self.images) > KEPT_MESSAGES:
            self.images.pop(next(iter(self.images)))
        return id_

    def state(self) -> dict[str, object]:
        """What the page needs to begin."""
        return {
            "oa": {"id": self.oa_id, "name": self.oa_name},
            "group": {"id": self.group_id, "name": self.group_name},
            "people": [asdict(person) for person in self.people],
            "samples": self.samples,
            "messages": [shown(posted) for chat in self._chats.values() for posted in chat],
        }


def shown(posted: Posted) -> dict[str, object]:
    return asdict(posted)


def load_world(oa_id: str) -> World:
    told = tomli.loads(WORLD_FILE.read_text("utf-8"))
    people = tuple(Person(**person) for person in told["people"])
    return World(oa_id, told["oa_name"], told["group_id"], told["group_name"], people, told["samples"])


def new_id() -> str:
    """Unique over restarts, because the bot remembers the ids that it has seen."""
    return f"{now_ms():x}{secrets.token_hex(6)}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000
