"""Which worker works on which partition.

Every worker beats once a second; one script, in the server and by the server's clock, keeps the list of living workers,
renews what this worker holds, hands it free partitions up to its fair share, and names those that it should give up.
Commits compare the lease, so a worker that lost one without noticing cannot write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.store.connection import Client
from bot.store.keys import PARTITIONS, Keys

LEASE_MS: Final = 5_000
"""A worker that is silent for so long has lost its partitions to the others."""

BEAT_S: Final = 1.0
GONE_MS: Final = 30_000
"""After so long without a beat a worker is surely gone; a busy machine may hold one up for longer than a lease."""
FINISH_S: Final = 2.0
"""How long a partition may take to finish what is in hand: shorter than a lease, which is not renewed meanwhile."""

BEAT_LUA: Final = """
local me, ttl = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, me)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ttl)
local fair = math.ceil((#KEYS - 1) / redis.call('ZCARD', KEYS[1]))
local mine, free = {}, {}
for i = 2, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if holder == me then
    redis.call('PEXPIRE', KEYS[i], ttl)
    table.insert(mine, i - 2)
  elseif not holder then
    table.insert(free, i)
  end
end
for _, i in ipairs(free) do
  if #mine >= fair then break end
  redis.call('SET', KEYS[i], me, 'PX', ttl)
  table.insert(mine, i - 2)
end
return {mine, fair}
"""

RELEASE_LUA: Final = """
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
"""


LIVING_LUA: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZCOUNT', KEYS[1], now - tonumber(ARGV[1]), '+inf')
"""


class LeaseLost(Exception):
    """The partition is no longer this worker's, or was not for a moment."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The partitions that this worker holds, and those of them that it should finish with and release."""

    held: frozenset[int]
    surplus: frozenset[int]


class Leases:
    def __init__(self, client: Client, keys: Keys, worker: str) -> None:
        self.worker = worker
        self._client = client
        self._keys = keys
        self._beat = client.register_script(BEAT_LUA)
        self._release = client.register_script(RELEASE_LUA)

    async def beat(self) -> Holding:
        leases = [self._keys.lease(partition) for partition in range(PARTITIONS)]
        held, fair = await self._beat(keys=[self._keys.workers(), *leases], args=[self.worker, LEASE_MS])
        return Holding(frozenset(held), frozenset(sorted(held)[fair:]))

    async def release(self, *partitions: int) -> None:
        if partitions:
            await self._release(keys=[self._keys.lease(partition) for partition in partitions], args=[self.worker])

    async def leave(self) -> None:
        """The worker stops: its partitions are free at once."""
        await self.release(*range(PARTITIONS))
        await self._client.zrem(self._keys.workers(), self.worker)


async def forget_all(client: Client, keys: Keys) -> None:
    """For a store that no other process can reach: leases left by a killed process need not run out."""
    await client.delete(keys.workers(), *(keys.lease(partition) for partition in range(PARTITIONS)))


async def hold_all(client: Client, keys: Keys, holder: str) -> None:
    """Takes every partition away from its worker for one lease: nobody commits meanwhile."""
    pipe = client.pipeline(transaction=True)
    for partition in range(PARTITIONS):
        pipe.set(keys.lease(partition), holder, px=LEASE_MS)
    await pipe.execute()


async def release_all(client: Client, keys: Keys, holder: str) -> None:
    await Leases(client, keys, holder).release(*range(PARTITIONS))


async def living(client: Client, keys: Keys) -> int:
    """How many workers are, or may be, at work: one that stops says so, one that was killed counts for a while."""
    script = client.register_script(LIVING_LUA)
    return int(await script(keys=[keys.workers()], args=[GONE_MS]))
