"""One reply as it lies in the outbox, and what happens to it when Zalo took it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Literal, cast

from bot.model import Button, Chat, MessageId, PersonId
from bot.store.codec import BUTTONS, REF
from bot.store.connection import Client
from bot.store.keys import CONSUMER_GROUP, Keys
from bot.store.streams import Entry
from bot.store.traces import trace_message

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


async def mark_sent(client: Client, keys: Keys, outgoing: Outgoing, message_id: MessageId | None) -> None:
    """Takes the reply out of the outbox and remembers what a quote of it stands for."""
    pipe = client.pipeline(transaction=True)
    if message_id:
        pipe.set(keys.ref(message_id), f"bot|{outgoing.ref}", ex=REF_S)
        ref = REF.validate_json(outgoing.ref)
        named = {ref.person, PersonId(ref.chat.id) if ref.chat.kind == "private" else None}
        for person in filter(None, named):
            trace_message(pipe, keys, person, message_id, REF_S)
    if outgoing.answers:
        key, intent, opened_ms = outgoing.answers.split(" ")
        seconds = max(0, time.time_ns() // 1_000_000 - int(opened_ms)) // 1000
        pipe.hincrby(key, f"{intent}|{seconds}", 1)
    pipe.xack(outgoing.entry.key, CONSUMER_GROUP, outgoing.entry.id)
    pipe.xdel(outgoing.entry.key, outgoing.entry.id)
    await pipe.execute()
