"""After an outage of our own: reads each group's history back to the last message that was seen, and puts what was
missed into the inbox, once, marked as late. What came by webhook all the same is known by its id."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import structlog

from bot.language.privacy import mask
from bot.model import STAFF
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.streams import append_to_inbox
from bot.zalo.client import HISTORY_PAGE, Past, ZaloClient
from bot.zalo.errors import ZaloError

OUTAGE_MS: Final = 60_000
"""A service that was away for less has missed nothing that Zalo does not send again."""
LOCK_MS: Final = 300_000
MOST_PAGES: Final = 50
log = structlog.get_logger(__name__)


async def catch_up(client: Client, keys: Keys, zalo: ZaloClient, app_id: str, now_ms: int) -> int:
    """Returns how many messages were found. Raises what the store raises."""
    alive_ms = int(await client.get(keys.alive()) or now_ms)
    if now_ms - alive_ms < OUTAGE_MS or not await client.set(keys.catching_up(), "1", nx=True, px=LOCK_MS):
        return 0
    roles = await client.hgetall(keys.roles())
    staff = {person for person, role in roles.items() if role in STAFF}
    found = 0
    for group, last_ms in (await client.hgetall(keys.last_seen())).items():
        try:
            missed = await _missed(zalo, str(group), int(last_ms), keys.oa_id)
        except ZaloError as error:
            log.warning("history not read", group=group, reason=str(error))
            continue
        for number, past in enumerate(missed):
            answered = past.sender not in staff and any(later.sender in staff for later in missed[number + 1 :])
            body = _event(past, str(group), app_id, keys.oa_id, answered=answered)
            await append_to_inbox(client, keys, person=past.sender, body=body, at_ms=now_ms)
        found += len(missed)
    if found:
        log.info("caught up", messages=found, away_s=(now_ms - alive_ms) // 1000)
    return found


async def _missed(zalo: ZaloClient, group: str, last_ms: int, oa_id: str) -> Sequence[Past]:
    """People's texts since the moment `last_ms`, oldest first."""
    found: dict[str, Past] = {}
    for page in range(MOST_PAGES):
        pasts = await zalo.group_history(group, page * HISTORY_PAGE)
        new = [past for past in pasts if past.sent_ms > last_ms]
        found |= {past.id: past for past in new if past.id and past.sender not in ("", oa_id) and past.text}
        if len(new) < HISTORY_PAGE:
            break
    return sorted(found.values(), key=lambda past: past.sent_ms)


def _event(past: Past, group: str, app_id: str, oa_id: str, *, answered: bool) -> str:
    return json.dumps(
        {
            "app_id": app_id,
            "oa_id": oa_id,
            "event_name": "user_send_group_text",
            "timestamp": str(past.sent_ms),
            "sender": {"id": past.sender},
            "recipient": {"id": group},
            "message": {"msg_id": past.id, "text": mask(past.text)},
            "answered": answered,
        },
        ensure_ascii=False,
    )
