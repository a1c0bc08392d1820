"""The messages that somebody should look at, and what people taught from them: examples and new errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast

from pydantic import TypeAdapter

from bot.language.intent_file import Written
from bot.language.teaching import Taught
from bot.model import IntentId, PersonId, Review
from bot.store.codec import CASE, REVIEW, to_json
from bot.store.connection import Client
from bot.store.keys import Keys


@dataclass(frozen=True, slots=True)
class Stored:
    files: Written
    by: str
    at_ms: int


_STORED: Final = TypeAdapter(Stored)
MOST_READ: Final = 3_000
"""Of the newest; those that were handled make room for older ones."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """An example that somebody accepted, or an error that they described."""

    text: str
    label: IntentId
    by: str
    at_ms: int
    """0 where nobody noted it."""
    is_error: bool = False


async def read_taught(client: Client, keys: Keys) -> Taught:
    pipe = client.pipeline(transaction=False)
    pipe.hgetall(keys.taught())
    pipe.hgetall(keys.taught_errors())
    examples, errors = await pipe.execute()
    return Taught(
        {text: IntentId(_told(value)[0]) for text, value in examples.items()},
        {IntentId(id_): _STORED.validate_json(value).files for id_, value in errors.items()},
    )


async def read_lessons(client: Client, keys: Keys) -> list[Lesson]:
    """The newest first."""
    pipe = client.pipeline(transaction=False)
    pipe.hgetall(keys.taught())
    pipe.hgetall(keys.taught_errors())
    examples, errors = await pipe.execute()
    found = []
    for text, value in examples.items():
        label, by, at_ms = _told(value)
        found.append(Lesson(text, IntentId(label), by, at_ms))
    for id_, value in errors.items():
        stored = _STORED.validate_json(value)
        found.append(Lesson(id_, IntentId(id_), stored.by, stored.at_ms, is_error=True))
    return sorted(found, key=lambda lesson: -lesson.at_ms)


async def teach(client: Client, keys: Keys, new: Taught, handled: Iterable[str], *, by: PersonId, at_ms: int) -> None:
    """Stores what was taught and takes the reviews that it comes from off the list, in one step."""
    pipe = client.pipeline(transaction=True)
    if new.examples:
        pipe.hset(keys.taught(), mapping={text: f"{label}|{by}|{at_ms}" for text, label in new.examples.items()})
    for id_, files in new.errors.items():
        pipe.hset(keys.taught_errors(), str(id_), to_json(_STORED, Stored(files, by, at_ms)))
    for each in handled:
        pipe.xdel(keys.reviews(), each)
    await pipe.execute()


async def forget(client: Client, keys: Keys, lesson: Lesson) -> None:
    """An error goes with its examples."""
    pipe = client.pipeline(transaction=True)
    if lesson.is_error:
        pipe.hdel(keys.taught_errors(), lesson.label)
        examples = (await read_taught(client, keys)).examples
        gone = [text for text, label in examples.items() if label == lesson.label]
    else:
        gone = [lesson.text]
    if gone:
        pipe.hdel(keys.taught(), *gone)
    await pipe.execute()


async def forget_teacher(client: Client, keys: Keys, person: PersonId) -> None:
    """What they taught stays, without their name."""
    for lesson in await read_lessons(client, keys):
        if lesson.by == person and lesson.is_error:
            stored = _STORED.validate_json(await client.hget(keys.taught_errors(), lesson.label) or "")
            await client.hset(keys.taught_errors(), lesson.label, to_json(_STORED, replace(stored, by="")))
        elif lesson.by == person:
            await client.hset(keys.taught(), lesson.text, f"{lesson.label}||{lesson.at_ms}")


def _told(value: str) -> tuple[str, str, int]:
    """What an example means, who taught it, and when; the first versions stored only the meaning."""
    label, _, rest = value.partition("|")
    by, _, at_ms = rest.partition("|")
    return label, by, int(at_ms or 0)


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
