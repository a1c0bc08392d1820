"""Adds to streams. Under Sentinel an entry counts as stored when a replica has it, too: a failover loses nothing that
was accepted.

A replica that is not heard from for `LONGEST_LAG_S` is not waited for: better one copy than no messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from redis.exceptions import RedisError

from bot.store.connection import Client, under_sentinel
from bot.store.rounds import Command

COPY_MS: Final = 300
LONGEST_LAG_S: Final = 5


class NotCopied(RedisError):
    """The master has it, and no replica."""


async def append(client: Client, commands: Sequence[Command]) -> list[Exception | None]:
    """Carries out some XADD in one round trip; for each what went wrong with it, NotCopied among that: the entry may
    stay all the same. Raises RedisError and OSError when all failed."""
    pipe: Any = client.pipeline(transaction=False)
    for command in commands:
        pipe.execute_command(*command)
    if not under_sentinel(client):
        return [_failure(answer) for answer in await pipe.execute(raise_on_error=False)]
    pipe.execute_command("WAIT", 1, COPY_MS)
    *answers, copies = await pipe.execute(raise_on_error=False)
    if (isinstance(copies, Exception) or not copies) and _has_replica(await client.info("replication")):
        raise NotCopied("no replica has it yet")
    return [_failure(answer) for answer in answers]


def _failure(answer: object) -> Exception | None:
    return answer if isinstance(answer, Exception) else None


def _has_replica(told: Mapping[str, Any]) -> bool:
    replicas = [value for name, value in told.items() if name.startswith("slave") and isinstance(value, dict)]
    return any(each.get("state") == "online" and int(each.get("lag", 0)) <= LONGEST_LAG_S for each in replicas)
