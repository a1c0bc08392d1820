"""Most of a group's talk needs no answer: what waits at the same time is passed over together, in two round trips.

What the bot would answer, and everything that is not certain to be silent, is left for its own turn. Passing over
changes nothing that a turn could see, so the order of a person's messages holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from bot.dialogue import burst
from bot.dialogue.decide import decide, wants
from bot.model import Chat, Decision, Incoming, Meaning, Message, MessageId, Session
from bot.store.load import Loaded
from bot.store.streams import Entry
from bot.store.together import Together
from bot.store.transaction import Conflict, Transaction
from bot.worker.turn import Hands, person_of, tell


@dataclass(frozen=True, slots=True, eq=False)
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


@dataclass(frozen=True, slots=True)
class Group:
    """What one partition may pass over."""

    partition: int
    heard: Sequence[Heard]

    def among(self, passed: Collection[Heard]) -> Collection[str]:
        """The ids of its entries that were."""
        return {heard.entry.id for heard in self.heard if heard in passed}


class Quiet:
    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._keys = hands.keys
        self._ears = hands.ears
        self._passed = Together[Group, Collection[str]](self._pass_over)

    async def pass_over(
        self, partition: int, entries: Sequence[Entry], is_busy: Callable[[str], bool]
    ) -> Sequence[Entry]:
        """The entries that are left for their turns, in order. `is_busy`: an earlier message of this person is still
        in hand. Raises what the store raises."""
        heard = self._candidates(entries, is_busy)
        if not heard:
            return entries
        for each in heard:
            self._hands.names.begin(each.message.chat, each.message.sender)
        passed = await self._passed.want(Group(partition, heard))
        return [entry for entry in entries if entry.id not in passed]

    async def _pass_over(self, groups: Sequence[Group]) -> list[Collection[str]]:
        """Of each group the ids of the entries that were passed over."""
        silent = await self._silent([heard for group in groups for heard in group.heard])
        try:
            if silent:
                await self._write({group.partition for group in groups}, silent)
        except Conflict:
            return [()] * len(groups)
        for one in silent:
            tell(one.heard.message, one.heard.meaning, one.decision)
        passed = {one.heard for one in silent}
        return [group.among(passed) for group in groups]

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
            said = self._ears.incoming(entry)
            return person_of(said), self._plain(entry, said)
        except Exception:
            return "", None

    def _plain(self, entry: Entry, said: Incoming | None) -> Heard | None:
        if not isinstance(said, Message) or not self._ears.listens(said.chat):
            return None
        if said.quote or said.attachments or said.mentions:
            return None
        meaning = self._ears.meaning(said)
        return Heard(entry, said, meaning) if meaning.verdict == "silent" else None

    async def _silent(self, heard: Sequence[Heard]) -> list[Passed]:
        loader = self._hands.loader
        asked = [
            (each.message, wants(each.message, each.meaning, each.at_ms, loader.zone), each.at_ms) for each in heard
        ]
        passed: list[Passed] = []
        left: dict[tuple[Chat, str], Session | None] = {}
        loud = set[str]()
        for each, loaded in zip(heard, await loader.at_once(asked), strict=True):
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
                meant = burst.weigh(meaning, self._ears.meaning(whole))
                message, meaning = burst.worded(message, meaning, whole), meant
            if meaning.verdict != "silent":
                return None
            decision = decide(message, meaning, memory, self._hands.live.knowledge)
        except Exception:  # fails again in its turn, where that counts
            return None
        return Passed(heard, loaded, message.id, decision) if _says_nothing(decision) else None

    async def _write(self, partitions: Collection[int], passed: Sequence[Passed]) -> None:
        transaction, commit = Transaction(), self._hands.commit
        for partition in partitions:
            transaction.expect("lease", self._hands.worker, "GET", self._keys.lease(partition))
        for each in passed:
            message = each.heard.message
            transaction.expect("done", None, "GET", self._keys.done(message.id))
            each.loaded.expect_unchanged(transaction, each.decision)
            commit.write(transaction, each.decision, each.message, {})
            if message.chat.kind == "group":
                transaction.write("HSET", self._keys.last_seen(), message.chat.id, message.sent_ms)
            commit.finish(transaction, each.heard.entry, message.id)
            commit.heard(transaction, message.sender, each.heard.at_ms)
        await self._hands.commits.make(transaction)


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
