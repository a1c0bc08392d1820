"""Solved tickets of the same error that are most like a new one, for whoever takes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process

from bot.dialogue.memory import Memory
from bot.language.normalise import fold
from bot.model import OTHER_ERROR, Decision, Ticket

SHOWN: Final = 3
LEAST_LIKE: Final = 60
"""Of 100, for what the guide does not cover: of 100 pairs of different troubles, 95 are less alike."""


def opened(decision: Decision, memory: Memory) -> Ticket | None:
    """The new ticket of a decision that was made without knowing what was solved before."""
    if memory.solved is not None:
        return None
    return next((ticket for ticket in decision.tickets if ticket.number == memory.next_ticket), None)


def most_alike(ticket: Ticket, solved: Iterable[Ticket]) -> list[Ticket]:
    """The best first; of equals the newest, which come first in `solved`."""
    told = [each for each in solved if each.resolution]
    found = process.extract(
        fold(ticket.words),
        [fold(each.words) for each in told],
        scorer=fuzz.token_set_ratio,
        limit=SHOWN,
        score_cutoff=LEAST_LIKE if ticket.intent == OTHER_ERROR else 0,
    )
    return [told[place] for _, _, place in found]
