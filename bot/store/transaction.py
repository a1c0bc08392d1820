"""One message, one transaction: what was read is compared and what was decided is written, in one atomic step.

A script in the server does both, instead of WATCH … MULTI … EXEC: it is one round trip without a connection held for
it, it compares values (a write that put the same value back is no conflict), and it works the same on a cluster because
all keys of an OA stay in one slot.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, Final, cast

from redis.exceptions import NoScriptError

from bot.store.connection import Client
from bot.store.keys import CONSUMER_GROUP
from bot.store.rounds import Command
from bot.store.streams import CONSUMER, Entry

COMMIT_LUA: Final = """
local plan = cjson.decode(ARGV[1])
local texts = {}
if #plan.texts > 0 then texts = redis.call('MGET', unpack(plan.texts)) end
for i, value in ipairs(plan.values) do
  if (texts[i] or '') ~= value then return {i, texts[i] or ''} end
end
for i, expected in ipairs(plan.expect) do
  local got = redis.call(unpack(expected.command))
  if got == false then got = '' end
  if tostring(got) ~= expected.value then return {#plan.values + i, ''} end
end
for _, command in ipairs(plan.write) do redis.call(unpack(command)) end
for _, count in ipairs(plan.count) do
  if redis.call('HINCRBY', count.key, count.field, 1) == 1 then
    for _, command in ipairs(count.first) do redis.call(unpack(command)) end
  end
end
for _, index in ipairs(plan.index) do
  redis.call('ZADD', index.key, unpack(index.members))
  if redis.call('TTL', index.key) < index.kept_s then redis.call('EXPIRE', index.key, index.kept_s) end
end
for _, pair in ipairs(plan.delete_if) do
  if redis.call('GET', pair[1]) == pair[2] then redis.call('DEL', pair[1]) end
end
for _, copy in ipairs(plan.copy) do
  local found = redis.call('ZRANGE', copy[1], copy[2], copy[3], 'BYSCORE', 'WITHSCORES')
  for i = 1, #found, 2 do redis.call('ZADD', copy[4], found[i + 1], found[i]) end
end
local taken = {}
for i, stream in ipairs(plan.take) do
  if texts[#plan.values + i] == plan.worker then
    local before = redis.call('XINFO', 'GROUPS', stream)[1][8]
    local read = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', ARGV[4], 'STREAMS', stream, '>')
    if read then taken[#taken + 1] = {stream, before, read[1][2]} end
  end
end
return {0, taken}
"""
COMMIT_SHA: Final = sha1(COMMIT_LUA.encode(), usedforsecurity=False).hexdigest()
TAKEN_AT_ONCE: Final = 64


class Conflict(Exception):
    """Something that was read has changed since; `name` says what. Nothing was written. `found` is the text that stands
    there now, where it is a text."""

    def __init__(self, name: str, found: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.found = found


@dataclass(frozen=True, slots=True)
class Taken:
    """What lay in a stream when the transaction was done: it is read by whoever committed, as `streams.read` does."""

    stream: str
    after: str
    """The id of the last entry that was read before."""
    entries: Sequence[Entry]


@dataclass(slots=True)
class Transaction:
    """Collects what must still be true and what is to be written. The second word of every command is its key."""

    _texts: list[tuple[str, str, str]] = field(default_factory=list)
    _expect: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    _write: list[tuple[str, ...]] = field(default_factory=list)
    _count: list[tuple[str, str, Sequence[Sequence[str]]]] = field(default_factory=list)
    _index: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    _delete_if: list[tuple[str, str]] = field(default_factory=list)
    _copy: list[tuple[str, str, str, str]] = field(default_factory=list)

    def expect(self, name: str, value: str | None, *command: str) -> None:
        """`command` must still answer `value`; None stands for a missing key."""
        if command[0] == "GET":
            self._texts.append((name, command[1], value or ""))
        else:
            self._expect.append((name, command, value or ""))

    def write(self, *command: str | int) -> None:
        self._write.append(tuple(map(str, command)))

    def count(self, key: str, name: str, *first: tuple[str | int, ...]) -> None:
        """Adds one to a field of a hash; `first` are the commands that follow when it was not there."""
        self._count.append((key, name, [tuple(map(str, command)) for command in first]))

    def index(self, key: str, member: str, until_ms: int, kept_s: int) -> None:
        """Puts a member into a sorted set by when it runs out; the set lives as long as the last of its members."""
        longest_s, members = self._index.get(key, (0, []))
        self._index[key] = max(longest_s, kept_s), [*members, str(until_ms), member]

    def delete_if(self, key: str, value: str | int) -> None:
        """Deletes a key that still holds `value`, and leaves it to whoever it belongs to otherwise."""
        self._delete_if.append((key, str(value)))

    def copy(self, source: str, lowest: float, below: float, into: str) -> None:
        """The members of a sorted set with these scores are put into another one, too."""
        self._copy.append((source, str(lowest), f"({below}", into))

    def adds_to(self, streams: Container[str]) -> set[str]:
        """Those of the streams into which it puts an entry."""
        return {key for verb, key, *_ in self._write if verb == "XADD" and key in streams}

    def command(self, worker: str = "", take: Mapping[str, str] | None = None) -> Command:
        """The call that does it. `take`: streams that are read afterwards, and the key of the lease that `worker` must
        hold for that."""
        take = take or {}
        plan = {
            "texts": [*(key for _, key, _ in self._texts), *take.values()],
            "values": [value for _, _, value in self._texts],
            "expect": [{"command": command, "value": value} for _, command, value in self._expect],
            "write": self._write,
            "count": [{"key": key, "field": name, "first": first} for key, name, first in self._count],
            "index": [{"key": key, "kept_s": kept, "members": found} for key, (kept, found) in self._index.items()],
            "delete_if": self._delete_if,
            "copy": self._copy,
            "take": list(take),
            "worker": worker,
        }
        keys = {key for _, key, _ in self._texts} | {command[1] for _, command, _ in self._expect}
        keys |= {command[1] for command in self._write} | {key for key, *_ in self._count} | self._index.keys()
        keys |= {key for key, _ in self._delete_if} | {key for source, *_, into in self._copy for key in (source, into)}
        keys |= {*take, *take.values()}
        data = json.dumps(plan, ensure_ascii=False, separators=(",", ":"))
        return "EVALSHA", COMMIT_SHA, len(keys), *keys, data, CONSUMER_GROUP, CONSUMER, TAKEN_AT_ONCE

    def read(self, answer: Any) -> list[Taken]:
        """From the answer to `command`. Raises it when it is an error, and Conflict when something that was read has
        changed."""
        if isinstance(answer, Exception):
            raise answer
        failed, told = answer
        if failed:
            raise Conflict([name for name, *_ in (*self._texts, *self._expect)][failed - 1], told)
        return [Taken(stream, after, _entries(stream, found)) for stream, after, found in told]

    async def commit(self, client: Client) -> None:
        """Writes all or nothing. Raises Conflict when something that was read has changed."""
        (answer,) = await carry_out(client, [self.command()])
        self.read(answer)


async def carry_out(client: Client, calls: Sequence[Command]) -> list[Any]:
    """The answers, or errors, of some transactions' commands, in one round trip. Raises RedisError and OSError."""
    answers = await _piped(client, calls)
    unknown = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:  # the server has just been started
        again = [("EVAL", COMMIT_LUA, *calls[number][2:]) for number in unknown]
        for number, answer in zip(unknown, await _piped(client, again), strict=True):
            answers[number] = answer
    return answers


async def _piped(client: Client, calls: Sequence[Command]) -> list[Any]:
    pipe: Any = client.pipeline(transaction=False)
    for call in calls:
        pipe.execute_command(*call)
    return cast(list[Any], await pipe.execute(raise_on_error=False))


def _entries(stream: str, found: Sequence[tuple[str, Sequence[str]]]) -> list[Entry]:
    return [Entry(stream, id_, dict(zip(words[::2], words[1::2], strict=True))) for id_, words in found]


def discard(transaction: Transaction, entry: Entry) -> None:
    """Takes an entry out of its stream."""
    transaction.write("XACK", entry.key, CONSUMER_GROUP, entry.id)
    transaction.write("XDEL", entry.key, entry.id)
