"""What people are called: Zalo's events hold ids only. Found names are kept; a missing one never stops anything.

A group's member list tells all its people at once; user detail knows only those who follow the OA.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import structlog

from bot.model import Chat, PersonId
from bot.zalo.client import ZaloClient
from bot.zalo.errors import ZaloError

ASK_AGAIN_S: Final = 3600.0
"""A name that Zalo did not tell, and a group's list, are asked for again after this."""
MOST_REMEMBERED: Final = 10_000
log = structlog.get_logger(__name__)


class NameCache(Protocol):
    """Never raises: a store that is away has no name."""

    async def get(self, person: PersonId) -> str | None: ...

    async def put(self, names: Mapping[PersonId, str]) -> None: ...


class Directory:
    def __init__(self, client: ZaloClient, cache: NameCache, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._cache = cache
        self._clock_s = clock_s
        self._asked: dict[str, float] = {}

    async def name(self, person: PersonId, chat: Chat | None = None) -> str | None:
        """The person's name, looked for where `chat` says; None when nobody tells. Never raises ZaloError."""
        known = await self._cache.get(person)
        if known:
            return known
        found: str | None = None
        try:
            if chat is not None and chat.kind == "group" and self._may_ask(f"group {chat.id}"):
                found = (await self.learn_group(chat.id)).get(person)
            if not found and self._may_ask(person):
                found = await self._client.user_name(person)
                await self._keep({person: found or ""})
        except ZaloError as error:
            log.info("name not found", code=error.code)
        return found or None

    async def learn_group(self, group: str) -> Mapping[PersonId, str]:
        """Asks for all names of a group and keeps them. Raises ZaloError."""
        members = await self._client.group_members(group) or ()
        names = {member.person: member.name for member in members}
        await self._keep(names)
        return names

    async def _keep(self, names: Mapping[PersonId, str]) -> None:
        told = {person: name for person, name in names.items() if name}
        if told:
            await self._cache.put(told)

    def _may_ask(self, what: str) -> bool:
        now = self._clock_s()
        if now - self._asked.get(what, -ASK_AGAIN_S) < ASK_AGAIN_S:
            return False
        if len(self._asked) >= MOST_REMEMBERED:
            self._asked.clear()
        self._asked[what] = now
        return True
