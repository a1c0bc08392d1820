"""How a complaint ends: solved, handed over to the technicians, withdrawn, or unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.dialogue import tickets
from bot.dialogue.announce import announce, tell_technicians, where_it_stands
from bot.dialogue.draft import Draft, follow_up_timer, quiet_timer
from bot.dialogue.memory import Memory
from bot.dialogue.voice import Voice
from bot.language.knowledge import Knowledge
from bot.model import OTHER_ERROR, Case, Message, Outcome, Ref, Reporter, Session, Stage, Ticket, Timer

QUIET_S: Final = 8 * 3600
"""After so long, a working day, without a word a complaint ends as 'unknown': silence is no success."""


def case_of(session: Session) -> Case:
    """The complaint of a conversation that has just begun."""
    return Case(
        id=session.case,
        chat=session.chat,
        person=session.person,
        intent=session.intent or OTHER_ERROR,
        codes=session.codes,
        words=session.words,
        opened_ms=session.opened_ms,
        outcome="open",
    )


def settle(draft: Draft, session: Session, memory: Memory) -> Case:
    """The complaint of a conversation as it is known now, counted for that error and unit. What is stored, or was
    decided earlier in this turn, tells how it was counted so far."""
    known = draft.case_named(session.case) or memory.case
    if known is None or known.id != session.case:
        known = case_of(session)
    case = replace(known, codes=session.codes, intent=session.intent or known.intent)
    draft.move_complaint(known, case)
    draft.case(case)
    return case


def keep_waiting(draft: Draft, session: Session) -> None:
    """The conversation goes on, and ends quietly when nothing more comes."""
    draft.keep(session)
    purpose = f"quiet|{session.case}"
    due_ms = draft.now_ms + QUIET_S * 1000
    draft.timer(Timer(quiet_timer(session), due_ms, purpose, session.chat, session.person))


def close(draft: Draft, session: Session, memory: Memory, outcome: Outcome) -> None:
    draft.end(session)
    draft.cancel_timers(quiet_timer(session), follow_up_timer(session))
    draft.ended_case(settle(draft, session, memory), outcome)


def hand_over(
    draft: Draft, voice: Voice, memory: Memory, knowledge: Knowledge, message: Message, session: Session, lead: str = ""
) -> None:
    """To the technicians: a new ticket, or one more reporter of the one that is open for this dossier and error.
    `lead` is what the person is told first. The person behind `session` is the reporter, whoever wrote `message`."""
    draft.cancel_timers(quiet_timer(session), follow_up_timer(session))
    session = replace(session, intent=session.intent or OTHER_ERROR, slot=None, choices=())
    intent = knowledge.intents.get(session.intent or OTHER_ERROR)
    facts = intent.facts(dict(session.slots)) if intent else ()
    reporter = Reporter(session.person, session.chat, message.id)
    known, case = open_ticket(session, memory), settle(draft, session, memory)
    if known is None:
        ticket = replace(tickets.opened(memory.next_ticket, session, reporter, draft.now_ms), facts=facts)
        told = "\n\n".join(part for part in (lead, voice.say("ticket.opened", number=ticket.number)) if part)
        news = announce(voice, memory, ticket, case.place)
    elif any(has.person == session.person for has in known.reporters):
        ticket = tickets.with_findings(known, session.codes, session.attachments)
        told, news = where_it_stands(voice, ticket), ()
    else:
        ticket = tickets.joined(known, session, reporter, draft.now_ms)
        told = _joined_text(voice, ticket)
        text = voice.say("announce.joined", number=ticket.number, name=voice.name(session.person))
        news = tell_technicians(memory, ticket, text, unless_in=message.chat)
    asks_code = _needs_code(knowledge, session)
    text = f"{told}\n\n{voice.say('ask.code_for_ticket')}" if asks_code else told
    ref = Ref(session.chat, session.person, session.case, ticket.number)
    draft.reply(voice.answer(message, text, ref=ref), *news)
    draft.ticket(ticket)
    draft.ended_case(case, "ticket", ticket.number)
    stage: Stage = "asked-code" if asks_code else "handed-over"
    draft.keep(replace(session, stage=stage, ticket=ticket.number, asked_code=session.asked_code or asks_code))


def open_ticket(session: Session, memory: Memory) -> Ticket | None:
    """The one that is open for this error and dossier."""
    for code in session.codes:
        number = memory.dossier_tickets.get((session.intent or OTHER_ERROR, code))
        if number:
            return memory.tickets.get(number)
    return None


def _joined_text(voice: Voice, ticket: Ticket) -> str:
    if ticket.owner and ticket.claimed_ms:
        return voice.say(
            "ticket.joined_claimed",
            number=ticket.number,
            codes=voice.codes(ticket.codes),
            owner=voice.name(ticket.owner),
            time=voice.moment(ticket.claimed_ms),
        )
    return voice.say(
        "ticket.joined_new",
        number=ticket.number,
        codes=voice.codes(ticket.codes),
        time=voice.moment(ticket.opened_ms),
    )


def _needs_code(knowledge: Knowledge, session: Session) -> bool:
    """Asked for once, and only for an error that technicians look up by its dossier."""
    intent = knowledge.intents.get(session.intent) if session.intent else None
    return intent is not None and intent.code == "required" and not session.codes and not session.asked_code
