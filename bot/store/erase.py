"""Erases what is stored about one person. Tickets stay in anonymous form, and so do the counters, which name nobody."""

from __future__ import annotations

from bot.model import GONE, STAFF, IntentId, PersonId
from bot.store.anonymous import make_anonymous
from bot.store.codec import CASE, INCIDENT, REPORT, to_json
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.personal import Personal, read_personal
from bot.store.teaching import forget_teacher


class StillOnStaff(Exception):
    """Somebody who has a role, or holds tickets, is not erased: others count on them."""


async def erase(client: Client, keys: Keys, person: PersonId) -> Personal:
    """Returns what was stored. Raises StillOnStaff."""
    found = await read_personal(client, keys, person)
    held = await client.scard(keys.tickets_held_by(person))
    if found.role in STAFF or held:
        raise StillOnStaff(f"{person} is {found.role or 'no longer on the staff'} and holds {held} tickets")
    for ticket in found.tickets:
        await make_anonymous(client, keys, ticket.number, (person,))
    await _forget_incidents(client, keys, found)
    await _forget_lately(client, keys, found)
    await forget_teacher(client, keys, person)
    pipe = client.pipeline(transaction=True)
    for session in found.conversations:
        pipe.delete(keys.session(session.chat, person))
    for case in found.complaints:
        pipe.zrem(keys.returned(), case.id)
        pipe.delete(keys.case(case.id), keys.ref(case.id))  # type: ignore[arg-type]
        for code in case.codes:
            pipe.zrem(keys.cases_about(case.intent, code), case.id)
    for message in found.quotable:
        pipe.delete(keys.ref(message))
    for timer in found.timers:
        pipe.zrem(keys.timers(), timer.id)
        pipe.hdel(keys.timer_data(), timer.id)
    for id_ in found.reviews_by_id:
        pipe.xdel(keys.reviews(), id_)
    for id_ in found.failed_by_id:
        pipe.xdel(keys.dead_letters(), id_)
    for text in found.taught:
        pipe.hdel(keys.taught(), text)
    for key in (keys.names(), keys.roles(), keys.page_epochs()):
        pipe.hdel(key, person)
    pipe.srem(keys.away(), person)
    pipe.zrem(keys.heard(), person)
    pipe.delete(keys.place(person), keys.traces(person))
    pipe.delete(keys.tickets_by(person), keys.tickets_held_by(person), keys.tickets_asked(person))
    await pipe.execute()
    return found


async def _forget_incidents(client: Client, keys: Keys, found: Personal) -> None:
    for number in found.incidents:
        await client.hdel(keys.incident_reporters(number), found.person)
    for incident in found.incidents_declared:
        key = keys.incident(incident.number)
        text = await client.get(key)
        if not text:
            continue
        bare = str(text).replace(f'"by":"{found.person}"', f'"by":"{GONE}"')
        await client.set(key, bare, keepttl=True)
        if await client.hget(keys.incidents(), str(incident.number)) == text:
            await client.hset(keys.incidents(), str(incident.number), to_json(INCIDENT, INCIDENT.validate_json(bare)))


async def _forget_lately(client: Client, keys: Keys, found: Personal) -> None:
    """What is kept for some minutes: the last complaint of a group, and the reports that may show an incident."""
    for chat in {case.chat for case in found.complaints}:
        last = await client.get(keys.last_complaint(chat))
        if last and CASE.validate_json(last).person == found.person:
            await client.delete(keys.last_complaint(chat))
    for intent in {IntentId(case.intent) for case in found.complaints if case.intent}:
        for text in map(str, await client.zrange(keys.recent(intent), 0, -1)):
            if REPORT.validate_json(text).reporter.person == found.person:
                await client.zrem(keys.recent(intent), text)
