"""What the dialogue asks the store for before it decides, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from bot.dialogue.figures import Figures
from bot.dialogue.rules import USUAL, Rules
from bot.dialogue.surge import Traffic
from bot.model import STAFF, Case, Chat, Incident, IntentId, Message, PersonId, Ref, Reporter, Role, Session, Ticket


@dataclass(frozen=True, slots=True)
class Wants:
    """What one message needs beyond its sender's conversation, role and quote, which are always loaded."""

    tickets: tuple[int, ...] = ()
    """Named by number."""
    intents: tuple[IntentId, ...] = ()
    """What the message may be about; with `codes`: is there an open ticket for this error and dossier?"""
    codes: tuple[str, ...] = ()
    open_tickets: bool = False
    my_tickets: bool = False
    days: tuple[date, date] | None = None
    """First and last day of the figures."""
    conversation_of: PersonId | None = None
    """Also load this person's conversation in the same chat, as `quoted_session`."""
    incident_reporters: bool = False
    own_complaint: bool = False
    """The sender's last complaint, wherever it was made, and the conversation about it."""
    traffic_of: IntentId | None = None
    """How often is this error reported?"""


@dataclass(frozen=True, slots=True)
class Memory:
    now_ms: int
    zone: ZoneInfo
    role: Role
    roles: Mapping[PersonId, Role] = field(default_factory=dict)
    """Everybody who is not an official."""
    session: Session | None = None
    """The sender's conversation in this chat."""
    gathered: Session | None = None
    """Fragments of the sender's that wait for more to be read with; there is no conversation then."""
    quoted: Ref | None = None
    """What the quoted message stands for."""
    quoted_by_bot: bool = False
    quoted_session: Session | None = None
    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    """With history: those named, quoted, the session's, those asked about, and those open for the dossiers."""
    dossier_tickets: Mapping[tuple[IntentId, str], int] = field(default_factory=dict)
    open_tickets: tuple[Ticket, ...] = ()
    """Oldest first, without history."""
    my_tickets: tuple[Ticket, ...] = ()
    """Those that the sender reported, newest first, at most ten, without history."""
    asked: tuple[int, ...] = ()
    """Tickets about which a technician has asked the sender, who has not answered yet."""
    names: Mapping[PersonId, str] = field(default_factory=dict)
    next_ticket: int = 1
    figures: Figures | None = None
    case: Case | None = None
    """The complaint of `session`, else of `quoted_session`, else of the quoted message."""
    own_complaint: Case | None = None
    """The sender's latest one in any chat."""
    own_session: Session | None = None
    """The conversation about `own_complaint`, where it goes on in another chat."""
    last_complaint: Case | None = None
    """The latest one in this group, if it is not long ago."""
    tech_group: Chat | None = None
    solved: tuple[Ticket, ...] | None = None
    """The last ones with the error of the ticket that this message opens, newest first; None: not asked for yet."""
    incidents: Mapping[int, Incident] = field(default_factory=dict)
    """Those that are open, by number: one of each error that the guide knows, and any of others."""
    next_incident: int = 1
    incident_reporters: Mapping[int, tuple[Reporter, ...]] = field(default_factory=dict)
    """Of the open incidents, by number."""
    traffic: Traffic | None = None
    """Of the error that the message reports."""
    place: str = ""
    """The unit that the sender has named last."""
    said: Mapping[str, int] = field(default_factory=dict)
    """How many answers each person got in this chat, in this minute."""
    told: Mapping[str, int] = field(default_factory=dict)
    """How often something was told in this chat lately: steps by intent, hints by person."""
    secret: str = ""
    """Random, new for each message."""
    rules: Rules = USUAL
    away: frozenset[PersonId] = frozenset()
    """Staff on leave."""

    held: Mapping[PersonId, int] = field(default_factory=dict)
    """How many open tickets the sender has, and whoever the message names."""

    def holds(self, person: PersonId) -> int:
        """How many open tickets somebody has; of who was not mentioned, as far as the open tickets are known."""
        known = self.held.get(person)
        return sum(ticket.owner == person for ticket in self.open_tickets) if known is None else known

    def on_staff(self) -> tuple[PersonId, ...]:
        return tuple(person for person, role in self.roles.items() if role in STAFF)

    def on_duty(self, role: Role) -> tuple[PersonId, ...]:
        return tuple(person for person, has in self.roles.items() if has == role and person not in self.away)

    def lasting(self, number: int) -> Ticket | None:
        """The ticket of that number, or what it was merged into."""
        ticket = self.tickets.get(number)
        return self.lasting(ticket.merged_into) if ticket and ticket.merged_into else ticket

    def addressed_by(self, message: Message) -> bool:
        """The message is meant for the bot: in private, by a mention, or by quoting the bot."""
        return message.chat.kind == "private" or message.mentions_bot or self.quoted_by_bot

    def is_aside(self, message: Message) -> bool:
        """In a group, what quotes another person's message is said to that person, not to the bot."""
        if message.quote is None or self.addressed_by(message):
            return False
        return self.quoted is None or self.quoted.person != message.sender
