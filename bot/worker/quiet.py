"""Most of a group's talk needs no answer: what waits together is passed over together, in two round trips.

What the bot would answer, and everything that is not certain to be silent, is left for its own turn. Passing over
changes nothing that a turn could see, so the order of a person's messages holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.dialogue import burst
from bot.dialogue.decide import decide, wants
from bot.language.reload import LiveKnowledge
from bot.model import Chat, Decision, Incoming, Meaning, Message, MessageId, Session
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.load import Loaded, Loader
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


@dataclass(frozen=True, slots=True)
class Passed:
    """A message of which nothing comes, but that it may be the beginning of something."""

    heard: Heard
    loaded: Loaded
    message: MessageId
    """Of the first of the fragments that were read with it."""
    decision: Decision


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
            await self._write(partition, silent)
        except Conflict:
            return entries
        for one in silent:
            tell(one.heard.message, one.heard.meaning, one.decision)
        passed = {one.heard.entry.id for one in silent}
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
        return Heard(entry, said, meaning) if _is_silent(meaning) else None

    async def _silent(self, heard: Sequence[Heard]) -> list[Passed]:
        asked = [
            (each.message, wants(each.message, each.meaning, each.at_ms, self._loader.zone), each.at_ms)
            for each in heard
        ]
        passed: list[Passed] = []
        left: dict[tuple[Chat, str], Session | None] = {}
        loud = set[str]()
        for each, loaded in zip(heard, await self._loader.at_once(asked), strict=True):
            sender, place = each.message.sender, (each.message.chat, each.message.sender)
            if loaded and place in left:
                loaded = replace(loaded, memory=replace(loaded.memory, session=left[place]))
            done = self._decided(each, loaded) if loaded and sender not in loud else None
            if done:
                passed.append(done)
                left[place] = done.decision.session
            else:
                loud.add(sender)
        return passed

    def _decided(self, heard: Heard, loaded: Loaded) -> Passed | None:
        """None when something is to be said or done."""
        message, meaning, memory = heard.message, heard.meaning, loaded.memory
        try:
            whole = burst.joined(message, memory)
            if whole:
                meant = burst.weigh(meaning, understand(self._live, whole))
                message, meaning = burst.worded(message, meaning, whole), meant
            if not _is_silent(meaning):
                return None
            decision = decide(message, meaning, memory, self._live.knowledge)
        except Exception:  # fails again in its turn, where that counts
            return None
        return Passed(heard, loaded, message.id, decision) if _says_nothing(decision) else None

    async def _write(self, partition: int, passed: Sequence[Passed]) -> None:
        transaction = Transaction()
        transaction.expect("lease", self._worker, "GET", self._keys.lease(partition))
        for each in passed:
            message = each.heard.message
            transaction.expect("done", "0", "EXISTS", self._keys.done(message.id))
            each.loaded.expect_unchanged(transaction, each.decision)
            self._commit.write(transaction, each.decision, each.message, {})
            if message.chat.kind == "group":
                transaction.write("HSET", self._keys.last_seen(), message.chat.id, message.sent_ms)
            self._commit.finish(transaction, each.heard.entry, message.id)
            self._commit.heard(transaction, message.sender, each.heard.at_ms)
        await transaction.commit(self._client)


def _is_silent(meaning: Meaning) -> bool:
    return meaning.verdict == "silent" and meaning.number is None and not meaning.small_talk


def _says_nothing(decision: Decision) -> bool:
    """At most it is kept for a moment, as a fragment of what may follow."""
    if decision.session and decision.session.stage != "gathering":
        return False
    return decision == Decision(
        outcome=decision.outcome,
        session=decision.session,
        end_sessions=decision.end_sessions,
        cancel_timers=decision.cancel_timers,
    )
