"""What the commands of officials and technicians do. Each answers in one line, an error too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import colleagues, tickets
from bot.dialogue.announce import tell_technicians, where_it_stands
from bot.dialogue.call import Call
from bot.dialogue.desk import close_timer
from bot.dialogue.draft import follow_up_timer, quiet_timer
from bot.dialogue.outcomes import QUIET_S, case_of, hand_over
from bot.dialogue.tickets import Refused
from bot.model import OPEN_STATES, OTHER_ERROR, STAFF, Case, Chat, Ref, Reply, Session, Ticket


def unknown(call: Call) -> str:
    return call.refuse("command.unknown", name="")


def who_am_i(call: Call) -> str:
    role = call.voice.say(f"roles.{call.memory.role}")
    return call.say("me.line", "told", id=call.message.sender, role=role)


def want_technician(call: Call) -> str:
    """A ticket at once: for the complaint that is being talked about, or for what stands behind the command."""
    session, before = call.memory.session, _said_before(call)
    ticket = call.memory.lasting((session.ticket if session else before and before.ticket) or 0)
    if ticket and ticket.state in OPEN_STATES and (before or not call.words):
        return call.reply(where_it_stands(call.voice, ticket), "told", ticket=ticket.number)
    memory = call.memory
    if session is None and before and memory.own_session:
        session, memory = _moved_here(call, memory.own_session), replace(memory, case=before)
    elif session is None or session.ticket:
        session = _fresh_session(call, before)
    hand_over(call.draft, call.voice, memory, call.knowledge, call.message, session)
    return "ticket"


def _moved_here(call: Call, session: Session) -> Session:
    """A conversation that goes on in this chat: here the person calls for help."""
    call.draft.end(session)
    call.draft.cancel_timers(quiet_timer(session), follow_up_timer(session))
    return replace(session, chat=call.message.chat)


def _fresh_session(call: Call, before: Case | None) -> Session:
    message, now_ms = call.message, call.memory.now_ms
    intent = call.meaning.intent if call.meaning.verdict == "answer" else before and before.intent
    session = Session(
        chat=message.chat,
        person=message.sender,
        stage="told-steps",
        case=message.id,
        intent=intent or OTHER_ERROR,
        words=before.words if before else call.words or call.voice.say("ticket.no_words"),
        opened_ms=now_ms,
        updated_ms=now_ms,
        codes=call.meaning.codes or (before.codes if before else ()),
        attachments=message.attachments,
    )
    case = replace(case_of(session), place=call.memory.place)
    call.draft.case(case)
    call.draft.count("complaint", case.intent, case.codes)
    return session


def _said_before(call: Call) -> Case | None:
    """The complaint that the person has made lately, in this chat or another, when the call for a technician says
    nothing else. One that an incident answered has no conversation any more."""
    last = call.memory.own_complaint
    is_bare = not call.words or ("human" in call.meaning.small_talk and call.meaning.verdict == "silent")
    if last is None or not is_bare or last.outcome in {"self", "withdrawn"}:
        return None
    return last if call.memory.now_ms - last.opened_ms <= QUIET_S * 1000 else None


def claim(call: Call) -> str:
    """Nobody's ticket, or that of somebody on leave."""
    by, before = call.message.sender, call.ticket()
    ticket = _change(call, lambda ticket: tickets.claimed(ticket, by, call.memory.now_ms, call.memory.away))
    if ticket is None:
        return "refused"
    _tell_reporters(call, ticket, "ticket.claimed_told", name=call.voice.name(ticket.owner))
    _tell_owner(call, before, "claim.by_another")
    return _done(call, ticket, "claim.done", "claimed")


def give_back(call: Call) -> str:
    by, may, before = call.message.sender, call.memory.role == "supervisor", call.ticket()
    ticket = _change(call, lambda ticket: tickets.returned(ticket, by, call.memory.now_ms, is_supervisor=may))
    if ticket is None:
        return "refused"
    news = call.voice.say("announce.returned", number=ticket.number, name=call.voice.name(by))
    call.draft.reply(*tell_technicians(call.memory, ticket, news, unless_in=call.message.chat))
    _tell_owner(call, before, "return.by_another")
    return _done(call, ticket, "return.done", "returned")


def hand_to(call: Call) -> str:
    people = colleagues.meant(call)
    if len(people) > 1:
        return call.refuse("command.which_person", names=", ".join(map(call.voice.colleague, people)))
    if not people:
        return call.refuse("command.needs_person", name="chuyen")
    by, may, before, to = call.message.sender, call.memory.role == "supervisor", call.ticket(), people[0]
    if call.memory.roles.get(to) not in STAFF:
        return call.refuse("hand.not_staff")
    if to in call.memory.away:
        return call.refuse("hand.away", name=call.voice.name(to))
    ticket = _change(call, lambda ticket: tickets.handed(ticket, by, to, call.memory.now_ms, is_supervisor=may))
    if ticket is None:
        return "refused"
    news = call.voice.say("announce.handed", number=ticket.number, name=call.voice.name(to))
    told = tell_technicians(call.memory, ticket, news, unless_in=call.message.chat)
    call.draft.reply(*(reply for reply in told if reply.chat != Chat("private", to)))
    _tell_owner(call, before, "hand.by_another", to=call.voice.colleague(to))
    _tell_owner(call, ticket, "hand.told")
    return call.say("hand.done", "handed", number=ticket.number, name=call.voice.name(to))


