"""Most of a group's talk needs no answer. A line that comes to the webhook of the process that works on its partition
is passed over on the spot, in the round trip that would have put it into the inbox; what waits in the inbox at the same
time is passed over together.

Nothing is read for it first. The sender is taken to be asked nothing, and to be in no conversation, or in the one that
was seen last; the commit compares it and tells what is there instead. What the bot would answer, and everything that is
not certain to be silent, is left for its own turn. Passing over changes nothing that a turn could see, and what a
person says in a chat is passed over only after what came before it there, so the order holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final

import structlog

from bot import metrics
from bot.dialogue import burst
from bot.dialogue.decide import decide
from bot.model import ME_TOO, Chat, Decision, Incoming, Meaning, Message, PersonId
from bot.store.codec import SESSION, to_short_json
from bot.store.commit import GATHERING_S
from bot.store.streams import Entry
from bot.store.transaction import Conflict, Transaction
from bot.worker.turn import Hands, person_of
from bot.zalo.events import parse_event

MOST_KNOWN: Final = 5_000
TRIES: Final = 2
"""The second one knows what the first one found."""
CONVERSATION: Final = "session"
"""Names the conflict when it is another one."""
KEPT: Final = frozenset({"outcome", "session", "end_sessions", "cancel_timers"})
_further: Final = attrgetter(*(each.name for each in fields(Decision) if each.name not in KEPT))
NOTHING_FURTHER: Final = _further(Decision())
Place = tuple[Chat, PersonId]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    message: Message
    meaning: Meaning
    at_ms: int
    entry: Entry | None = None
    """None before it is in the inbox."""

    @property
    def id(self) -> str:
        return self.entry.id if self.entry else ""

    @property
    def place(self) -> Place:
        return self.message.chat, self.message.sender


@dataclass(frozen=True, slots=True)
class Passed:
    """A message of which nothing comes, but that it may be the beginning of something."""

    heard: Heard
    decision: Decision
    before: str
    """The conversation with which that was decided, as it is stored."""


class Quiet:
    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._keys = hands.keys
        self._ears = hands.ears
        self._known: dict[str, bytes] = {}
        """Conversations as they were seen last, by their keys in the store; who is missing is taken to be in none. As
        bytes: a text with Vietnamese letters takes twice as many."""

    def at_once(self, event: Mapping[str, object], at_ms: int) -> Passed | None:
        """The event as a message that can be passed over before it is in the inbox, or None. Whoever asks sees to it
        that nothing that the person said before is still in hand."""
        try:
            said = parse_event(event, oa_id=self._keys.oa_id)
            heard = self._plain(said, at_ms)
        except Exception:  # fails again in its turn, where that counts
            return None
        if heard is None:
            return None
        self._hands.names.begin(heard.message.chat, heard.message.sender)
        return next(iter(self._silent([heard])), None)

    def settle(self, passed: Passed, conflict: Conflict | None) -> bool:
        """What became of it. False when it was done; True when what was found instead is worth another try."""
        if conflict is None:
            metrics.message_done("Message", passed.decision.outcome)
            log.debug("passed over", message=passed.heard.message.id, outcome=passed.decision.outcome)
            return False
        self._remember(self._key(passed.heard), conflict.found if conflict.name == CONVERSATION else passed.before)
        return conflict.name == CONVERSATION

    async def pass_over(
        self, partition: int, entries: Sequence[Entry], is_busy: Callable[[str], bool]
    ) -> tuple[Sequence[Entry], Sequence[Entry]]:
        """The entries that were passed over, and those that are left for their turns, in order. `is_busy`: an earlier
        message of this person is still in hand. Raises what the store raises."""
        heard = self._candidates(entries, is_busy)
        for each in heard:
            self._hands.names.begin(each.message.chat, each.message.sender)
        done: set[str] = set()
        for _ in range(TRIES):
            if not heard:
                break
            passed, heard = self._silent(heard), []
            transactions = [Transaction() for _ in passed]
            for transaction, one in zip(transactions, passed, strict=True):
                self.write(transaction, partition, one)
            conflicts = await self._hands.commits.make_each(transactions)
            for one, conflict in zip(passed, conflicts, strict=True):
                if conflict is None:
                    done.add(one.heard.id)
                if self.settle(one, conflict):
                    heard.append(one.heard)
        return [each for each in entries if each.id in done], [each for each in entries if each.id not in done]

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
            return person_of(said), self._plain(said, int(entry.fields["at"]), entry)
        except Exception:
            return "", None

    def _plain(self, said: Incoming | None, at_ms: int, entry: Entry | None = None) -> Heard | None:
        if not isinstance(said, Message) or not self._ears.listens(said.chat):
            return None
        if said.quote or said.attachments or said.mentions:
            return None
        meaning = self._ears.meaning(said)
        return Heard(said, meaning, at_ms, entry) if meaning.verdict == "silent" else None

    def _silent(self, heard: Sequence[Heard]) -> list[Passed]:
        passed, loud = [], set[PersonId]()
        for each in heard:
            done = None if each.message.sender in loud else self._decided(each)
            if done is None:
                loud.add(each.message.sender)
                continue
            passed.append(done)
            if done.decision.session:
                self._remember(self._key(each), to_short_json(SESSION, done.decision.session))
            elif each.place in done.decision.end_sessions:
                self._remember(self._key(each), "")
        return passed

    def _decided(self, heard: Heard) -> Passed | None:
        """None when something is to be said or done, or when that depends on more than what is known here."""
        message, meaning, before = heard.message, heard.meaning, self._known.get(self._key(heard), b"").decode()
        try:
            kept = SESSION.validate_json(before) if before else None
            if kept and kept.stage != "gathering":
                return None
            if kept and heard.at_ms > kept.updated_ms + GATHERING_S * 1000:  # the store has forgotten it, too
                kept, before = None, ""
            memory = self._hands.loader.unread(message.sender, kept, heard.at_ms)
            whole = burst.joined(message, memory)
            if whole:
                meant = burst.weigh(meaning, self._ears.meaning(whole))
                message, meaning = burst.worded(message, meaning, whole), meant
            if meaning.verdict != "silent" or meaning.small_talk & {*ME_TOO, "human", "how-far"}:
                return None
            decision = decide(message, meaning, memory, self._hands.live.knowledge)
        except Exception:  # fails again in its turn, where that counts
            return None
        return Passed(heard, decision, before) if _says_nothing(decision) else None

    def write(self, transaction: Transaction, partition: int, passed: Passed) -> None:
        commit, keys, message = self._hands.commit, self._keys, passed.heard.message
        role = self._hands.loader.roles.get(message.sender)
        transaction.expect("lease", self._hands.worker, "GET", keys.lease(partition))
        transaction.expect("done", None, "GET", keys.done(message.id))
        transaction.expect(CONVERSATION, passed.before, "GET", self._key(passed.heard))
        transaction.expect("role", role, "HGET", keys.roles(), message.sender)
        transaction.expect("asked", "0", "SCARD", keys.tickets_asked(message.sender))
        commit.conversation(transaction, passed.decision)
        commit.heard(transaction, message, passed.heard.at_ms)
        commit.finish(transaction, passed.heard.entry, message.id)

    def _key(self, heard: Heard) -> str:
        return self._keys.session(heard.message.chat, heard.message.sender)

    def _remember(self, key: str, conversation: str) -> None:
        self._known.pop(key, None)
        if conversation:
            self._known[key] = conversation.encode()
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]  # the one that was seen longest ago


def _says_nothing(decision: Decision) -> bool:
    """At most it is kept for a moment, as a fragment of what may follow."""
    if decision.session and decision.session.stage != "gathering":
        return False
    return _further(decision) == NOTHING_FURTHER
