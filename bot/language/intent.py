"""What the bot knows of one error: how people put it, what is asked about it, what is answered and by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.language.patterns import Pattern
from bot.language.responses import Response
from bot.language.screens import Screen
from bot.model import IntentId

Audience = Literal["user", "unit-admin"]
CodeNeed = Literal["required", "helpful", "none"]

SILENCE: Final = IntentId("none")
"""The meaning of ordinary talk: scored like an intent, never answered."""


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    say: tuple[str, ...]
    over: tuple[str, ...] = ()
    """Values that this one is more special than: where a text names both, this one is meant."""

    def fact(self, slot: str) -> str:
        """What the lexicon finds in a text that names this option."""
        return f"{slot}={self.value}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A branch fact: asked for in the order of the file when the message does not give it and `when` holds."""

    name: str
    question: str
    options: tuple[Option, ...]
    when: tuple[tuple[str, str], ...] = ()
    only_asked: bool = False
    """Taken from the answer to the question alone: other messages name the options in passing."""
    then_handover: bool = False
    """Once it is answered the technicians take over."""

    def wanted(self, slots: Mapping[str, str]) -> bool:
        return self.name not in slots and all(slots.get(name) == value for name, value in self.when)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The bot comes back by itself after `after_s` seconds with `question`, if `when` holds."""

    after_s: int
    question: str
    when: tuple[tuple[str, str], ...] = ()
    unsolved: tuple[tuple[str, str], ...] = ()
    """Branch facts that hold when it did not help: the waiting is over."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Within so many seconds of working time a ticket is to be claimed, and resolved; of any time, a complaint is to
    have the bot's first answer."""

    claim_s: int
    resolve_s: int
    answer_s: int


@dataclass(frozen=True, slots=True)
class Intent:
    id: IntentId
    section: str
    title: str
    name: str
    audience: Audience
    handover: bool
    code: CodeNeed
    slots: tuple[Slot, ...]
    follow_up: FollowUp | None
    targets: Targets
    unsolved: str
    response: Response
    patterns: tuple[Pattern, ...]
    examples: tuple[str, ...]
    screens: tuple[Screen, ...] = ()
    """What pictures of this error show."""
    long: bool = False
    """In a group only the short steps are told, with the link to the guide's page where there is one."""

    def steps(self, slots: Mapping[str, str]) -> str:
        """The steps for someone with these branch facts, as plain text for Zalo."""
        return self.response.text(slots)

    def told_slots(self, slots: Mapping[str, str]) -> dict[str, str]:
        """Of the branch facts that a message seems to give, those that may be taken from it unasked."""
        asked = {slot.name for slot in self.slots if slot.only_asked}
        return {name: value for name, value in slots.items() if name not in asked}

    def facts(self, slots: Mapping[str, str]) -> tuple[str, ...]:
        """The branch facts in words, for the technicians."""
        return tuple(
            option.label for slot in self.slots for option in slot.options if slots.get(slot.name) == option.value
        )

    def next_slot(self, slots: Mapping[str, str]) -> Slot | None:
        """The branch fact to ask for next."""
        return next((slot for slot in self.slots if slot.wanted(slots)), None)
