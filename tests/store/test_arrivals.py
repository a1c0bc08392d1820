"""Events that arrive at once: stored in few round trips, in their order, each told whether it was."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.store.arrivals import Arrivals
from bot.store.keys import Keys, partition_of

KEYS = Keys("oa")
PEOPLE = [f"person-{number}" for number in range(40)]


async def test_a_burst_is_stored_in_few_round_trips_and_in_its_order(redis_client: Redis) -> None:
    arrivals = Arrivals(redis_client, KEYS)
    before: dict[str, Any] = await redis_client.info("stats")
    await asyncio.gather(*(arrivals.append(person, f"{turn}", turn) for turn in range(25) for person in PEOPLE))
    after: dict[str, Any] = await redis_client.info("stats")
    assert after["total_reads_processed"] - before["total_reads_processed"] < 50
    for person in PEOPLE:
        kept: Any = await redis_client.xrange(KEYS.inbox(partition_of(person)))
        said = [int(fields["at"]) for _, fields in kept]
        assert sorted(said) == said
        assert len(said) == 25 * sum(partition_of(other) == partition_of(person) for other in PEOPLE)


async def test_what_cannot_be_stored_is_told_to_the_one_whom_it_concerns(redis_client: Redis) -> None:
    wrong = KEYS.inbox(partition_of(PEOPLE[0]))
    await redis_client.set(wrong, "no stream")
    arrivals = Arrivals(redis_client, KEYS)
    told = await asyncio.gather(*(arrivals.append(person, "", 0) for person in PEOPLE), return_exceptions=True)
    for person, answer in zip(PEOPLE, told, strict=True):
        refused = KEYS.inbox(partition_of(person)) == wrong
        assert isinstance(answer, ResponseError) if refused else answer is None


async def test_after_a_failure_the_next_event_is_stored(redis_client: Redis) -> None:
    arrivals = Arrivals(redis_client, KEYS)
    await asyncio.gather(*(arrivals.append(person, "", 0) for person in PEOPLE))
    waiting = asyncio.create_task(arrivals.append(PEOPLE[0], "", 0))
    await asyncio.sleep(0)
    waiting.cancel()
    await arrivals.append(PEOPLE[0], "last", 1)
    ((_, newest),) = cast(Any, await redis_client.xrevrange(KEYS.inbox(partition_of(PEOPLE[0])), count=1))
    assert newest["body"] == "last"
