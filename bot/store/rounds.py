"""Several questions to the store in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from pydantic_core import to_json

from bot.store.connection import Client
from bot.store.scripts import Script
from bot.store.together import Together

AT_ONCE: Final = 2
ASK: Final = Script("""
local answers = cjson.decode(ARGV[1])
for i, command in ipairs(answers) do answers[i] = redis.call(unpack(command)) end
return answers
""")
"""One answer to read instead of one for each command, which redis-py does at three times the cost."""
Command = tuple[str | int, ...]
Answers = Mapping[Command, Any]


class Rounds:
    """What is asked more than once at the same time is sent once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked = Together[Sequence[Command], Answers](self._ask, AT_ONCE)

    async def ask(self, commands: Iterable[Command]) -> Answers:
        """The answer to each, a hash's as a mapping. Raises RedisError and OSError."""
        wanted = tuple(commands)
        return await self._asked.want(wanted) if wanted else {}

    async def _ask(self, wanted: Sequence[Sequence[Command]]) -> list[Answers]:
        asked = list(dict.fromkeys(chain.from_iterable(wanted)))
        keys = {key for command in asked for key in (command[1:] if command[0] == "MGET" else command[1:2])}
        found = await ASK.run(self._client, keys, to_json(asked))
        return [dict(zip(asked, map(_read, asked, found), strict=True))] * len(wanted)


def _read(command: Command, answer: Any) -> Any:
    """A script gets the fields and values of a hash one after the other."""
    return dict(zip(answer[::2], answer[1::2], strict=True)) if command[0] == "HGETALL" else answer
