"""What a message and its conversations point to, once they are known: the complaint, the open tickets of dossiers, and
tickets that are named, in one round trip; one more where a dossier or a ticket leads to another ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.dialogue.memory import Wants
from bot.model import OTHER_ERROR, Case, IntentId, Session, Ticket
from bot.store.codec import CASE, TICKET, TICKET_EVENT
from bot.store.keys import Keys
from bot.store.named import Dossier
from bot.store.rounds import Answers, Command, Rounds


@dataclass(slots=True)
class Seen:
    """The texts that were read, by key: what a commit compares."""

    texts: dict[str, str | None] = field(default_factory=dict)

    def note(self, keys: list[str], texts: list[str | None]) -> None:
        self.texts.update(zip(keys, texts, strict=True))

    def __getitem__(self, key: str) -> str | None:
        return self.texts.get(key)


class Wanted(NamedTuple):
    """What else must be known, once the conversations are."""

    dossiers: Sequence[Dossier]
    tickets: AbstractSet[int]
    case: str | None


class Pointed(NamedTuple):
    dossiers: Mapping[Dossier, int]
    """Numbers of the open tickets."""
    tickets: Mapping[int, Ticket]
    case: Case | None


async def read_pointed(
    rounds: Rounds, keys: Keys, wanted: Wanted, named: Mapping[Dossier, str | None], seen: Seen
) -> Pointed:
    """`named` are the dossiers that are known already. Raises RedisError and OSError."""
    further = tuple(dossier for dossier in wanted.dossiers if dossier not in named)
    numbers = ("MGET", *(keys.dossier(*dossier) for dossier in further))
    case = ("GET", keys.case(wanted.case or ""))
    commands = [numbers] if further else []
    commands += [case] if wanted.case else []
    answers = await rounds.ask([*commands, *_about_tickets(keys, wanted.tickets)])
    found = {**named, **dict(zip(further, answers.get(numbers, ()), strict=True))}
    dossiers = {dossier: found[dossier] for dossier in wanted.dossiers}
    seen.texts.update({keys.dossier(*dossier): number for dossier, number in dossiers.items()})
    open_ = {dossier: int(number) for dossier, number in dossiers.items() if number}
    tickets = _read_tickets(keys, wanted.tickets, answers, seen)
    behind = {*open_.values(), *_merged_into(tickets)} - wanted.tickets
    tickets |= await _tickets(rounds, keys, behind, seen)
    text = answers.get(case)
    return Pointed(open_, tickets, CASE.validate_json(text) if text else None)


def dossiers_about(wants: Wants, sessions: list[Session], complaint: Case | None) -> list[Dossier]:
    """All that the message, a conversation or the complaint may be about."""
    told: list[Session | Case] = [*sessions, *([complaint] if complaint else [])]
    codes = {*wants.codes, *(code for each in told for code in each.codes)}
    about = {*wants.intents, *(each.intent for each in told if each.intent), OTHER_ERROR}
    about |= {IntentId(choice) for session in sessions if session.stage == "asked-choice" for choice in session.choices}
    return [(intent, code) for code in sorted(codes) for intent in sorted(about)]


async def _tickets(rounds: Rounds, keys: Keys, numbers: AbstractSet[int], seen: Seen) -> dict[int, Ticket]:
    """Tickets with their history, by number, and those that they were merged into; unknown numbers are left out."""
    if not numbers:
        return {}
    found = _read_tickets(keys, numbers, await rounds.ask(_about_tickets(keys, numbers)), seen)
    return found | await _tickets(rounds, keys, _merged_into(found) - numbers, seen)


def _about_tickets(keys: Keys, numbers: AbstractSet[int]) -> tuple[Command, ...]:
    if not numbers:
        return ()
    wanted = sorted(numbers)
    return ("MGET", *map(keys.ticket, wanted)), *(("LRANGE", keys.ticket_history(each), 0, -1) for each in wanted)


def _read_tickets(keys: Keys, numbers: AbstractSet[int], answers: Answers, seen: Seen) -> dict[int, Ticket]:
    """From the answers to `_about_tickets`."""
    if not numbers:
        return {}
    wanted = sorted(numbers)
    texts, *histories = (answers[command] for command in _about_tickets(keys, numbers))
    seen.note([*map(keys.ticket, wanted)], texts)
    return {
        number: replace(
            TICKET.validate_json(text), history=tuple(TICKET_EVENT.validate_json(event) for event in history)
        )
        for number, text, history in zip(wanted, texts, histories, strict=True)
        if text
    }


def _merged_into(tickets: Mapping[int, Ticket]) -> set[int]:
    return {ticket.merged_into for ticket in tickets.values() if ticket.merged_into}
