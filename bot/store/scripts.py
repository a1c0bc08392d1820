"""Scripts that the server runs in one step. All keys of an OA are in one slot."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha1
from typing import Any, Final

from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

from bot.store.connection import Client

REFUSED: Final = "ACL failure in script"


class Script:
    def __init__(self, lua: str) -> None:
        self._lua = lua
        self._sha = sha1(lua.encode(), usedforsecurity=False).hexdigest()

    async def run(self, client: Client, keys: Collection[str | int], *words: str | int | bytes) -> Any:
        """Raises RedisError and OSError; as outside of a script, NoPermissionError is what this user may not do."""
        try:
            try:
                return await client.execute_command("EVALSHA", self._sha, len(keys), *keys, *words)
            except NoScriptError:  # the server has just been started
                return await client.execute_command("EVAL", self._lua, len(keys), *keys, *words)
        except ResponseError as error:
            if REFUSED in str(error):
                raise NoPermissionError(str(error)) from error
            raise
