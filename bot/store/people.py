"""People: their roles, as settings give them at the start and /vaitro changes them, and their names."""

from __future__ import annotations

import time
from collections.abc import Mapping

from bot.language.privacy import mask
from bot.model import PersonId, Role
from bot.store.connection import Client
from bot.store.keys import Keys


async def seed_roles(client: Client, keys: Keys, roles: Mapping[str, Role]) -> None:
    """Gives roles to people who have none yet: what /vaitro decided later stays."""
    pipe = client.pipeline(transaction=False)
    for person, role in roles.items():
        pipe.hsetnx(keys.roles(), person, role)
    await pipe.execute()


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
