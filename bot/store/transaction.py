"""One message, one transaction: what was read is compared and what was decided is written, in one atomic step.

A script in the server does both, instead of WATCH … MULTI … EXEC: it is one round trip without a connection held for
it, it compares values (a write that put the same value back is no conflict), and it works the same on a cluster because
all keys of an OA stay in one slot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from pydantic_core import to_json
from redis.exceptions import ResponseError

from bot.store.connection import Client
from bot.store.keys import CONSUMER_GROUP
from bot.store.scripts import Script
from bot.store.streams import CONSUMER, Entry

COMMIT: Final = Script("""
local group, consumer, most = ARGV[1], ARGV[2], ARGV[3]
local followed = {}
local function each(list) return ipairs(list or {}) end
local function has_more(behind)
  local last, known = behind[2], followed[behind[1]]
  if known and known.from == last then last = known.to end
  return #redis.call('XRANGE', behind[1], '(' .. last, '+', 'COUNT', 1) > 0
end
local function differs(plan, texts)
  local values = plan.values or {}
  for i, value in ipairs(values) do
    if (texts[i] or '') ~= value then return i, texts[i] or '' end
  end
  local place = #values
  for _, expected in each(plan.expect) do
    place = place + 1
    if tostring(redis.call(unpack(expected.command)) or '') ~= expected.value then return place, '' end
  end
  if plan.behind and has_more(plan.behind) then return place + 1, '' end
end
local function write(plan)
  for _, command in each(plan.write) do redis.call(unpack(command)) end
  for _, count in each(plan.count) do
    if redis.call('HINCRBY', count.key, count.field, 1) == 1 then
      for _, command in ipairs(count.first) do redis.call(unpack(command)) end
    end
  end
  for _, index in each(plan.index) do
    redis.call('ZADD', index.key, unpack(index.members))
    if redis.call('TTL', index.key) < index.kept_s then redis.call('EXPIRE', index.key, index.kept_s) end
  end
  for _, pair in each(plan.delete_if) do
    if redis.call('GET', pair[1]) == pair[2] then redis.call('DEL', pair[1]) end
  end
  for _, copy in each(plan.copy) do
    local found = redis.call('ZRANGE', copy[1], copy[2], copy[3], 'BYSCORE', 'WITHSCORES')
    for i = 1, #found, 2 do redis.call('ZADD', copy[4], found[i + 1], found[i]) end
  end
