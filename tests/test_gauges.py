"""/metrics tells how long things wait, and how the desk stands."""

from __future__ import annotations

import time

from bot.metrics import REGISTRY
from bot.model import IntentId, MessageId, PersonId, Reporter, Ticket
from bot.settings import SANDBOX_OA_ID
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.streams import create_groups
from bot.store.transaction import Transaction
from bot.worker.gauges import look
from tests.dialogue.world import GROUP, ZONE

KEYS = Keys(SANDBOX_OA_ID)


def _told(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None
    return value


async def test_what_waits_too_long_shows(redis_client: Client) -> None:
    now_ms = time.time_ns() // 1_000_000
    await create_groups(redis_client, KEYS)
    await redis_client.xadd(KEYS.inbox(3), {"kind": "zalo"}, id=f"{now_ms - 90_000}-0")
    await redis_client.zadd(KEYS.timers(), {"quiet|g|p": now_ms - 30_000})
    await redis_client.xadd(KEYS.dead_letters(), {"reason": "x"})
    await look(redis_client, KEYS)
    assert _told("bot_waiting_entries", stream="inbox") == 1
    assert 90 <= _told("bot_lag_seconds", stream="inbox") < 100
    assert _told("bot_lag_seconds", stream="outbox") == 0
    assert 30 <= _told("bot_timers_late_seconds") < 40
    assert _told("bot_dead_letters") == 1


async def test_open_tickets_show_by_whether_somebody_has_them(redis_client: Client) -> None:
    await create_groups(redis_client, KEYS)
    await redis_client.hset(KEYS.roles(), "t1", "technician")
    transaction = Transaction()
    reporter = Reporter(PersonId("p"), GROUP, MessageId("m"))
    for number in range(1, 4):
        owner = PersonId("t1") if number == 1 else None
        state = "claimed" if owner else "new"
        ticket = Ticket(number, IntentId("misrouted"), state, "x", 1, (reporter,), owner=owner)  # type: ignore[arg-type]
        Commit(KEYS, ZONE).ticket(transaction, ticket, None)
    await transaction.commit(redis_client)
    await look(redis_client, KEYS)
    assert (_told("bot_open_tickets", state="claimed"), _told("bot_open_tickets", state="unclaimed")) == (1, 2)
