"""The OA's tokens in Redis: one hash, and a lock beside it that only one process holds.

A new pair is written in place of the very pair that it came from, or not at all, and synced to disk before it counts:
a refresh token that is lost cannot be asked for again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from bot.store.connection import Client
from bot.zalo.tokens import Tokens, TokenStoreUnavailable

LOCK_MS: Final = 60_000
WAIT_S: Final = 30.0
POLL_S: Final = 0.1
SYNC_MS: Final = 1_000
FREE_MS: Final = 500

SAVE_LUA: Final = """
local stored = redis.call('HGET', KEYS[1], 'refresh') or ''
if stored ~= '' and stored ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
"""

RELEASE_LUA: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
log = structlog.get_logger(__name__)


class RedisTokenStore:
    """`prefix` is the key of the hash, with the OA's hash tag; the lock's key begins with it."""

    def __init__(self, client: Client, prefix: str, *, lock_ms: int = LOCK_MS, wait_s: float = WAIT_S) -> None:
        self._client = client
        self._key = prefix
        self._lock_key = f"{prefix}:lock"
        self._lock_ms = lock_ms
        self._wait_s = wait_s
        self._freeing: asyncio.Task[None] | None = None
        self._release = client.register_script(RELEASE_LUA)

    async def load(self) -> Tokens | None:
        try:
            fields = await self._client.hgetall(self._key)
        except (RedisError, OSError) as error:
            raise TokenStoreUnavailable(type(error).__name__) from error
        if not fields:
            return None
        return Tokens(
            access=str(fields["access"]),
            refresh=str(fields["refresh"]),
            expires_ms=int(fields["expires_ms"]),
            obtained_ms=int(fields["obtained_ms"]),
            seed_mark=str(fields["seed_mark"]),
        )

    async def save(self, tokens: Tokens, *, replaces: Tokens | None) -> bool:
        fields = {
            "access": tokens.access,
            "refresh": tokens.refresh,
            "expires_ms": str(tokens.expires_ms),
            "obtained_ms": str(tokens.obtained_ms),
            "seed_mark": tokens.seed_mark,
        }
        flat = [part for pair in fields.items() for part in pair]
        try:
            return await self._save([replaces.refresh if replaces else "", *flat], tokens)
        except (RedisError, OSError) as error:
            raise TokenStoreUnavailable(type(error).__name__) from error

    async def _save(self, args: list[str], tokens: Tokens) -> bool:
        if not isinstance(self._client, Redis):
            saved = await self._client.eval(SAVE_LUA, 1, self._key, *args)
        else:
            pipe = self._client.pipeline(transaction=False)
            pipe.eval(SAVE_LUA, 1, self._key, *args)
            pipe.execute_command("WAITAOF", 1, 0, SYNC_MS)
            saved, synced = await pipe.execute(raise_on_error=False)
            if isinstance(saved, Exception):
                raise saved
            if isinstance(synced, ResponseError):
                log.debug("tokens not synced to disk", reason=str(synced))
        # a repeated save, after an answer that was lost, finds its own pair
        return bool(saved) or await self.load() == tokens

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        mine = secrets.token_hex(16)
        try:
            await self._acquire(mine)
            yield
        finally:
            if not await self._freed(mine):
                self._freeing = asyncio.create_task(self._free_later(mine))

    async def _freed(self, mine: str) -> bool:
        try:
            await self._release(keys=[self._lock_key], args=[mine])
        except (RedisError, OSError):
            return False
        return True

    async def _free_later(self, mine: str) -> None:
        """The store is away: without this nobody could refresh for the rest of the lock's life."""
        for _ in range(self._lock_ms // FREE_MS):
            await asyncio.sleep(FREE_MS / 1000)
            if await self._freed(mine):
                return

    async def _acquire(self, mine: str) -> None:
        try:
            async with asyncio.timeout(self._wait_s):
                while True:
                    if await self._client.set(self._lock_key, mine, nx=True, px=self._lock_ms):
                        return
                    # the answer to the first try may have been lost
                    if await self._client.get(self._lock_key) == mine:
                        return
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise TokenStoreUnavailable("another process holds the lock") from error
        except (RedisError, OSError) as error:
            raise TokenStoreUnavailable(type(error).__name__) from error
