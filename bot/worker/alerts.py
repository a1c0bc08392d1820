"""Tells the supervisors, once an hour at most, that something was set aside and a person must look at it."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from redis.exceptions import RedisError

from bot.language.reload import LiveKnowledge
from bot.model import Chat, Decision, MessageId, Reply
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.transaction import Conflict, Transaction
from bot.worker.patience import stopped_within

LOOK_S: Final = 5.0
QUIET_S: Final = 3600
"""Between two alerts; and there is no second one about the same letters."""
KEPT_S: Final = 30 * 24 * 3600
LOOKED_AT: Final = 100
ALERT: Final = "alert-"
"""So begin the ids of these replies."""
log = structlog.get_logger(__name__)


async def run_alerts(client: Client, keys: Keys, commit: Commit, live: LiveKnowledge, stopping: asyncio.Event) -> None:
    while not await stopped_within(stopping, LOOK_S):
        try:
            await alert_once(client, keys, commit, live)
        except (RedisError, OSError) as error:
            log.warning("alerts stand still", error=str(error))


async def alert_once(client: Client, keys: Keys, commit: Commit, live: LiveKnowledge) -> None:
    """By whichever process is the first: the others find that it was told."""
    told, quiet = keys.alerted("last-letter"), keys.alerted("quiet")
    pipe = client.pipeline(transaction=False)
    pipe.xlen(keys.dead_letters())
    pipe.xrevrange(keys.dead_letters(), count=LOOKED_AT)
    pipe.get(told)
    pipe.exists(quiet)
    pipe.hgetall(keys.roles())
    count, letters, known, is_quiet, roles = await pipe.execute()
    # an alert that does not reach a supervisor is no news
    newest = next((id_ for id_, fields in letters if not fields.get("id", "").startswith(ALERT)), None)
    if newest in (None, known) or is_quiet:
        return
    text = live.knowledge.phrases.say("alert.dead_letters", count=count)
    supervisors = sorted(person for person, role in roles.items() if role == "supervisor")
    transaction = Transaction()
    transaction.expect("told", known, "GET", told)
    transaction.write("SET", told, newest, "EX", KEPT_S)
    transaction.write("SET", quiet, "1", "EX", QUIET_S)
    replies = tuple(Reply(Chat("private", person), text) for person in supervisors)
    commit.write(transaction, Decision(replies=replies), MessageId(f"{ALERT}{newest}"), {})
    try:
        await transaction.commit(client)
    except Conflict:
        return
    log.error("supervisors alerted", dead_letters=count)
