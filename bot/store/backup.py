"""Backup and restore of all that is stored for an OA, as lines of JSON in a gzip file.

It asks the server for values, not for its files: so it works with the embedded Valkey, a Redis elsewhere, Sentinel and
Cluster alike, and a backup of one can be restored into any other. Nothing that workers write changes while it is taken:
the backup holds their leases, so that they wait, and the webhook goes on taking messages into the inbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from bot.store.connection import Client
from bot.store.keys import PARTITIONS, Keys
from bot.store.leases import BEAT_S, FINISH_S, LEASE_MS, hold_all, living, release_all
from bot.store.schema import RESTORING, stored_version

T = TypeVar("T")
FORMAT: Final = 1
PAGE: Final = 200
HOLDER: Final = "backup"
NOTICED_S: Final = BEAT_S + FINISH_S
"""So long a worker may take to notice that it lost its partitions, and to finish what it is sending."""

READ_LUA: Final = """
local found = {}
local read = {
  string = function(key) return redis.call('GET', key) end,
  hash = function(key) return redis.call('HGETALL', key) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  set = function(key) return redis.call('SMEMBERS', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  stream = function(key) return redis.call('XRANGE', key, '-', '+') end,
}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' then
    local ttl = redis.call('PTTL', key)
    table.insert(found, {i, kind, ttl >= 0 and string.format('%.0f', now + ttl) or '', read[kind](key)})
  end
end
return cjson.encode(found)
"""


class BackupError(Exception):
    """It cannot be done; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Header:
    oa: str
    schema: int
    taken_ms: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Value:
    """One key without the OA's prefix, its type, when it runs out (ms, or None), and what it holds."""

    name: str
    kind: str
    until_ms: int | None
    value: object


async def back_up(client: Client, keys: Keys, file: Path) -> int:
    """Writes the file, readable for its owner only, and puts it in place when it is whole. Returns how many keys."""
    version = await stored_version(client, keys)
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with gzip.open(raw, "wt", encoding="utf-8") as out:
            header = Header(keys.oa_id, version, time.time_ns() // 1_000_000)
            out.write(f"{json.dumps(asdict(header))}\n")
            count = 0
            async with _workers_wait(client, keys):
                async for each in _read(client, keys):
                    line = [each.name, each.kind, each.until_ms, each.value]
                    out.write(f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n")
                    count += 1
            out.write(f"{json.dumps({'keys': count})}\n")
        raw.flush()
        os.fsync(raw.fileno())
    part.replace(file)
    return count


async def restore(client: Client, keys: Keys, file: Path, *, replace: bool) -> int:
    """Writes what the file holds into an empty store, or, with `replace`, in place of what is there. Returns how many
    keys. A restore that is cut short leaves a store that no bot starts on; it can be done again."""
    header = read_header(file)
    if header.oa != keys.oa_id:
        raise BackupError(f"{file} is a backup of OA {header.oa}, not of {keys.oa_id}")
    if await living(client, keys):
        raise BackupError("stop the service first: a worker is running on this store, or was killed half a minute ago")
    known = [str(key) async for key in client.scan_iter(match=f"{keys.prefix}*", count=PAGE)]
    if known and not replace and not await _half_restored(client, keys):
        raise BackupError(f"the store holds {len(known)} keys; '--replace' puts the backup in their place")
    await client.set(keys.schema(), RESTORING)
    tokens = keys.tokens()
    gone = [key for key in known if key not in (tokens, keys.schema())]
    for begin in range(0, len(gone), PAGE):
        await client.delete(*gone[begin : begin + PAGE])
    kept = {keys.schema(), tokens} if tokens in known else {keys.schema()}
    count = 0
    for page in _pages(value for value in read_values(file) if keys.prefix + value.name not in kept):
        await _write(client, keys, page)
        count += len(page)
    await client.set(keys.schema(), header.schema)
    return count


def read_header(file: Path) -> Header:
    """Raises BackupError when the file is no backup, or not whole."""
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            header = Header(**json.loads(next(lines)))
            count = -1
            newest = ""
            for line in lines:
                newest = line
                count += 1
            if json.loads(newest) != {"keys": count}:
                raise BackupError(f"{file} is not whole")
    except (OSError, EOFError, ValueError, TypeError, StopIteration) as error:
        raise BackupError(f"{file} is no backup, or not whole: {error or type(error).__name__}") from error
    if header.format != FORMAT:
        raise BackupError(f"{file} was written by a newer version of the bot")
    return header


def read_values(file: Path) -> Iterator[Value]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            found = json.loads(line)
            if isinstance(found, list):
                yield Value(*found)


@asynccontextmanager
async def _workers_wait(client: Client, keys: Keys) -> AsyncIterator[None]:
    read = asyncio.Event()

    async def hold() -> None:
        while not read.is_set():
            await hold_all(client, keys, HOLDER)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(read.wait(), LEASE_MS / 1000 / 3)

    at_work = await living(client, keys)
    await hold_all(client, keys, HOLDER)
    holding = asyncio.create_task(hold())
    try:
        if at_work:
            await asyncio.sleep(NOTICED_S)
        yield
    finally:
        read.set()
        await asyncio.wait([holding])
        await release_all(client, keys, HOLDER)


async def _read(client: Client, keys: Keys) -> AsyncIterator[Value]:
    """Timers first and the inbox last: a timer that fires meanwhile is there twice, which does no harm, not lost."""
    first = [keys.timers(), keys.timer_data()]
    last = [keys.inbox(partition) for partition in range(PARTITIONS)]
    passing = {keys.workers(), keys.schema(), f"{keys.tokens()}:lock", *(keys.lease(p) for p in range(PARTITIONS))}
    between = {str(key) async for key in client.scan_iter(match=f"{keys.prefix}*", count=PAGE)}
    read = client.register_script(READ_LUA)
    for page in _pages(iter([*first, *sorted(between - passing - {*first, *last}), *last])):
        for place, kind, until_ms, value in json.loads(await read(keys=page)):
            if value:  # a stream may be empty, and is made anew when it is missing
                name = page[place - 1].removeprefix(keys.prefix)
                yield Value(name, kind, int(until_ms) if until_ms else None, value)


async def _half_restored(client: Client, keys: Keys) -> bool:
    return await client.get(keys.schema()) == RESTORING


async def _write(client: Client, keys: Keys, values: list[Value]) -> None:
    pipe = client.pipeline(transaction=False)
    for each in values:
        key = keys.prefix + each.name
        for words in _commands(key, each):
            pipe.execute_command(*words)
        if each.until_ms is not None:
            pipe.execute_command("PEXPIREAT", key, each.until_ms)
    await pipe.execute()


def _commands(key: str, each: Value) -> Iterator[tuple[str, ...]]:
    if each.kind == "string":
        yield ("SET", key, str(each.value))
    elif each.kind == "stream":
        for id_, fields in cast("list[tuple[str, list[str]]]", each.value):
            yield ("XADD", key, id_, *fields)
    elif each.value:
        flat = cast("list[str]", each.value)
        if each.kind == "zset":
            flat = [word for pair in zip(flat[1::2], flat[::2], strict=True) for word in pair]
        command = {"hash": "HSET", "list": "RPUSH", "set": "SADD", "zset": "ZADD"}[each.kind]
        for begin in range(0, len(flat), 2 * PAGE):
            yield (command, key, *flat[begin : begin + 2 * PAGE])


def _pages(items: Iterator[T]) -> Iterator[list[T]]:
    page: list[T] = []
    for item in items:
        page.append(item)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
