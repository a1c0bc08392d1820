"""Nothing about people is kept for longer than the settings say: once a day, by whichever process comes first.

Sessions, references and the like run out by themselves; here goes what would stay.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from bot.model import Incident, PersonId
from bot.settings import Keep
from bot.store.anonymous import make_anonymous
from bot.store.codec import INCIDENT
from bot.store.connection import Client
from bot.store.keys import Keys

DAY_MS: Final = 24 * 3600 * 1000
CLAIM_S: Final = 2 * 24 * 3600
LOOK_BACK_DAYS: Final = 800
"""How far before its limit the job looks for days that were not cleared: no bot is switched off for longer."""
PAGE: Final = 200


async def claim_day(client: Client, keys: Keys, day: date) -> bool:
    """True for one process only."""
    return bool(await client.set(keys.kept(day), "1", nx=True, ex=CLAIM_S))


async def give_day_back(client: Client, keys: Keys, day: date) -> None:
    """After a failure: to be tried again."""
    await client.delete(keys.kept(day))


async def clear_out(client: Client, keys: Keys, keep: Keep, zone: ZoneInfo, now_ms: int) -> dict[str, int]:
    """Removes what is older than `keep`; returns how much of each. Doing it twice changes nothing."""
    words_from = f"{now_ms - keep.words * DAY_MS}-0"
    return {
        "complaints": await _complaints(client, keys, keep.complaints, zone, now_ms),
        "incident reports": await _incident_reports(client, keys, now_ms - keep.complaints * DAY_MS),
        "tickets": await _tickets(client, keys, now_ms - keep.tickets * DAY_MS),
        "reviews": int(await client.xtrim(keys.reviews(), minid=words_from, approximate=False)),
        "dead letters": int(await client.xtrim(keys.dead_letters(), minid=words_from, approximate=False)),
        "names": await _names(client, keys, now_ms - keep.people * DAY_MS),
    }


async def _complaints(client: Client, keys: Keys, days: int, zone: ZoneInfo, now_ms: int) -> int:
    last = datetime.fromtimestamp(now_ms / 1000, zone).date() - timedelta(days=days + 1)
    old = [last - timedelta(days=back) for back in range(LOOK_BACK_DAYS)]
    pipe = client.pipeline(transaction=False)
    for day in old:
        pipe.zrange(keys.cases_of(day), 0, -1)
    limit = datetime.combine(last + timedelta(days=1), time(), zone)
    await client.zremrangebyscore(keys.returned(), "-inf", f"({limit.timestamp() * 1000}")
    removed = 0
    for day, cases in zip(old, await pipe.execute(), strict=True):
        if cases:
            removed += int(await client.delete(keys.cases_of(day), *(keys.case(case) for case in cases))) - 1
    return removed


async def _incident_reports(client: Client, keys: Keys, before_ms: int) -> int:
    removed = 0
    for number in range(1, int(await client.get(keys.last_incident()) or 0) + 1):
        text = await client.get(keys.incident(number))
        incident: Incident | None = INCIDENT.validate_json(text) if text else None
        if incident is None or (incident.ended_ms or before_ms) < before_ms:
            removed += int(await client.delete(keys.incident_reporters(number)))
    return removed


async def _tickets(client: Client, keys: Keys, before_ms: int) -> int:
    """The oldest first; those that are open keep their names."""
    open_now = {str(number) for number in await client.zrange(keys.open_tickets(), 0, -1)}
    found = await client.zrange(keys.named_tickets(), "-inf", f"({before_ms}", byscore=True)
    numbers = [int(str(number)) for number in found if str(number) not in open_now]
    for number in numbers:
        await make_anonymous(client, keys, number)
    return len(numbers)


async def _names(client: Client, keys: Keys, before_ms: int) -> int:
    """Whoever has a role keeps the name."""
    found = cast("list[str]", await client.zrange(keys.heard(), "-inf", f"({before_ms}", byscore=True))
    staff = await client.hkeys(keys.roles())
    gone = [PersonId(person) for person in found if person not in staff]
    for begin in range(0, len(gone), PAGE):
        page = gone[begin : begin + PAGE]
        pipe = client.pipeline(transaction=True)
        pipe.hdel(keys.names(), *page)
        pipe.zrem(keys.heard(), *page)
        await pipe.execute()
    return len(gone)
