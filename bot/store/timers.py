"""Timers: set and cancelled within a message's transaction, moved to the inbox when they fall due.

The move is one script in the server, so a timer fires once, whatever the number of processes and restarts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from bot.model import MessageId, Timer, TimerDue
from bot.store.codec import TIMER, to_json
from bot.store.connection import Client
from bot.store.keys import PARTITIONS, Keys, partition_of
from bot.store.transaction import Transaction

BATCH: Final = 100

MOVE_LUA: Final = """
local due = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  local data = redis.call('HGET', KEYS[2], id)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  if data then
    local partition, body = string.match(data, '^(%d+)|(.*)$')
    redis.call('XADD', KEYS[3 + tonumber(partition)], '*', 'kind', 'timer', 'body', body, 'at', ARGV[1])
  end
end
return #due
"""


SEED_LUA: Final = """
if redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
end
"""


async def seed_timers(client: Client, keys: Keys, timers: Iterable[Timer]) -> None:
    """Sets those that are not set."""
    script = client.register_script(SEED_LUA)
    for timer in timers:
        await script(keys=[keys.timers(), keys.timer_data()], args=[timer.id, timer.due_ms, _data(timer)])


def set_timers(transaction: Transaction, keys: Keys, timers: Sequence[Timer]) -> None:
    if timers:
        transaction.write("ZADD", keys.timers(), *_flat((timer.due_ms, timer.id) for timer in timers))
        transaction.write("HSET", keys.timer_data(), *_flat((timer.id, _data(timer)) for timer in timers))


def _flat(pairs: Iterable[tuple[str | int, str]]) -> Iterable[str | int]:
    return chain.from_iterable(pairs)


def _data(timer: Timer) -> str:
    return f"{partition_of(timer.person)}|{to_json(TIMER, timer)}"


def cancel_timers(transaction: Transaction, keys: Keys, timer_ids: Sequence[str]) -> None:
    if timer_ids:
        transaction.write("ZREM", keys.timers(), *timer_ids)
        transaction.write("HDEL", keys.timer_data(), *timer_ids)


async def move_due(client: Client, keys: Keys, now_ms: int) -> int:
    """Moves what is due by `now_ms` to the inbox; returns how many."""
    script = client.register_script(MOVE_LUA)
    inboxes = [keys.inbox(partition) for partition in range(PARTITIONS)]
    return int(await script(keys=[keys.timers(), keys.timer_data(), *inboxes], args=[now_ms, BATCH]))


def read_due(body: str, at_ms: int) -> TimerDue:
    timer = TIMER.validate_json(body)
    return TimerDue(MessageId(f"timer:{timer.id}:{timer.due_ms}"), timer, at_ms)