def note(call: Call) -> str:
    if not call.words:
        return call.refuse("command.needs_words", name="ghichu")
    ticket = _change(call, lambda ticket: tickets.noted(ticket, call.message.sender, call.words, call.memory.now_ms))
    key = "note.done_question" if call.words.rstrip().endswith("?") else "note.done"
    return _done(call, ticket, key, "noted") if ticket else "refused"


def ask(call: Call) -> str:
    if not call.words:
        return call.refuse("ask_reporter.needs_words")
    ticket = _change(call, lambda ticket: tickets.asked(ticket, call.message.sender, call.words, call.memory.now_ms))
    if ticket is None:
        return "refused"
    _tell_reporters(call, ticket, "ticket.asked_told", words=call.words)
    _tell_owner(call, ticket, "ask_reporter.by_another")
    return _done(call, ticket, "ask_reporter.done", "asked")


def resolve(call: Call) -> str:
    ticket = _change(call, lambda ticket: tickets.resolved(ticket, call.message.sender, call.words, call.memory.now_ms))
    if ticket is None:
        return "refused"
    call.draft.timer(close_timer(ticket, call.memory.now_ms, call.memory.rules.hours))
    call.draft.count("resolved", ticket.intent, ticket.codes)
    call.draft.sample("resolve", ticket)
    if call.words:
        _tell_reporters(call, ticket, "ticket.resolved_told_how", how=call.words.rstrip(" ."))
    else:
        _tell_reporters(call, ticket, "ticket.resolved_told")
    _tell_owner(call, ticket, "resolve.by_another")
    return _done(call, ticket, "resolve.done", "resolved")


def reopen(call: Call) -> str:
    ticket = _change(call, lambda ticket: tickets.reopened(ticket, call.message.sender, call.words, call.memory.now_ms))
    if ticket is None:
        return "refused"
    call.draft.cancel_timers(close_timer(ticket, call.memory.now_ms, call.memory.rules.hours).id)
    _tell_reporters(call, ticket, "ticket.reopened_told")
    _tell_owner(call, ticket, "reopen.by_another")
    return _done(call, ticket, "reopen.done", "reopened")


def merge(call: Call) -> str:
    first, second = (call.ticket(number) for number in call.numbers)
    if first is None or second is None:
        return call.refuse("command.no_such_ticket", number=call.numbers[0 if first is None else 1])
    try:
        ended, into = tickets.merged(first, second, call.message.sender, call.memory.now_ms)
    except Refused as refused:
        return _refused(call, refused)
    call.draft.ticket(ended, into)
    for reporter in ended.reporters:
        text = call.voice.say("ticket.merged_told", number=ended.number, into=into.number)
        call.draft.reply(call.voice.tell_reporter(reporter, into, text))
    return call.say("merge.done", "merged", number=ended.number, into=into.number)


def _change(call: Call, change: Callable[[Ticket], Ticket]) -> Ticket | None:
    """The ticket after the change; None when it was refused and the sender has been told why."""
    ticket = call.ticket()
    if ticket is None:
        _no_such(call)
        return None
    try:
        changed = change(ticket)
    except Refused as refused:
        _refused(call, refused)
        return None
    owner = changed.owner
    held, most = call.memory.holds(owner) if owner else 0, call.memory.rules.most_claims
    if owner and owner != ticket.owner and changed.state in OPEN_STATES and held >= most:
        call.refuse("refused.too-many", number=ticket.number, name=call.voice.name(owner), most=most)
        return None
    call.draft.ticket(changed)
    if ticket.owner is None and changed.owner:
        call.draft.count("claimed", ticket.intent, ticket.codes)
        call.draft.sample("claim", ticket)
    return changed


def _no_such(call: Call) -> str:
    return call.refuse("command.no_such_ticket", number=call.number or 0)


def _refused(call: Call, refused: Refused) -> str:
    ticket = refused.ticket
    values: dict[str, str | int] = {
        "number": ticket.number,
        "name": call.voice.colleague(ticket.owner),
        "time": call.voice.moment(ticket.resolved_ms or ticket.claimed_ms or ticket.opened_ms),
        "into": ticket.merged_into or ticket.number,
    }
    reason = "yours" if refused.reason == "claimed" and ticket.owner == call.message.sender else refused.reason
    return call.say(f"refused.{reason}", "refused", **values)


def _tell_reporters(call: Call, ticket: Ticket, key: str, **values: str | int) -> None:
    for reporter in ticket.reporters:
        codes = ", ".join(ticket.codes) or call.voice.error(ticket.intent)
        text = call.voice.say(key, number=ticket.number, codes=codes, **values)
        call.draft.reply(call.voice.tell_reporter(reporter, ticket, text))


def _tell_owner(call: Call, ticket: Ticket | None, key: str, **values: str) -> None:
    """Who holds a ticket, or has held it, must not go on with it, or miss it, because a colleague has changed it."""
    if ticket and ticket.owner and ticket.owner != call.message.sender:
        chat = Chat("private", ticket.owner)
        name, error = call.voice.colleague(call.message.sender), call.voice.error(ticket.intent)
        text = call.voice.say(key, number=ticket.number, name=name, error=error, **values)
        reporter = ticket.reporters[0]
        call.draft.reply(Reply(chat, text, ref=Ref(reporter.chat, reporter.person, ticket=ticket.number)))


def _done(call: Call, ticket: Ticket, key: str, outcome: str) -> str:
    text = call.voice.say(key, number=ticket.number, error=call.voice.error(ticket.intent))
    return call.reply(text, outcome, ticket=ticket.number)
