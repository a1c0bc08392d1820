"""One reply as it lies in the outbox, and what happens to it when Zalo took it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Literal, cast

from bot.model import Button, Chat, MessageId, PersonId
from bot.store.codec import BUTTONS, REF
from bot.store.commits import Commits
from bot.store.keys import Keys
from bot.store.streams import Entry
from bot.store.traces import trace_message
from bot.store.transaction import Transaction, discard

REF_S: Final = 14 * 24 * 3600
"""For so long a quote of one of the bot's messages is understood."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    entry: Entry
    id: str
    chat: Chat
    text: str
    quote: MessageId | None
    ref: str
    """JSON of the Ref that a quote of this message stands for."""
    chart: str
    """JSON of a Chart to be drawn, or empty."""
    buttons: tuple[Button, ...]
    answers: str
    """Where its time counts, the error and the moment of the complaint of which it is the first answer, or empty."""
    doubtful: bool = False
    """Somebody began to send it before, and nobody knows how that ended."""


def decode(entry: Entry, *, doubtful: bool = False) -> Outgoing:
    fields = entry.fields
    kind, _, chat_id = fields["chat"].partition(":")
    return Outgoing(
        entry=entry,
        id=fields["id"],
        chat=Chat(cast(Literal["group", "private"], kind), chat_id),
        text=fields["text"],
        quote=MessageId(fields["quote"]) if fields["quote"] else None,
        ref=fields["ref"],
        chart=fields["chart"],
        buttons=BUTTONS.validate_json(fields["buttons"]) if fields.get("buttons") else (),
        answers=fields.get("answers", ""),
        doubtful=doubtful,
    )


class Sent:
    """Takes replies out of the outbox and remembers what quotes of them stand for."""

    def __init__(self, commits: Commits, keys: Keys) -> None:
        self._commits = commits
        self._keys = keys

    async def mark(self, outgoing: Outgoing, message_id: MessageId | None) -> None:
        """`message_id`: under which Zalo took it, if it said so. Raises RedisError and OSError."""
        transaction = Transaction()
        if message_id:
            self._remember(transaction, outgoing, message_id)
        if outgoing.answers:
            key, intent, opened_ms = outgoing.answers.split(" ")
            seconds = max(0, time.time_ns() // 1_000_000 - int(opened_ms)) // 1000
            transaction.write("HINCRBY", key, f"{intent}|{seconds}", 1)
        discard(transaction, outgoing.entry)
        await self._commits.make(transaction)

    def _remember(self, transaction: Transaction, outgoing: Outgoing, message_id: MessageId) -> None:
        transaction.write("SET", self._keys.ref(message_id), f"bot|{outgoing.ref}", "EX", REF_S)
        ref = REF.validate_json(outgoing.ref)
        named = {ref.person, PersonId(ref.chat.id) if ref.chat.kind == "private" else None}
        for person in filter(None, named):
            trace_message(transaction, self._keys, person, message_id, REF_S)