end
local function take(stream, taken)
  local before = redis.call('XINFO', 'GROUPS', stream)[1][8]
  local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', most, 'STREAMS', stream, '>')
  if not read then return end
  local entries, known = read[1][2], followed[stream]
  taken[#taken + 1] = {stream, before, entries}
  local from = known and known.to == before and known.from or before
  followed[stream] = {from = from, to = entries[#entries][1]}
end
local function run(plan)
  local texts, taken = {}, {}
  if plan.texts then texts = redis.call('MGET', unpack(plan.texts)) end
  local failed, found = differs(plan, texts)
  if not failed then
    write(plan)
    if plan.otherwise then return {0, '', taken} end
  elseif plan.otherwise then
    redis.call(unpack(plan.otherwise))
  else
    return {failed, found, taken}
  end
  for i, stream in each(plan.take) do
    if texts[#(plan.values or {}) + i] == plan.worker then take(stream, taken) end
  end
  return {failed or 0, found or '', taken}
end
local answers, wrong = {}, {}
for i = 4, #ARGV do
  local ok, answer = pcall(run, cjson.decode(ARGV[i]))
  if not ok then
    local told = type(answer) == 'table' and answer.err or tostring(answer)
    wrong[#wrong + 1] = {err = told}
    answer = {-1, told, {}}
  end
  answers[#answers + 1] = answer
end
if #wrong == #answers then return wrong[1] end
return answers
""")
"""Does several transactions one after the other, each by itself. When all fail, as on a server that is read-only, their
error is the answer, so that redis-py learns of it."""
FAILED: Final = -1
BEHIND: Final = "behind"
"""Names the conflict when something came into the stream meanwhile."""
BEGINNING: Final = "0-0"
TAKEN_AT_ONCE: Final = 64


class Conflict(Exception):
    """Something that was read has changed since; `name` says what. Nothing was written. `found` is the text that stands
    there now, where it is a text."""

    def __init__(self, name: str, found: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.found = found


class Call(NamedTuple):
    """One transaction as the script takes it."""

    keys: AbstractSet[str]
    plan: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What lay in a stream when the transaction was done: it is read by whoever committed, as `streams.read` does."""

    stream: str
    after: str
    """The id of the last entry that was read before."""
    entries: Sequence[Entry]


class Transaction:
    """Collects what must still be true and what is to be written, as the script takes it. The second word of every
    command is its key."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._texts: list[str] = []
        self._values: list[str] = []
        self._names: list[str] = []
        """Of the texts that are expected."""
        self._expect: list[dict[str, object]] = []
        self._further_names: list[str] = []
        """Of what else is expected."""
        self._write: list[Sequence[str | int]] = []
        self._count: list[dict[str, object]] = []
        self._index: dict[str, tuple[int, list[str]]] = {}
        self._delete_if: list[tuple[str, str]] = []
        self._copy: list[tuple[str, str, str, str]] = []
        self._behind: tuple[str, Callable[[], str | None]] | None = None
        self._otherwise: Sequence[str | int] = ()
        self._streams: set[str] = set()
        """Into which it may put an entry."""

    def expect(self, name: str, value: str | None, *command: str) -> None:
        """`command` must still answer `value`; None stands for a missing key."""
        self._keys.add(command[1])
        if command[0] == "GET":
            self._names.append(name)
            self._texts.append(command[1])
            self._values.append(value or "")
        else:
            self._further_names.append(name)
            self._expect.append({"command": command, "value": value or ""})

    def write(self, *command: str | int) -> None:
        self._write.append(self._noted(command))

    def count(self, key: str, name: str, *first: tuple[str | int, ...]) -> None:
        """Adds one to a field of a hash; `first` are the commands that follow when it was not there."""
        self._keys.add(key)
        self._count.append({"key": key, "field": name, "first": first})

    def index(self, key: str, member: str, until_ms: int, kept_s: int) -> None:
        """Puts a member into a sorted set by when it runs out; the set lives as long as the last of its members."""
        self._keys.add(key)
        longest_s, members = self._index.get(key, (0, []))
        self._index[key] = max(longest_s, kept_s), [*members, str(until_ms), member]

    def delete_if(self, key: str, value: str | int) -> None:
        """Deletes a key that still holds `value`, and leaves it to whoever it belongs to otherwise."""
        self._keys.add(key)
        self._delete_if.append((key, str(value)))

    def copy(self, source: str, lowest: float, below: float, into: str) -> None:
        """The members of a sorted set with these scores are put into another one, too."""
        self._keys.update((source, into))
        self._copy.append((source, str(lowest), f"({below}", into))

    def unless(self, *command: str | int) -> None:
        """What is done in the place of all writes when something that was read has changed."""
        self._otherwise = self._noted(command)

    def nothing_behind(self, stream: str, last: Callable[[], str | None]) -> None:
        """Nothing may lie in the stream that came after an entry, but what is taken at the same time. `last` tells the
        entry's id when the transaction is sent: None for that nothing may lie there at all."""
        self._keys.add(stream)
        self._behind = stream, last

    @property
    def has_otherwise(self) -> bool:
        return bool(self._otherwise)

    @property
    def adds_to(self) -> AbstractSet[str]:
        """The streams into which it may put an entry."""
        return self._streams

    def call(self, worker: str = "", take: Mapping[str, str] | None = None) -> Call:
        """What does it. `take`: streams that are read afterwards, and the key of the lease that `worker` must hold for
        that."""
        take = take or {}
        plan = {
            "texts": [*self._texts, *take.values()],
            "values": self._values,
            "expect": self._expect,
            "behind": self._behind and (self._behind[0], self._behind[1]() or BEGINNING),
            "write": self._write,
            "count": self._count,
            "index": [{"key": key, "kept_s": kept, "members": found} for key, (kept, found) in self._index.items()],
            "delete_if": self._delete_if,
            "copy": self._copy,
            "otherwise": self._otherwise,
            "take": list(take),
            "worker": worker,
        }
        keys = self._keys.union(take, take.values()) if take else self._keys
        return Call(keys, to_json({name: value for name, value in plan.items() if value}))

    def read(self, answer: Any) -> tuple[Conflict | None, list[Taken]]:
        """What the answer to `call` tells. Raises it when it is an error."""
        if isinstance(answer, Exception):
            raise answer
        failed, told, taken = answer
        if failed == FAILED:
            raise ResponseError(told)
        names = [*self._names, *self._further_names, BEHIND]
        conflict = Conflict(names[failed - 1], told) if failed else None
        return conflict, [Taken(stream, after, _entries(stream, found)) for stream, after, found in taken]

    def _noted(self, command: tuple[str | int, ...]) -> tuple[str | int, ...]:
        key = str(command[1])
        self._keys.add(key)
        if command[0] == "XADD":
            self._streams.add(key)
        return command

    async def commit(self, client: Client) -> None:
        """Writes all or nothing. Raises Conflict when something that was read has changed."""
        (answer,) = await carry_out(client, [self.call()])
        conflict, _ = self.read(answer)
        if conflict:
            raise conflict


async def carry_out(client: Client, calls: Sequence[Call]) -> list[Any]:
    """The answers, or errors, of some transactions, in one round trip. Raises RedisError and OSError."""
    keys = set[str]().union(*(call.keys for call in calls))
    plans = (call.plan for call in calls)
    answer = await COMMIT.run(client, keys, CONSUMER_GROUP, CONSUMER, TAKEN_AT_ONCE, *plans)
    return cast(list[Any], answer)


def _entries(stream: str, found: Sequence[tuple[str, Sequence[str]]]) -> list[Entry]:
    return [Entry(stream, id_, dict(zip(words[::2], words[1::2], strict=True))) for id_, words in found]


def discard(transaction: Transaction, entry: Entry) -> None:
    """Takes an entry out of its stream."""
    transaction.write("XACK", entry.key, CONSUMER_GROUP, entry.id)
    transaction.write("XDEL", entry.key, entry.id)
