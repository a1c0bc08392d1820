"""The messages that somebody should look at, and what people taught from them: one hash, text → what it means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import cast

from bot.language.teaching import Taught
from bot.model import IntentId, Review
from bot.store.codec import CASE, REVIEW
from bot.store.connection import Client
from bot.store.keys import Keys

MOST_READ = 3_000
"""Of the newest; those that were handled make room for older ones."""


async def read_taught(client: Client, keys: Keys) -> Taught:
    found = await client.hgetall(keys.taught())
    return {str(text): IntentId(str(label)) for text, label in found.items()}


async def teach(client: Client, keys: Keys, new: Taught, handled: Iterable[str]) -> None:
    """Stores examples and takes the reviews that they come from off the list, in one step."""
    pipe = client.pipeline(transaction=True)
    if new:
        pipe.hset(keys.taught(), mapping={text: str(label) for text, label in new.items()})
    for id_ in handled:
        pipe.xdel(keys.reviews(), id_)
    await pipe.execute()


async def read_reviews(client: Client, keys: Keys) -> dict[str, Review]:
    """By the id of their entry, the newest first."""
    found = await client.xrevrange(keys.reviews(), count=MOST_READ)
    entries = cast("list[tuple[str, dict[str, str]]]", found)
    return {id_: REVIEW.validate_json(fields["review"]) for id_, fields in entries}


async def words_of(client: Client, keys: Keys, day: date) -> list[str]:
    """The complaints of a day as they were written, masked."""
    ids = [str(id_) for id_ in await client.zrange(keys.cases_of(day), 0, -1)]
    if not ids:
        return []
    texts = cast(list[str | None], await client.mget([keys.case(id_) for id_ in ids]))
    return [CASE.validate_json(text).words for text in texts if text]
