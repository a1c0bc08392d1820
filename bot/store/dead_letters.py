"""What could not be done after the last try: set aside with its reason, so that the rest goes on.

Nothing is lost: it can be looked at, tried again or dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from bot.language.privacy import mask
from bot.store.connection import Client
from bot.store.keys import CONSUMER_GROUP, Keys
from bot.store.streams import Entry

TRY_AGAIN_LUA: Final = """
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then return 0 end
local back, fields = {}, found[1][2]
for i = 1, #fields, 2 do
  if fields[i] ~= 'stream' and fields[i] ~= 'reason' then
    back[#back + 1] = fields[i]
    back[#back + 1] = fields[i + 1]
  end
end
redis.call('XADD', KEYS[2], '*', unpack(back))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
"""


BURY_LUA: Final = """
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('XACK', KEYS[1], ARGV[2], ARGV[1])
redis.call('HDEL', KEYS[3], KEYS[1] .. '/' .. ARGV[1])
return 1
"""


async def bury(client: Client, keys: Keys, entry: Entry, reason: str) -> None:
    """Moves an entry from its stream to the dead letters: once, even when it is asked for again."""
    fields = {**entry.fields, "stream": entry.key, "reason": mask(reason)}
    flat = [word for pair in fields.items() for word in pair]
    script = client.register_script(BURY_LUA)
    await script(keys=[entry.key, keys.dead_letters(), keys.attempts()], args=[entry.id, CONSUMER_GROUP, *flat])


async def count_attempt(client: Client, keys: Keys, entry: Entry) -> int:
    """How often this entry was begun and not finished, this time included."""
    return int(await client.hincrby(keys.attempts(), f"{entry.key}/{entry.id}", 1))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    stream: str
    reason: str
    what: str
    """The reply's text, or the event as it came in; masked."""

    @property
    def at_ms(self) -> int:
        """When it was set aside."""
        return int(self.id.partition("-")[0])


async def dead_letters(client: Client, keys: Keys, count: int) -> list[DeadLetter]:
    """The oldest ones first."""
    entries = await client.xrange(keys.dead_letters(), count=count)
    found = cast("list[tuple[str, dict[str, str]]]", entries or [])
    return [
        DeadLetter(id_, fields["stream"], fields["reason"], fields.get("text") or fields.get("body", ""))
        for id_, fields in found
    ]


async def try_again(client: Client, keys: Keys, letter: DeadLetter) -> bool:
    """Puts it back at the end of its stream; False when it is gone already. Two who do it at once do it once."""
    script = client.register_script(TRY_AGAIN_LUA)
    return bool(await script(keys=[keys.dead_letters(), letter.stream], args=[letter.id]))


async def drop(client: Client, keys: Keys, letter: DeadLetter) -> bool:
    return bool(await client.xdel(keys.dead_letters(), letter.id))
