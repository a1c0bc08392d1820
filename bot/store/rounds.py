"""Several questions to the store in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from bot.store.connection import Client
from bot.store.together import Together

AT_ONCE: Final = 2
Command = tuple[str | int, ...]
Answers = Mapping[Command, Any]


class Rounds:
    """What is asked more than once at the same time is sent once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked = Together[Sequence[Command], Answers](self._ask, AT_ONCE)

    async def ask(self, commands: Iterable[Command]) -> Answers:
        """The answer to each. Raises RedisError and OSError."""
        return await self._asked.want(tuple(commands))

    async def _ask(self, wanted: Sequence[Sequence[Command]]) -> list[Answers]:
        asked = list(dict.fromkeys(chain.from_iterable(wanted)))
        pipe: Any = self._client.pipeline(transaction=False)
        for command in asked:
            pipe.execute_command(*command)
        answers = dict(zip(asked, await pipe.execute(), strict=True))
        return [answers] * len(wanted)
