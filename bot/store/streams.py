"""The inbox and the outbox: streams cut into partitions, each read by the one worker that holds its lease.

All entries of a partition are read under one consumer name, because the lease makes its holder the only reader: what a
dead worker had taken and not finished is simply read again, from the start, by the next holder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from redis.exceptions import ResponseError

from bot.store.connection import Client
from bot.store.copies import append
from bot.store.keys import CONSUMER_GROUP, PARTITIONS, Keys, partition_of
from bot.store.rounds import Command

CONSUMER: Final = "lease-holder"
FROM_UNFINISHED: Final = "0"
FROM_NEW: Final = ">"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry: its id in the stream `key` and its fields."""

    key: str
    id: str
    fields: Mapping[str, str]


async def create_groups(client: Client, keys: Keys) -> None:
    """Makes the streams and their consumer group where they are missing."""
    for partition in range(PARTITIONS):
        for key in (keys.inbox(partition), keys.outbox(partition)):
            try:
                await client.xgroup_create(key, CONSUMER_GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise


def to_inbox(keys: Keys, person: str, body: str, at_ms: int) -> Command:
    """What puts an event into the inbox. `person` decides the partition, and with it the order."""
    return "XADD", keys.inbox(partition_of(person)), "*", "kind", "zalo", "body", body, "at", at_ms


async def append_to_inbox(client: Client, keys: Keys, *, person: str, body: str, at_ms: int) -> None:
    """Returns when the event is stored. Raises RedisError and OSError."""
    (failure,) = await append(client, [to_inbox(keys, person, body, at_ms)])
    if failure:
        raise failure


async def read(client: Client, key: str, after: str, *, count: int, block_ms: int | None) -> list[Entry]:
    """The next entries of a stream: unfinished ones after the id `after`, or FROM_NEW ones (waits up to `block_ms`)."""
    answer = await client.xreadgroup(CONSUMER_GROUP, CONSUMER, {key: after}, count=count, block=block_ms)
    found = cast("list[tuple[str, list[tuple[str, dict[str, str] | None]]]]", answer or [])
    return [Entry(key, id_, fields or {}) for _, batch in found for id_, fields in batch]


def place(entry_id: str) -> tuple[int, int]:
    """Where in its stream an entry stands: milliseconds, and its number among those of the same one."""
    at_ms, _, number = entry_id.partition("-")
    return int(at_ms), int(number)


async def last_read(client: Client, key: str) -> str:
    """The id of the newest entry that was read."""
    (group,) = await client.xinfo_groups(key)
    return str(group["last-delivered-id"])


async def unfinished(client: Client, key: str) -> int:
    """How many entries were read and are still there."""
    found = await client.xpending(key, CONSUMER_GROUP)
    return int(found["pending"])


async def lengths(client: Client, keys: Keys) -> tuple[int, int]:
    """How many entries wait in the inbox and in the outbox."""
    pipe = client.pipeline(transaction=False)
    for partition in range(PARTITIONS):
        pipe.xlen(keys.inbox(partition))
    for partition in range(PARTITIONS):
        pipe.xlen(keys.outbox(partition))
    found = await pipe.execute()
    return sum(found[:PARTITIONS]), sum(found[PARTITIONS:])
