"""What the bot knows: the intents of intents/*.toml with their responses, the shared vocabulary, the bot's phrases.

Loaded once and whenever a file changes; everything that can be worked out beforehand is worked out here. A file that
does not hold raises KnowledgeError, which lists every problem as `file:line: reason`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Literal, cast

from bot.language import screens
from bot.language.lexicon import Lexicon
from bot.language.patterns import POINTS, Pattern, parse
from bot.language.phrases import Phrases, load_phrases
from bot.language.responses import Response, parse_response
from bot.language.screens import Screen
from bot.language.toml_file import KnowledgeError, Problems, TomlFile
from bot.model import OTHER_ERROR, IntentId

__all__ = [
    "SILENCE", "FollowUp", "Intent", "Knowledge", "KnowledgeError", "Option", "Slot", "Targets", "Written",
    "load_knowledge",
]  # fmt: skip

Audience = Literal["user", "unit-admin"]
CodeNeed = Literal["required", "helpful", "none"]

SILENCE: Final = IntentId("none")
"""The meaning of ordinary talk: scored like an intent, never answered."""
ANSWER_S: Final = 10
"""Target of the first answer where no file names one."""

_KEYS: Final = (
    "section", "title", "name", "audience", "code", "handover", "targets", "unsolved", "say",
    "examples", "slots", "follow_up", "long", "screens",
)  # fmt: skip
_COMMON_TALK: Final = frozenset({"problem", "request", "general", "silence"})
"""Groups of concepts.toml that people use about anything; every other group names things of the system."""
_SHARED: Final = {OTHER_ERROR: "other-error.toml", SILENCE: "silence.toml"}


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


@dataclass(frozen=True, slots=True)
class Written:
    """An error that was described on the pages: what its two files are to hold."""

    toml: str
    md: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    version: str
    """Changes with every change of the files; kept with each reply."""
    lessons: str
    """Changes with the intents alone: what is learnt from them holds whatever the responses say."""
    intents: Mapping[IntentId, Intent]
    usual_targets: Targets
    """For what the guide does not cover, and for errors that name none."""
    phrases: Phrases
    lexicon: Lexicon
    shared: tuple[Pattern, ...]
    """What speaks for other errors and for silence."""
    small_talk: tuple[Pattern, ...]
    anchors: frozenset[str]
    """Concepts that name a thing of the system: without one of them a message is hardly about it."""
    shared_examples: Mapping[IntentId, tuple[str, ...]]
    screens: tuple[Screen, ...]
    """What pictures show that the bot knows, and what it is silent about."""

    def targets_of(self, intent: IntentId) -> Targets:
        known = self.intents.get(intent)
        return known.targets if known else self.usual_targets

    def labelled_examples(self) -> Iterator[tuple[IntentId, str]]:
        """Every example with the meaning that it is one of."""
        for intent in self.intents.values():
            yield from ((intent.id, text) for text in intent.examples)
        for label, texts in self.shared_examples.items():
            yield from ((label, text) for text in texts)


def load_knowledge(
    intents_dir: Path, responses_dir: Path, added: Mapping[IntentId, Written] | None = None
) -> Knowledge:
    """`added` are errors beside those of the files, which win over one of the same name. Raises KnowledgeError."""
    problems = Problems()
    common = intents_dir / "common"
    lexicon, anchors = _lexicon(common, problems)
    files = sorted(intents_dir.glob("*.toml"))
    if not files:
        problems.add(intents_dir.name, 1, "no intents: expected one TOML file an error")
    shared_files = {owner: TomlFile(common / name, problems) for owner, name in _SHARED.items()}
    usual = _targets(shared_files[OTHER_ERROR], None)
    beside = {intents_dir / f"{id_}.toml": written for id_, written in (added or {}).items()}
    new = {path: written for path, written in beside.items() if path not in files}
    intents = [_intent(path, responses_dir, lexicon, usual, problems, new.get(path)) for path in [*files, *new]]
    shared = [pattern for owner, file in shared_files.items() for pattern in _patterns(owner, file, lexicon)]
    small_talk = _small_talk(TomlFile(common / "small-talk.toml", problems), lexicon)
    phrases = load_phrases(responses_dir / "phrases.toml", problems)
    silent_screens = _screens(SILENCE, shared_files[SILENCE])
    problems.raise_if_any()
    lexicon.close()
    for slot in chain.from_iterable(intent.slots for intent in intents):
        for option in slot.options:
            for said in (option.label, *option.say):
                lexicon.add_fact(option.fact(slot.name), said)
    lessons = [*intents_dir.rglob("*.toml")]
    return Knowledge(
        version=_version([*lessons, *responses_dir.glob("*.md"), responses_dir / "phrases.toml"], new),
        lessons=_version(lessons, new),
        intents={intent.id: intent for intent in intents},
        usual_targets=usual,
        phrases=phrases,
        lexicon=lexicon,
        shared=tuple(shared),
        small_talk=small_talk,
        anchors=anchors,
        shared_examples={owner: file.texts("examples", file.values) for owner, file in shared_files.items()},
        screens=(*(screen for intent in intents for screen in intent.screens), *silent_screens),
    )


def _version(paths: list[Path], new: Mapping[Path, Written]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for path, written in sorted(new.items()):
        digest.update(f"{path.name}\0{written.toml}\0{written.md}\0".encode())
    return digest.hexdigest()[:12]


def _lexicon(common: Path, problems: Problems) -> tuple[Lexicon, frozenset[str]]:
    """The vocabulary, and the concepts in it that name things of the system."""
    short_file = TomlFile(common / "short.toml", problems)
    short = {
        written: whole
        for whole in short_file.table("short")
        for written in short_file.text(whole, short_file.table("short")).split()
    }
    syllables = TomlFile(common / "syllables.toml", problems)
    concepts = TomlFile(common / "concepts.toml", problems)
    ways: dict[str, tuple[str, ...]] = {}
    anchors: set[str] = set()
    for group in concepts.values:
        for concept in concepts.table(group):
            ways[concept] = concepts.texts(concept, concepts.table(group))
            if group not in _COMMON_TALK:
                anchors.add(concept)
    onsets, rhymes = syllables.text("onsets").split(), syllables.text("rhymes").split()
    return Lexicon(short, _written_out(ways, concepts), onsets, rhymes), frozenset(anchors)


def _written_out(ways: Mapping[str, tuple[str, ...]], file: TomlFile) -> dict[str, tuple[str, ...]]:
    """A concept may name others in angle brackets; it then holds all their ways."""

    def all_ways(concept: str, seen: frozenset[str]) -> list[str]:
        said = []
        for way in ways[concept]:
            other = way[1:-1]
            if not way.startswith("<"):
                said.append(way)
            elif other not in ways or other in seen:
                file.wrong(way, f"'{concept}' names '{way}', which is no other concept")
            else:
                said += all_ways(other, seen | {other})
        return said

    return {concept: tuple(dict.fromkeys(all_ways(concept, frozenset((concept,))))) for concept in ways}


def _patterns(owner: IntentId, file: TomlFile, lexicon: Lexicon) -> tuple[Pattern, ...]:
    say = file.table("say")
    file.only(tuple(POINTS), say)
    found = []
    for level, points in POINTS.items():
        for line in file.texts(level, say):
            try:
                found.append(parse(owner, line, points, lexicon))
            except ValueError as error:
                file.wrong(line, f"pattern '{line}': {error}")
    if not found:
        file.wrong("[say]", "no pattern says how people put this")
    return tuple(found)


def _screens(owner: IntentId, file: TomlFile) -> tuple[Screen, ...]:
    return tuple(_screen(owner, file, table) for table in file.tables("screens"))


def _screen(owner: IntentId, file: TomlFile, table: Mapping[str, object]) -> Screen:
    levels = {level: points for level, points in POINTS.items() if points > 0}
    file.only(("name", *levels), table)
    found = []
    for level, points in levels.items():
        for line in file.texts(level, table):
            try:
                found.append((points, screens.parse(line)))
            except ValueError as error:
                file.wrong(line, f"screen '{line}': {error}")
    name = file.text("name", table)
    if not found:
        file.wrong(name or "screens", f"no pattern says what '{name}' shows")
    return Screen(owner, name, tuple(found))


def _intent(
    path: Path, responses_dir: Path, lexicon: Lexicon, usual: Targets, problems: Problems, written: Written | None
) -> Intent:
    file = TomlFile(path, problems, written.toml if written else None)
    file.only(_KEYS)
    intent_id = IntentId(path.stem)
    return Intent(
        id=intent_id,
        section=file.text("section"),
        title=file.text("title"),
        name=file.text("name"),
        audience=cast(Audience, file.one_of("audience", ("user", "unit-admin"))),
        handover=file.flag("handover"),
        code=cast(CodeNeed, file.one_of("code", ("none", "helpful", "required"))),
        slots=tuple(_slot(file, table) for table in file.tables("slots")),
        follow_up=_follow_up(file),
        targets=_targets(file, usual),
        unsolved=file.text("unsolved", needed=False),
        response=_response(responses_dir / f"{path.stem}.md", problems, written.md if written else None),
        patterns=_patterns(intent_id, file, lexicon),
        examples=file.texts("examples", file.values),
        long=file.flag("long"),
        screens=_screens(intent_id, file),
    )


def _facts(file: TomlFile, key: str, table: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    facts = file.table(key, table)
    return tuple((name, file.text(name, facts)) for name in facts)


def _targets(file: TomlFile, usual: Targets | None) -> Targets:
    """`usual` stands in for a file that names none; where there is no usual one, the file must."""
    if usual and "targets" not in file.values:
        return usual
    table = file.table("targets")
    file.only(("answer", "claim", "resolve"), table)
    answer_s = file.duration_s("answer", table) if "answer" in table else usual.answer_s if usual else ANSWER_S
    return Targets(file.duration_s("claim", table), file.duration_s("resolve", table), answer_s)


def _slot(file: TomlFile, table: Mapping[str, object]) -> Slot:
    file.only(("name", "question", "options", "when", "only_asked", "then_handover"), table)
    name = file.text("name", table)
    options = table.get("options")
    if not isinstance(options, list) or len(options) < 2 or not all(isinstance(each, dict) for each in options):
        file.wrong(name or "slots", f"slot '{name}' needs at least two options {{ value, label, say }}")
        options = []
    return Slot(
        name=name,
        question=file.text("question", table),
        options=tuple(_option(file, each) for each in options),
        when=_facts(file, "when", table),
        only_asked=file.flag("only_asked", table),
        then_handover=file.flag("then_handover", table),
    )


def _option(file: TomlFile, table: Mapping[str, object]) -> Option:
    file.only(("value", "label", "say", "over"), table)
    return Option(
        file.text("value", table), file.text("label", table), file.texts("say", table), file.texts("over", table)
    )


def _follow_up(file: TomlFile) -> FollowUp | None:
    table = file.table("follow_up")
    if not table:
        return None
    file.only(("after_s", "question", "when", "unsolved"), table)
    return FollowUp(
        file.number("after_s", table),
        file.text("question", table),
        _facts(file, "when", table),
        _facts(file, "unsolved", table),
    )


def _response(path: Path, problems: Problems, source: str | None) -> Response:
    name = f"responses/{path.name}"
    try:
        return parse_response(path.read_text("utf-8") if source is None else source)
    except FileNotFoundError:
        problems.add(name, 1, "is missing: every intent needs its steps")
    except UnicodeDecodeError:
        problems.add(name, 1, "is not UTF-8 text")
    except ValueError as error:
        line, _, reason = str(error).partition(": ")
        problems.add(name, int(line), reason)
    return Response("", ())


def _small_talk(file: TomlFile, lexicon: Lexicon) -> tuple[Pattern, ...]:
    found = []
    for kind in file.values:
        for line in file.texts("say", file.table(kind)):
            try:
                found.append(parse(kind, line, POINTS["sure"], lexicon))
            except ValueError as error:
                file.wrong(line, f"pattern '{line}': {error}")
    return tuple(found)
