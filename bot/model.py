"""The words that all rooms share: what comes in, what is remembered, what is decided.

Everything here is frozen and does no I/O. Moments are integer milliseconds since the epoch (UTC), named `*_ms`;
durations are seconds, named `*_s`. Ids are strings: Zalo's are up to 20 digits, some hold letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NewType

PersonId = NewType("PersonId", str)
THE_BOT: Final = PersonId("bot")
"""Does what nobody asked for: in histories, and behind the timers of the desk."""
GONE: Final = PersonId("gone")
"""Stands for everybody whose data was erased: the tickets stay, nobody is told anything."""
MessageId = NewType("MessageId", str)
IntentId = NewType("IntentId", str)

Role = Literal["official", "technician", "supervisor"]
STAFF: Final[frozenset[Role]] = frozenset({"technician", "supervisor"})

OTHER_ERROR: Final = IntentId("other-error")
"""A request for support that the guide does not cover: counted and ticketed under this id."""


# --- what comes in -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chat:
    """A group, or the private chat with one person (then `id` is that person's id)."""

    kind: Literal["group", "private"]
    id: str


MediaKind = Literal[
    "image", "gif", "file", "link", "sticker", "audio", "video", "location", "business-card", "unsupported"
]


@dataclass(frozen=True, slots=True)
class Attachment:
    kind: MediaKind
    url: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a picture shows. Of its text nothing is kept but dossier codes."""

    codes: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    """What looks like a dossier code and cannot be one."""
    screens: tuple[str, ...] = ()
    """What it shows, as the intents' TOML names it."""
    intent: IntentId | None = None
    score: float = 0.0
    clear: bool = False
    """It shows a documented error, whatever is said about it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a person, in a group or in private. `text` is masked and still holds `[@id]` mentions."""

    id: MessageId
    chat: Chat
    sender: PersonId
    text: str
    sent_ms: int
    quote: MessageId | None = None
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[PersonId, ...] = ()
    mentions_bot: bool = False
    waited: bool = False
    """Nothing more came in the seconds that it was given."""
    reading: Reading | None = None
    """What was read in its pictures."""
    from_page: bool = False
    """Typed on the ticket board; the answer is shown there."""
    answered: bool = False
    """Read from the history after an outage, and somebody of the staff wrote after it."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A message that the OA itself sent; `admin` is the person who typed it in Zalo's console, if one did."""

    id: MessageId
    chat: Chat
    text: str
    sent_ms: int
    admin: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """People came into a group or left it."""

    id: MessageId
    chat: Chat
    change: Literal["joined", "left"]
    people: tuple[PersonId, ...]
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that only the operators need to hear of, such as the OA taking the app's grant away."""

    id: MessageId
    name: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Timer:
    """A moment at which the bot comes back by itself. Falls due once; setting the same id again moves it."""

    id: str
    due_ms: int
    purpose: str
    chat: Chat
    person: PersonId
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A timer that fell due, on its way through the inbox like any message."""

    id: MessageId
    timer: Timer
    sent_ms: int


Incoming = Message | Echo | Membership | Notice | TimerDue


# --- what it means -----------------------------------------------------------------------------------------------

Verdict = Literal["answer", "clarify", "other-error", "silent"]

SmallTalk = Literal[
    "solved",
    "not-solved",
    "thanks",
    "human",
    "yes",
    "no",
    "never-mind",
    "me-too",
    "also",
    "correction",
    "no-code",
    "wrong-answer",
    "greeting",
    "how-far",
]
ME_TOO: Final[frozenset[SmallTalk]] = frozenset({"me-too", "also"})


@dataclass(frozen=True, slots=True)
class Candidate:
    intent: IntentId
    confidence: float
    """Calibrated, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text says, read without its context. `verdict` judges it as a fresh group message by an official;
    the dialogue weighs `small_talk`, `number` and `slots` where the person is in a conversation."""

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()
    """Best first, at most three; not empty when the verdict is 'answer' or 'clarify'."""
    codes: tuple[str, ...] = ()
    """Dossier codes in canonical form, in order of appearance, each once."""
    small_talk: frozenset[SmallTalk] = frozenset()
    number: int | None = None
    """The text is nothing but a choice: '2', 'số 2', 'cái thứ hai'."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """Branch facts that the text itself gives, slot name → option value, as declared in the intents' TOML."""
    evidence: tuple[str, ...] = ()
    """The patterns that fired for the best candidate, for /visao and explain."""
    doubtful: bool = False
    """Silent, although it may be a complaint: somebody should look at it."""

    @property
    def intent(self) -> IntentId | None:
        return self.candidates[0].intent if self.candidates else None

    @property
    def confidence(self) -> float:
        return self.candidates[0].confidence if self.candidates else 0.0


# --- what is remembered ------------------------------------------------------------------------------------------

Stage = Literal[
    "gathering", "asked-code", "asked-slot", "asked-choice", "asked-question", "offered-ticket", "told-steps",
    "waiting", "handed-over",
]  # fmt: skip
"""'gathering': no conversation yet, only fragments that the next line may complete."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person's conversation with the bot in one chat."""

    chat: Chat
    person: PersonId
    stage: Stage
    case: str
    """Id of the complaint: the id of the message that began it."""
    intent: IntentId | None
    words: str
    """The complaint as written, masked."""
    opened_ms: int
    updated_ms: int
    codes: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[str, ...] = ()
    """What the numbers of the last question stand for: intent ids, option values of `slot`, or tickets."""
    slot: str | None = None
    slots: tuple[tuple[str, str], ...] = ()
    tried: tuple[str, ...] = ()
    """What self-service was already told or tried, for the technicians."""
    ticket: int | None = None
    asked_code: bool = False
    reading: Reading | None = None
    """What was read in its pictures."""
    addressed: bool = False
    """While gathering: one of the fragments was meant for the bot."""


Outcome = Literal["open", "self", "ticket", "unknown", "withdrawn", "incident"]


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint, from its first message to its outcome: what the statistics count."""

    id: str
    chat: Chat
    person: PersonId
    intent: IntentId
    codes: tuple[str, ...]
    words: str
    opened_ms: int
    outcome: Outcome
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()
    ticket: int | None = None
    ended_ms: int | None = None
    place: str = ""
    """The unit that the person had named before."""


TicketState = Literal["new", "claimed", "waiting", "resolved", "closed", "merged"]
OPEN_STATES: Final[frozenset[TicketState]] = frozenset({"new", "claimed", "waiting"})
SOLVED: Final[frozenset[TicketState]] = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True)
class Reporter:
    """Someone who reported the problem, and where to tell them the end of it."""

    person: PersonId
    chat: Chat
    message: MessageId


TicketVerb = Literal[
    "opened", "joined", "claimed", "returned", "handed", "noted", "asked", "answered", "resolved", "reopened",
    "merged", "closed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One line of a ticket's history; never overwritten."""

    at_ms: int
    by: PersonId
    verb: TicketVerb
    text: str = ""
    to: PersonId | None = None
    chat: Chat | None = None
    """Where it was said; None when the bot did it by itself."""
    from_page: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    number: int
    intent: IntentId
    state: TicketState
    words: str
    opened_ms: int
    reporters: tuple[Reporter, ...]
    codes: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    """What the reporter answered to the bot's questions."""
    attachments: tuple[Attachment, ...] = ()
    owner: PersonId | None = None
    claimed_ms: int | None = None
    """Since when its owner has it."""
    resolved_ms: int | None = None
    resolution: str = ""
    merged_into: int | None = None
    free_ms: int | None = None
    """Since when nobody has it, where somebody had it before."""
    touched_ms: int | None = None
    """When its owner last did something about it, or got the answer that they waited for."""
    stopped_ms: int | None = None
    """Since when its clock stands still: it waits for the reporter, or is done."""
    stops: tuple[tuple[int, int], ...] = ()
    """From when to when its clock stood still before."""
    history: tuple[TicketEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble that many have at once."""

    number: int
    intent: IntentId
    name: str
    by: PersonId
    opened_ms: int
    ended_ms: int | None = None
    how: str = ""
    words: str = ""
    """What reports of it say, where the guide does not know the error; a line for each way of telling."""


@dataclass(frozen=True, slots=True)
class IncidentReport:
    incident: Incident
    reporter: Reporter


@dataclass(frozen=True, slots=True)
class Why:
    """Why the bot said something: what it took the message for, from which words, with which knowledge."""

    outcome: str
    intent: IntentId
    confidence: float
    evidence: tuple[str, ...]
    knowledge: str
    """Version of intents/ and responses/."""


@dataclass(frozen=True, slots=True)
class Ref:
    """What a quoted message stands for: a person's conversation, a ticket, or both."""

    chat: Chat
    person: PersonId | None = None
    case: str | None = None
    ticket: int | None = None
    why: Why | None = None


ReviewKind = Literal["other-error", "which", "chosen", "wrong-answer", "taken-back", "not-solved", "silent"]


@dataclass(frozen=True, slots=True)
class Review:
    """A message whose understanding somebody should look at, to teach the bot better."""

    kind: ReviewKind
    message: MessageId
    words: str
    at_ms: int
    intent: IntentId
    """What the bot took it for."""
    by: PersonId
    """Who showed that: the person who asked, or who took the answer back."""
    label: IntentId | None = None
    """What it is, where somebody said so."""


# --- what is decided ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart to be drawn when the reply is sent."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A choice beside a private message; a tap on it sends `payload` as the person's text."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Something to say. `text` is final, except that it is split to Zalo's length when it is put in the outbox."""

    chat: Chat
    text: str
    quote: MessageId | None = None
    ref: Ref | None = None
    chart: Chart | None = None
    buttons: tuple[Button, ...] = ()
    """For private chats; the text says the same."""


@dataclass(frozen=True, slots=True)
class Count:
    """Adds to one counter of the day on which `at_ms` falls (settings: TIMEZONE)."""

    at_ms: int
    name: str
    """'complaint', 'self', 'ticket', 'unknown', 'withdrawn', 'resolved' …"""
    intent: IntentId
    unit: str = ""
    by: int = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """Something that the bot does only so often in a chat: 'said' is counted a minute, 'told' since the first time."""

    kind: Literal["said", "told"]
    chat: Chat
    what: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A duration measured on that day: 'claim' (opened → claimed) or 'resolve' (opened → resolved)."""

    at_ms: int
    name: Literal["claim", "resolve"]
    intent: IntentId
    seconds: int
    ticket: int


@dataclass(frozen=True, slots=True)
class RoleChange:
    person: PersonId
    role: Role
    by: PersonId


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody of the staff goes on leave, or is back."""

    person: PersonId
    on: bool


@dataclass(frozen=True, slots=True)
class PageLink:
    """A way into the pages that works once."""

    person: PersonId
    secret: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that one message changes. Committed whole or not at all."""

    replies: tuple[Reply, ...] = ()
    session: Session | None = None
    """The session after this message; None leaves it as it was."""
    end_sessions: tuple[tuple[Chat, PersonId], ...] = ()
    tickets: tuple[Ticket, ...] = ()
    """Tickets as they are after this message, new ones among them."""
    cases: tuple[Case, ...] = ()
    set_timers: tuple[Timer, ...] = ()
    cancel_timers: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    samples: tuple[Sample, ...] = ()
    roles: tuple[RoleChange, ...] = ()
    leaves: tuple[Leave, ...] = ()
    incidents: tuple[Incident, ...] = ()
    """As they are after this message."""
    incident_reports: tuple[IncidentReport, ...] = ()
    reviews: tuple[Review, ...] = ()
    paces: tuple[Pace, ...] = ()
    page_answer: str = ""
    """What the ticket board shows to the person who did something there."""
    page_link: PageLink | None = None
    logged_out: PersonId | None = None
    """Every page session of this person ends."""
    units: tuple[tuple[str, str], ...] = ()
    """Names given to unit codes by /donvi: ('H20.27.21', 'UBND xã …')."""
    outcome: str = "silent"
    """For logs and metrics: what was done, in one word."""


SILENT: Final = Decision()
