"""One message's turn: read what it needs, let the dialogue decide, commit. On a conflict, all over again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot import metrics
from bot.dialogue import burst
from bot.dialogue.alike import opened
from bot.dialogue.decide import decide
from bot.dialogue.wants import wants
from bot.language.reload import LiveKnowledge
from bot.model import Decision, Echo, Incoming, Meaning, Message, MessageId, TimerDue
from bot.store.commit import Commit
from bot.store.commits import Commits
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.leases import LeaseLost
from bot.store.load import Loaded, Loader
from bot.store.streams import Entry
from bot.store.transaction import Conflict, Transaction, discard
from bot.worker.ears import Ears
from bot.worker.names import Names

MOST_PICTURES: Final = 2
"""Of one message that are read."""
ReadPicture = Callable[[str], Awaitable[str]]
"""Address → what stands in the picture, '' when it cannot be read."""
MAX_CONFLICTS: Final = 50
FIRST_PAUSE_S: Final = 0.001
LONGEST_PAUSE_S: Final = 0.1
NOTHING_SAID: Final = Meaning(verdict="silent")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hands:
    """What deciding about messages takes."""

    client: Client
    keys: Keys
    worker: str
    loader: Loader
    commit: Commit
    commits: Commits
    live: LiveKnowledge
    ears: Ears
    names: Names


class Turn:
    def __init__(self, hands: Hands, read_picture: ReadPicture | None = None) -> None:
        self._hands = hands
        self._client = hands.client
        self._keys = hands.keys
        self._ears = hands.ears
        self._read_picture = read_picture
        self._numbering = asyncio.Lock()
        """Who opens a ticket takes the next number: within a process one after the other, instead of by conflict."""

    async def holds(self, partition: int) -> bool:
        return await self._client.get(self._keys.lease(partition)) == self._hands.worker

    def person_of(self, entry: Entry) -> str:
        return self.lane_of(entry)[0]

    def lane_of(self, entry: Entry) -> tuple[str, bool]:
        """Whose message it is, and whether it takes seconds because it holds a picture."""
        try:
            incoming = self._ears.incoming(entry)
        except (ValueError, KeyError):
            return "", False
        return person_of(incoming), isinstance(incoming, Message) and bool(self._pictures(incoming))

    async def take(self, partition: int, entry: Entry) -> None:
        """Returns when the entry is done with. Raises LeaseLost, and what the store raises."""
        incoming = await self._looked_at(self._ears.incoming(entry))
        for met in range(MAX_CONFLICTS):
            try:
                await self._once(partition, entry, incoming)
            except Conflict as conflict:
                if conflict.name == "lease":
                    raise LeaseLost from None
                if conflict.name == "done":
                    await self.drop(entry)
                    return
                # many who want the same thing (the next ticket's number) would otherwise meet again and again
                await asyncio.sleep(random.uniform(0, min(FIRST_PAUSE_S * 2**met, LONGEST_PAUSE_S)))
            else:
                return
        raise RuntimeError(f"entry {entry.id} met {MAX_CONFLICTS} conflicts in a row")

    async def _once(self, partition: int, entry: Entry, incoming: Incoming | None) -> None:
        if incoming is None:
            await self.drop(entry)
            return
        at_ms = int(entry.fields["at"])
        if isinstance(incoming, Message):
            if not self._ears.listens(incoming.chat):
                await self.drop(entry)
                return
            await self._hands.names.learn(incoming.chat, incoming.sender)
        meaning = self._understand(incoming)
        knowledge = self._hands.live.knowledge
        loaded = await self._load(incoming, meaning, at_ms)
        if loaded.done:
            await self.drop(entry)
            return
        id_, whole = incoming.id, burst.joined(incoming, loaded.memory)
        if whole:
            meant = burst.weigh(meaning, self._understand(whole))
            incoming, meaning = burst.worded(incoming, meaning, whole), meant
            loaded = await self._load(incoming, meaning, at_ms)
        decision = decide(incoming, meaning, loaded.memory, knowledge)
        ticket = opened(decision, loaded.memory)
        if ticket is None:
            await self._write(partition, entry, id_, incoming, loaded, decision)
        else:
            async with self._numbering:
                solved, last = await self._hands.loader.before_ticket(ticket.intent)
                loaded = replace(loaded, memory=replace(loaded.memory, solved=solved, next_ticket=last + 1))
                decision = decide(incoming, meaning, loaded.memory, knowledge)
                await self._write(partition, entry, id_, incoming, loaded, decision)
        tell(incoming, meaning, decision)

    async def _write(
        self, partition: int, entry: Entry, id_: MessageId, incoming: Incoming, loaded: Loaded, decision: Decision
    ) -> None:
        """`id_` is the message of the entry; `incoming` may hold earlier ones, too."""
        at_ms = int(entry.fields["at"])
        transaction = Transaction()
        transaction.expect("lease", self._hands.worker, "GET", self._keys.lease(partition))
        transaction.expect("done", None, "GET", self._keys.done(id_))
        loaded.expect_unchanged(transaction, decision)
        commit = self._hands.commit
        commit.write(transaction, decision, incoming.id, loaded.memory.tickets)
        if isinstance(incoming, Message):
            commit.heard(transaction, incoming, at_ms)
        commit.finish(transaction, entry, id_)
        await self._hands.commits.make(transaction)

    async def _load(self, incoming: Incoming, meaning: Meaning, at_ms: int) -> Loaded:
        loader = self._hands.loader
        return await loader.load(incoming, wants(incoming, meaning, at_ms, loader.zone), at_ms)

    def _understand(self, incoming: Incoming) -> Meaning:
        return self._ears.meaning(incoming) if isinstance(incoming, Message) else NOTHING_SAID

    def _pictures(self, message: Message) -> tuple[str, ...]:
        if self._read_picture is None or not self._ears.listens(message.chat):
            return ()
        return tuple(each.url for each in message.attachments if each.kind == "image" and each.url)[:MOST_PICTURES]

    async def _looked_at(self, incoming: Incoming | None) -> Incoming | None:
        """With what is read in its pictures; their text goes no further than here."""
        if not isinstance(incoming, Message) or self._read_picture is None:
            return incoming
        addresses = self._pictures(incoming)
        if not addresses or await self._client.exists(self._keys.done(incoming.id)):
            return incoming
        texts = [await self._read_picture(address) for address in addresses]
        return replace(incoming, reading=self._hands.live.matcher.look("\n".join(texts)))

    async def drop(self, entry: Entry) -> None:
        """Takes it out of the inbox, with nothing done."""
        transaction = Transaction()
        discard(transaction, entry)
        await self._hands.commits.make(transaction)


def person_of(incoming: Incoming | None) -> str:
    """Whose messages stay in order with this one."""
    if isinstance(incoming, Message):
        return incoming.sender
    if isinstance(incoming, TimerDue):
        return incoming.timer.person
    return incoming.chat.id if isinstance(incoming, Echo) else ""


def tell(incoming: Incoming, meaning: Meaning, decision: Decision) -> None:
    event = type(incoming).__name__
    metrics.message_done(event, decision.outcome)
    log.info(
        "message done",
        message=incoming.id,
        kind=event,
        outcome=decision.outcome,
        intent=meaning.intent,
        confidence=round(meaning.confidence, 3),
        replies=len(decision.replies),
    )
