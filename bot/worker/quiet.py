"""Most of a group's talk needs no answer: what waits together is passed over together, in two round trips.

What the bot would answer, and everything that is not certain to be silent, is left for its own turn. Passing over
changes nothing that a turn could see, so the order of a person's messages holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.dialogue.decide import decide, wants
from bot.dialogue.memory import Memory
from bot.language.reload import LiveKnowledge
from bot.model import Chat, Decision, Incoming, Meaning, Message
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.load import Loader
from bot.store.streams import Entry
from bot.store.transaction import Conflict, Transaction
from bot.worker.names import Names
from bot.worker.turn import decode, person_of, tell, understand

FEWEST: Final = 2
"""One alone is no quicker this way."""


@dataclass(frozen=True, slots=True)
class Heard:
    entry: Entry
    message: Message
    meaning: Meaning

    @property
    def at_ms(self) -> int:
        return int(self.entry.fields["at"])


class Quiet:
    def __init__(
        self,
        client: Client,
        keys: Keys,
        worker: str,
        loader: Loader,
        commit: Commit,
        knowledge: LiveKnowledge,
        names: Names,
        listens: Callable[[Chat], bool],
    ) -> None:
        self._client = client
        self._keys = keys
        self._worker = worker
        self._loader = loader
        self._commit = commit
        self._live = knowledge
        self._names = names
        self._listens = listens

    async def pass_over(
        self, partition: int, entries: Sequence[Entry], is_busy: Callable[[str], bool]
    ) -> Sequence[Entry]:
        """The entries that are left for their turns, in order. `is_busy`: an earlier message of this person is still
        in hand. Raises what the store raises."""
        heard = self._candidates(entries, is_busy)
        if len(heard) < FEWEST:
            return entries
        for each in heard:
            self._names.begin(each.message.chat, each.message.sender)
        silent = await self._silent(heard)
        if not silent:
            return entries
        try:
            await self._write(partition, [each for each, _ in silent])
        except Conflict:
            return entries
        for each, decision in silent:
            tell(each.message, each.meaning, decision)
        passed = {each.entry.id for each, _ in silent}
        return [entry for entry in entries if entry.id not in passed]

    def _candidates(self, entries: Sequence[Entry], is_busy: Callable[[str], bool]) -> list[Heard]:
        """What says nothing that the bot would answer, of people who say nothing else before it."""
        found, loud = [], set[str]()
        for entry in entries:
            person, heard = self._heard(entry)
            if heard is None or is_busy(person):
                loud.add(person)
            elif person not in loud:
                found.append(heard)
        return found

    def _heard(self, entry: Entry) -> tuple[str, Heard | None]:
        """Who says it, and what when it may be silent. What fails here fails again in its turn, where that counts."""
        try:
            said = decode(entry, self._keys.oa_id)
            return person_of(said), self._plain(entry, said)
        except Exception:
            return "", None

    def _plain(self, entry: Entry, said: Incoming | None) -> Heard | None:
        if not isinstance(said, Message) or not self._listens(said.chat):
            return None
        if said.quote or said.attachments or said.mentions:
            return None
        meaning = understand(self._live, said)
        silent = meaning.verdict == "silent" and meaning.number is None and not meaning.small_talk
        return Heard(entry, said, meaning) if silent else None

    async def _silent(self, heard: Sequence[Heard]) -> list[tuple[Heard, Decision]]:
        asked = [
            (each.message, wants(each.message, each.meaning, each.at_ms, self._loader.zone), each.at_ms)
            for each in heard
        ]
        found, loud = [], set[str]()
        for each, memory in zip(heard, await self._loader.at_once(asked), strict=True):
            sender = each.message.sender
            decision = None if memory is None or sender in loud else self._decided(each, memory)
            if decision is None:
                loud.add(sender)
            else:
                found.append((each, decision))
        return found

    def _decided(self, heard: Heard, memory: Memory) -> Decision | None:
        """None when something is to be said or done."""
        try:
            decision = decide(heard.message, heard.meaning, memory, self._live.knowledge)
        except Exception:  # fails again in its own turn, where that is counted
            return None
        return decision if decision == Decision(outcome=decision.outcome) else None

    async def _write(self, partition: int, heard: Sequence[Heard]) -> None:
        transaction = Transaction()
        transaction.expect("lease", self._worker, "GET", self._keys.lease(partition))
        for each in heard:
            message = each.message
            transaction.expect("done", "0", "EXISTS", self._keys.done(message.id))
            if message.chat.kind == "group":
                transaction.write("HSET", self._keys.last_seen(), message.chat.id, message.sent_ms)
            self._commit.finish(transaction, each.entry, message.id)
            self._commit.heard(transaction, message.sender, each.at_ms)
        await transaction.commit(self._client)
