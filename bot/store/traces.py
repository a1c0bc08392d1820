"""Where a person's data lies: an index beside it, written with it, so that it is found without a look at every key.

Tickets have an index of their own (`tickets_by`); roles, names and timers stand in one hash each.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from redis.asyncio.client import Pipeline
from redis.asyncio.cluster import ClusterPipeline

from bot.model import Case, Chat, MessageId, PersonId, Session
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.transaction import Transaction

Pipe: TypeAlias = "Pipeline | ClusterPipeline"


@dataclass(frozen=True, slots=True)
class Traces:
    """Ids of complaints, chats with a conversation, and the bot's messages about the person."""

    cases: tuple[str, ...]
    chats: tuple[Chat, ...]
    messages: tuple[MessageId, ...]


def trace_session(transaction: Transaction, keys: Keys, session: Session, kept_s: int) -> None:
    trace_person_session(transaction, keys, session.chat, session.person, session.updated_ms, kept_s)


def trace_person_session(
    transaction: Transaction, keys: Keys, chat: Chat, person: PersonId, at_ms: int, kept_s: int
) -> None:
    transaction.index(keys.traces(person), f"session|{chat.kind}|{chat.id}", at_ms + kept_s * 1000, kept_s)


def trace_case(transaction: Transaction, keys: Keys, case: Case, kept_s: int) -> None:
    transaction.write("ZREMRANGEBYSCORE", keys.traces(case.person), "-inf", case.opened_ms)
    transaction.index(keys.traces(case.person), f"case|{case.id}", case.opened_ms + kept_s * 1000, kept_s)


def trace_message(transaction: Transaction, keys: Keys, person: PersonId, message: MessageId, kept_s: int) -> None:
    """A message of the bot, whose quote stands for this person's conversation."""
    until_ms = time.time_ns() // 1_000_000 + kept_s * 1000
    transaction.index(keys.traces(person), f"ref|{message}", until_ms, kept_s)


async def read_traces(client: Client, keys: Keys, person: PersonId) -> Traces:
    found = [str(member).split("|", 2) for member in await client.zrange(keys.traces(person), 0, -1)]
    return Traces(
        cases=tuple(rest[0] for kind, *rest in found if kind == "case"),
        chats=tuple(
            Chat(cast(Literal["group", "private"], rest[0]), rest[1]) for kind, *rest in found if kind == "session"
        ),
        messages=tuple(MessageId("|".join(rest)) for kind, *rest in found if kind == "ref"),
    )
