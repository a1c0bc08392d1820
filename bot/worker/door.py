"""Where the webhook of a process that also works hands in what it takes: what comes at the same time goes on together.

A line of talk that needs no answer is passed over on the spot; everything else goes into the inbox, and where this
process works on its partition it comes back with the answer: nobody has to read it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from bot.store.commits import Commits
from bot.store.keys import Keys, partition_of
from bot.store.streams import to_inbox
from bot.store.together import Together
from bot.store.transaction import Conflict, Transaction
from bot.worker.inbox import InboxWorker
from bot.worker.quiet import Passed, Quiet

MOST_AT_ONCE: Final = 32
"""Understanding them keeps everything else waiting for some milliseconds."""


class Arrival(NamedTuple):
    body: str
    event: Mapping[str, object]
    """What the body holds."""
    person: str
    """Decides the partition, and with it the order."""
    at_ms: int


class Door:
    def __init__(self, keys: Keys, commits: Commits, inbox: InboxWorker, quiet: Quiet) -> None:
        self._keys = keys
        self._commits = commits
        self._inbox = inbox
        self._quiet = quiet
        self._together = Together[Arrival, None](self._take, most=MOST_AT_ONCE)

    async def take(self, arrival: Arrival) -> None:
        """Returns when the event is stored or done. Raises RedisError and OSError; it may be stored all the same."""
        await self._together.want(arrival)

    async def _take(self, arrivals: Sequence[Arrival]) -> list[Exception | None]:
        passed = self._passed(arrivals)
        transactions = [self._transaction(*each) for each in zip(arrivals, passed, strict=True)]
        answers = await self._commits.try_each(transactions)
        for one, answer in zip(passed, answers, strict=True):
            if one and (answer is None or isinstance(answer, Conflict)):
                self._quiet.settle(one, answer)
        return [None if isinstance(answer, Conflict) else answer for answer in answers]

    def _passed(self, arrivals: Sequence[Arrival]) -> list[Passed | None]:
        """None for what is left for its turn: so is whatever a person says behind something else."""
        found, met = list[Passed | None](), set[str]()
        for each in arrivals:
            is_first = each.person not in met and self._last(partition_of(each.person), each.person) is not None
            found.append(self._quiet.at_once(each.event, each.at_ms) if is_first else None)
            met.add(each.person)
        return found

    def _transaction(self, arrival: Arrival, passed: Passed | None) -> Transaction:
        person, transaction = arrival.person, Transaction()
        put = to_inbox(self._keys, person, arrival.body, arrival.at_ms)
        if passed:
            partition = partition_of(person)
            self._quiet.write(transaction, partition, passed)
            transaction.nothing_behind(self._keys.inbox(partition), partial(self._last, partition, person))
            transaction.unless(*put)
        else:
            transaction.write(*put)
        return transaction

    def _last(self, partition: int, person: str) -> str | None:
        """The id of the last entry of the inbox that came here; None while any of this person's may be in hand."""
        outlet = self._commits.outlet(self._keys.inbox(partition))
        return outlet.last if outlet and not self._inbox.holds(partition, person) else None
