"""People: their roles, as settings give them at the start and /vaitro changes them, and their names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final, cast

from bot.language.privacy import mask
from bot.model import PersonId, Role
from bot.store.connection import Client
from bot.store.keys import Keys

NAMES_S: Final = 60.0


async def seed_roles(client: Client, keys: Keys, roles: Mapping[str, Role]) -> None:
    """Gives roles to people who have none yet: what /vaitro decided later stays."""
    pipe = client.pipeline(transaction=False)
    for person, role in roles.items():
        pipe.hsetnx(keys.roles(), person, role)
    await pipe.execute()


class KnownNames:
    """Everybody's name, kept by this process: asked for again when there are more or fewer of them, and after a minute,
    because somebody may have changed theirs."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._key = keys.names()
        self._names: Mapping[PersonId, str] = {}
        self._read_s = -NAMES_S
        self._reading = asyncio.Lock()

    def __contains__(self, person: object) -> bool:
        """Whether they had a name when it was last looked."""
        return person in self._names

    async def all(self, count: int) -> Mapping[PersonId, str]:
        """`count`: how many names the store has now."""
        async with self._reading:  # who comes meanwhile finds what the first one read
            now_s = time.monotonic()
            if len(self._names) != count or now_s - self._read_s > NAMES_S:
                found = await self._client.hgetall(self._key)
                self._names, self._read_s = cast(Mapping[PersonId, str], found), now_s
            return self._names


class RedisNames:
    """The names that Zalo told, by person, without the phone numbers that some put behind them."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._key = keys.names()
        self._heard = keys.heard()

    async def get(self, person: PersonId) -> str | None:
        found = await self._client.hget(self._key, person)
        return str(found) if found is not None else None

    async def put(self, names: Mapping[PersonId, str]) -> None:
        now_ms = time.time_ns() // 1_000_000
        await self._client.zadd(self._heard, dict.fromkeys(names, now_ms), nx=True)
        await self._client.hset(self._key, mapping={str(person): mask(name) for person, name in names.items()})
