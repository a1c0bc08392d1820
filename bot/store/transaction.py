"""One message, one transaction: what was read is compared and what was decided is written, in one atomic step.

A script in the server does both, instead of WATCH … MULTI … EXEC: it is one round trip without a connection held for
it, it compares values (a write that put the same value back is no conflict), and it works the same on a cluster because
all keys of an OA stay in one slot.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from bot.store.connection import Client
from bot.store.keys import CONSUMER_GROUP
from bot.store.streams import Entry

COMMIT_LUA: Final = """
local plan = cjson.decode(ARGV[1])
for i, expected in ipairs(plan.expect) do
  local got = redis.call(unpack(expected.command))
  if got == false then got = '' end
  if tostring(got) ~= expected.value then return i end
end
for _, command in ipairs(plan.write) do redis.call(unpack(command)) end
for _, pair in ipairs(plan.delete_if) do
  if redis.call('GET', pair[1]) == pair[2] then redis.call('DEL', pair[1]) end
end
for _, copy in ipairs(plan.copy) do
  local found = redis.call('ZRANGE', copy[1], copy[2], copy[3], 'BYSCORE', 'WITHSCORES')
  for i = 1, #found, 2 do redis.call('ZADD', copy[4], found[i + 1], found[i]) end
end
return 0
"""


class Conflict(Exception):
    """Something that was read has changed since; `name` says what. Nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(slots=True)
class Transaction:
    """Collects what must still be true and what is to be written. The second word of every command is its key."""

    _expect: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    _write: list[tuple[str, ...]] = field(default_factory=list)
    _delete_if: list[tuple[str, str]] = field(default_factory=list)
    _copy: list[tuple[str, str, str, str]] = field(default_factory=list)

    def expect(self, name: str, value: str | None, *command: str) -> None:
        """`command` must still answer `value`; None stands for a missing key."""
        self._expect.append((name, command, value or ""))

    def write(self, *command: str | int) -> None:
        self._write.append(tuple(map(str, command)))

    def delete_if(self, key: str, value: str | int) -> None:
        """Deletes a key that still holds `value`, and leaves it to whoever it belongs to otherwise."""
        self._delete_if.append((key, str(value)))

    def copy(self, source: str, lowest: float, below: float, into: str) -> None:
        """The members of a sorted set with these scores are put into another one, too."""
        self._copy.append((source, str(lowest), f"({below}", into))

    async def commit(self, client: Client) -> None:
        """Writes all or nothing. Raises Conflict when something that was read has changed."""
        plan = {
            "expect": [{"command": command, "value": value} for _, command, value in self._expect],
            "write": self._write,
            "delete_if": self._delete_if,
            "copy": self._copy,
        }
        keys = {command[1] for _, command, _ in self._expect} | {command[1] for command in self._write}
        keys |= {key for key, _ in self._delete_if} | {key for source, *_, into in self._copy for key in (source, into)}
        script = client.register_script(COMMIT_LUA)
        failed = int(await script(keys=sorted(keys), args=[json.dumps(plan, ensure_ascii=False)]))
        if failed:
            raise Conflict(self._expect[failed - 1][0])


def discard(transaction: Transaction, entry: Entry) -> None:
    """Takes an entry out of its stream."""
    transaction.write("XACK", entry.key, CONSUMER_GROUP, entry.id)
    transaction.write("XDEL", entry.key, entry.id)
