"""Several questions to the store in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.store.connection import Client

Command = tuple[str | int, ...]
Answers = Mapping[Command, Any]


async def ask(client: Client, commands: Iterable[Command]) -> Answers:
    """The answer to each; what is asked more than once is sent once."""
    asked = list(dict.fromkeys(commands))
    pipe: Any = client.pipeline(transaction=False)
    for command in asked:
        pipe.execute_command(*command)
    return dict(zip(asked, await pipe.execute(), strict=True))
