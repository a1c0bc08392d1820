"""What a message itself names, in one round trip: its sender's conversation, its quote, its numbers and codes, and what
every message needs to know. For most complaints this is all that is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from bot.dialogue.hours import Hours
from bot.dialogue.memory import Wants
from bot.dialogue.surge import Traffic
from bot.model import OTHER_ERROR, Case, Chat, Incoming, IntentId, Message, MessageId, PersonId, Ref, Role
from bot.store.codec import CASE, REF
from bot.store.keys import Keys
from bot.store.pace import said_key
from bot.store.rounds import Answers, Command
from bot.store.traffic import read_traffic, traffic_commands

LISTED: Final = 10
"""Tickets that /phieucuatoi shows."""
Dossier = tuple[IntentId, str]


@dataclass(frozen=True, slots=True)
class Named:
    done: bool
    last_ticket: int
    last_incident: int
    incidents: Mapping[str, str]
    """JSON of the open ones, by number."""
    session: str | None
    ref: Ref | None
    ref_by_bot: bool
    last_complaint: Case | None
    said: Mapping[str, int]
    told: Mapping[str, int]
    roles: Mapping[PersonId, Role]
    names: int
    """How many people have a name."""
    away: frozenset[PersonId]
    held: Mapping[PersonId, int]
    open_tickets: tuple[int, ...]
    my_tickets: tuple[int, ...]
    asked: tuple[int, ...]
    dossiers: Mapping[Dossier, str | None]
    """Numbers of the open tickets for what the message may be about."""
    place: str
    traffic: Traffic | None


class Question:
    """What is asked about one message. Those of several messages may go in one round trip."""

    def __init__(
        self, keys: Keys, incoming: Incoming, chat: Chat, person: PersonId, wants: Wants, hours: Hours, now_ms: int
    ) -> None:
        message = incoming if isinstance(incoming, Message) else None
        people = dict.fromkeys((person, *message.mentions)) if message else {}
        self._hours = hours
        self._now_ms = now_ms
        self._dossiers = [(intent, code) for code in wants.codes for intent in sorted({*wants.intents, OTHER_ERROR})]
        self._held: dict[PersonId, Command] = {each: ("SCARD", keys.tickets_held_by(each)) for each in people}
        self._commands: dict[str, Command] = {
            "texts": (
                "MGET",
                keys.session(chat, person),
                keys.done(incoming.id),
                keys.ref((message and message.quote) or MessageId("")),
                keys.last_complaint(chat),
                keys.last_ticket(),
                keys.last_incident(),
                keys.place(person),
                keys.drawn(),
                *(keys.dossier(intent, code) for intent, code in self._dossiers),
            ),
            "roles": ("HGETALL", keys.roles()),
            "names": ("HLEN", keys.names()),
            "away": ("SMEMBERS", keys.away()),
            "asked": ("SMEMBERS", keys.tickets_asked(person)),
            "incidents": ("HGETALL", keys.incidents()),
            "said": ("HGETALL", said_key(keys, chat.id, now_ms)),
            "told": ("HGETALL", keys.told(chat.id)),
        }
        if wants.open_tickets:
            self._commands["open tickets"] = ("ZRANGE", keys.open_tickets(), 0, -1)
        if wants.my_tickets:
            self._commands["my tickets"] = ("ZREVRANGE", keys.tickets_by(person), 0, LISTED - 1)
        self._traffic = traffic_commands(keys, wants.traffic_of, now_ms, hours) if wants.traffic_of else ()

    @property
    def commands(self) -> tuple[Command, ...]:
        return (*self._commands.values(), *self._held.values(), *self._traffic)

    def read(self, answers: Answers) -> Named:
        found = {name: answers[command] for name, command in self._commands.items()}
        session, done, ref_text, last_complaint, last_ticket, last_incident, place, drawn, *numbers = found["texts"]
        by_bot, ref = _ref(ref_text)
        return Named(
            done=done is not None,
            last_ticket=int(last_ticket or 0),
            last_incident=int(last_incident or 0),
            incidents=found["incidents"],
            session=session,
            ref=ref,
            ref_by_bot=by_bot,
            last_complaint=CASE.validate_json(last_complaint) if last_complaint else None,
            said=_counts(found["said"]),
            told=_counts(found["told"]),
            roles=cast(Mapping[PersonId, Role], found["roles"]),
            names=found["names"],
            away=frozenset(found["away"]),
            held={person: answers[command] for person, command in self._held.items()},
            open_tickets=_numbers(found.get("open tickets")),
            my_tickets=_numbers(found.get("my tickets")),
            asked=_numbers(found["asked"]),
            dossiers=dict(zip(self._dossiers, numbers, strict=True)),
            place=place or "",
            traffic=self._read_traffic(answers, drawn),
        )

    def _read_traffic(self, answers: Answers, drawn: str | None) -> Traffic | None:
        return read_traffic(answers, self._traffic, drawn, self._now_ms, self._hours) if self._traffic else None


def _counts(found: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(count) for name, count in found.items()}


def _numbers(found: Iterable[str] | None) -> tuple[int, ...]:
    return tuple(map(int, found or ()))


def _ref(text: str | None) -> tuple[bool, Ref | None]:
    """What a message stands for, stored as 'bot|…' or 'person|…' by who said it."""
    if not text:
        return False, None
    said_by, _, ref = text.partition("|")
    return said_by == "bot", REF.validate_json(ref)
