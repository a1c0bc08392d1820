"""Tickets without people: what was broken, how long it took and how it was solved stay, who and in which words go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.model import GONE, THE_BOT, Chat, MessageId, PersonId, Reporter, Ticket, TicketEvent
from bot.store.codec import TICKET, TICKET_EVENT, to_json
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.transaction import Conflict, Transaction

NOBODY: Reporter = Reporter(GONE, Chat("private", GONE), MessageId(""))
MOST_CONFLICTS = 20


def people_of(ticket: Ticket) -> frozenset[PersonId]:
    reporters = {reporter.person for reporter in ticket.reporters}
    staff = {event.by for event in ticket.history} | {event.to for event in ticket.history if event.to}
    owner = {ticket.owner} if ticket.owner else set()
    return frozenset((reporters | staff | owner) - {THE_BOT, GONE})


def without(ticket: Ticket, people: Collection[PersonId]) -> Ticket:
    """The ticket as if nobody knew who `people` were. What they wrote is gone; how it was solved stays."""
    reported = any(reporter.person in people for reporter in ticket.reporters)
    first = ticket.reporters[0].person in people
    return replace(
        ticket,
        reporters=tuple(NOBODY if reporter.person in people else reporter for reporter in ticket.reporters),
        words="" if first else _unnamed(ticket.words, people),
        facts=() if first else tuple(_unnamed(fact, people) for fact in ticket.facts),
        attachments=() if reported else ticket.attachments,
        resolution=_unnamed(ticket.resolution, people),
        owner=GONE if ticket.owner in people else ticket.owner,
        history=tuple(_event(event, people) for event in ticket.history),
    )


def _event(event: TicketEvent, people: Collection[PersonId]) -> TicketEvent:
    return replace(
        event,
        by=GONE if event.by in people else event.by,
        to=GONE if event.to in people else event.to,
        chat=None if event.by in people else event.chat,
        text="" if event.by in people else _unnamed(event.text, people),
    )


def _unnamed(text: str, people: Collection[PersonId]) -> str:
    for person in people:
        text = text.replace(f"[@{person}]", f"[@{GONE}]").replace(f"@{person}", f"@{GONE}")
    return text


async def make_anonymous(client: Client, keys: Keys, number: int, people: Collection[PersonId] | None = None) -> bool:
    """Takes `people` (None: everybody) out of one ticket. True when that changed it. Raises Conflict when the ticket
    changes all the time."""
    for _ in range(MOST_CONFLICTS):
        text = await client.get(keys.ticket(number))
        if text is None:
            return False
        events = await client.lrange(keys.ticket_history(number), 0, -1)
        history = tuple(TICKET_EVENT.validate_json(event) for event in events)
        ticket = replace(TICKET.validate_json(text), history=history)
        gone = people_of(ticket) if people is None else people
        bare = without(ticket, gone)
        transaction = Transaction()
        transaction.expect("ticket", str(text), "GET", keys.ticket(number))
        transaction.expect("history", str(len(events)), "LLEN", keys.ticket_history(number))
        for person in gone:
            transaction.write("ZREM", keys.tickets_by(person), number)
            transaction.write("SREM", keys.tickets_held_by(person), number)
            transaction.write("SREM", keys.tickets_asked(person), number)
        if people is None:
            transaction.write("ZREM", keys.named_tickets(), number)
        if bare != ticket:
            _rewrite(transaction, keys, bare)
        try:
            await transaction.commit(client)
        except Conflict:
            continue
        return bare != ticket
    raise Conflict(f"ticket {number}")


def _rewrite(transaction: Transaction, keys: Keys, ticket: Ticket) -> None:
    transaction.write("SET", keys.ticket(ticket.number), to_json(TICKET, ticket, exclude={"history"}))
    transaction.write("DEL", keys.ticket_history(ticket.number))
    for event in ticket.history:
        transaction.write("RPUSH", keys.ticket_history(ticket.number), to_json(TICKET_EVENT, event))
