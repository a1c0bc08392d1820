"""What could not be done after the last try: set aside with its reason, so that the rest goes on.

Nothing is lost: it can be looked at, tried again or dropped.
"""

from __future__ import annotations

from bot.language.privacy import mask
from bot.store.connection import Client
from bot.store.keys import CONSUMER_GROUP, Keys
from bot.store.streams import Entry


async def bury(client: Client, keys: Keys, entry: Entry, reason: str) -> None:
    """Moves an entry from its stream to the dead letters."""
    pipe = client.pipeline(transaction=True)
    pipe.xadd(keys.dead_letters(), {**entry.fields, "stream": entry.key, "reason": mask(reason)})  # type: ignore[dict-item]
    pipe.xack(entry.key, CONSUMER_GROUP, entry.id)
    pipe.xdel(entry.key, entry.id)
    pipe.hdel(keys.attempts(), f"{entry.key}/{entry.id}")
    await pipe.execute()


async def count_attempt(client: Client, keys: Keys, entry: Entry) -> int:
    """How often this entry was begun and not finished, this time included."""
    return int(await client.hincrby(keys.attempts(), f"{entry.key}/{entry.id}", 1))
