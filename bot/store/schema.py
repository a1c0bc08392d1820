"""Which version of the bot wrote the store. A newer bot brings it up to date when it starts; an older one refuses.

Most changes need no step here: fields that are new take their defaults, and unknown ones are dropped (codec.py). A step
is for what must be written anew, such as an index. Each may be done twice, by a process that finds it half done.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

import structlog

from bot.language.codes import unit_of_codes
from bot.model import Case, PersonId
from bot.store.codec import CASE, INCIDENT
from bot.store.commit import CASE_S, SESSION_S, note_returns
from bot.store.connection import Client
from bot.store.fitness import UnfitStore
from bot.store.keys import Keys
from bot.store.traces import trace_case, trace_person_session
from bot.store.transaction import Transaction

CURRENT: Final = 4
UNMARKED: Final = 1
"""What a store without a mark was written by."""
RESTORING: Final = "restoring"
LOCK_MS: Final = 60_000
POLL_S: Final = 0.1
PAGE: Final = 500
LOOK_BACK_DAYS: Final = 3650
"""The longest time that settings allow for complaints."""
log = structlog.get_logger(__name__)


class WrongSchema(UnfitStore):
    """This version of the bot cannot work with what is stored; the text says what to do."""


async def stored_version(client: Client, keys: Keys) -> int:
    """Raises WrongSchema when the store is newer than this bot, or half restored."""
    mark = await client.get(keys.schema())
    if mark is None:
        return UNMARKED if await client.exists(keys.inbox(0)) else CURRENT
    if mark == RESTORING:
        raise WrongSchema("a restore of this store was not finished: do it again")
    version = int(str(mark))
    if version > CURRENT:
        raise WrongSchema(
            f"a newer version of the bot wrote this store (schema {version}, this one knows {CURRENT}):"
            " start that version, or restore an older backup"
        )
    return version


async def bring_up_to_date(client: Client, keys: Keys, zone: ZoneInfo) -> None:
    """One process does it, the others wait. Raises WrongSchema."""
    while await stored_version(client, keys) < CURRENT:
        if not await client.set(keys.schema_lock(), "1", nx=True, px=LOCK_MS):
            await asyncio.sleep(POLL_S)
            continue
        try:
            version = await stored_version(client, keys)
            if version < CURRENT:
                log.info("store is brought up to date", schema=version, to=version + 1)
                await STEPS[version](client, keys, zone)
                await client.set(keys.schema(), version + 1)
        finally:
            await client.delete(keys.schema_lock())
    await client.set(keys.schema(), CURRENT, nx=True)


async def _find_people(client: Client, keys: Keys, zone: ZoneInfo) -> None:
    """1 → 2: the indexes by which a person's data is found, and tickets that have to lose their names one day.

    The bot's messages of the last days are not found again: what quotes of them stand for runs out within two weeks.
    """
    tickets = await client.zrange(keys.all_tickets(), 0, -1, withscores=True)
    for begin in range(0, len(tickets), PAGE):
        page = cast("list[tuple[str, float]]", tickets[begin : begin + PAGE])
        await client.zadd(keys.named_tickets(), dict(page))
    now_ms = time.time_ns() // 1_000_000
    names = await client.hkeys(keys.names())
    if names:
        await client.zadd(keys.heard(), {str(person): now_ms for person in names}, nx=True)
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    for back in range(-1, LOOK_BACK_DAYS):
        ids = await client.zrange(keys.cases_of(today - timedelta(days=back)), 0, -1)
        texts = await client.mget([keys.case(str(id_)) for id_ in ids]) if ids else []
        cases = [CASE.validate_json(text) for text in texts if text]
        if cases:
            await _trace(client, keys, cases)


async def _index_returns(client: Client, keys: Keys, zone: ZoneInfo) -> None:
    """2 → 3: complaints that came back, and complaints by hour, which the day page counted by itself before."""
    today = datetime.now(zone).date()
    for back in range(-1, LOOK_BACK_DAYS):
        day = today - timedelta(days=back)
        ids = await client.zrange(keys.cases_of(day), 0, -1)
        texts = await client.mget([keys.case(str(id_)) for id_ in ids]) if ids else []
        transaction, hours = Transaction(), Counter[str]()
        for case in (CASE.validate_json(text) for text in texts if text):
            hour = datetime.fromtimestamp(case.opened_ms / 1000, zone).hour
            hours[f"{hour}|{unit_of_codes(case.codes)}"] += 1
            note_returns(transaction, keys, case)
        if hours:
            transaction.write("HSET", keys.hours(day), *(word for pair in hours.items() for word in pair))
            await transaction.commit(client)


async def _number_incidents(client: Client, keys: Keys, zone: ZoneInfo) -> None:
    """3 → 4: open incidents by number; before, there was one of each error."""
    for field, text in cast("dict[str, str]", await client.hgetall(keys.incidents())).items():
        transaction = Transaction()
        transaction.write("HDEL", keys.incidents(), field)
        transaction.write("HSET", keys.incidents(), INCIDENT.validate_json(text).number, text)
        await transaction.commit(client)


async def _trace(client: Client, keys: Keys, cases: list[Case]) -> None:
    transaction = Transaction()
    for case in cases:
        trace_case(transaction, keys, case, CASE_S)
        trace_person_session(transaction, keys, case.chat, PersonId(case.person), case.opened_ms, SESSION_S)
    await transaction.commit(client)


Step = Callable[[Client, Keys, ZoneInfo], Awaitable[None]]
STEPS: Final[Mapping[int, Step]] = {1: _find_people, 2: _index_returns, 3: _number_incidents}
"""From the version that is named to the next."""
