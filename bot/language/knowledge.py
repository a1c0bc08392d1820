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
from typing import Final

from bot.language.intent import SILENCE, Intent, Targets
from bot.language.intent_file import Written, intent_of, patterns_of, screens_of, targets_of
from bot.language.lexicon import Lexicon
from bot.language.patterns import POINTS, Pattern, parse
from bot.language.phrases import Phrases, load_phrases
from bot.language.screens import Screen
from bot.language.toml_file import Problems, TomlFile
from bot.model import OTHER_ERROR, IntentId

_COMMON_TALK: Final = frozenset({"problem", "request", "general", "silence"})
"""Groups of concepts.toml that people use about anything; every other group names things of the system."""
_SHARED: Final = {OTHER_ERROR: "other-error.toml", SILENCE: "silence.toml"}


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
        """Every example with the meaning that it is one of; the name of an error is one, too."""
        for intent in self.intents.values():
            # a name alone teaches too little: by patterns only, its error is found more surely
            yield from ((intent.id, text) for text in ((intent.name, *intent.examples) if intent.examples else ()))
        for label, texts in self.shared_examples.items():
            yield from ((label, text) for text in texts)


def load_knowledge(
    intents_dir: Path, responses_dir: Path, added: Mapping[IntentId, Written] | None = None
) -> Knowledge:
    """`added` are errors beside those of the files, which win over one of the same name. Raises KnowledgeError."""
    problems = Problems()
    common = intents_dir / "common"
    lexicon, anchors = _lexicon(common, problems)
    files = sorted(intents_dir.glob("*.toml"), key=str)
    if not files:
        problems.add(intents_dir.name, 1, "no intents: expected one TOML file an error")
    shared_files = {owner: TomlFile(common / name, problems) for owner, name in _SHARED.items()}
    usual = targets_of(shared_files[OTHER_ERROR], None)
    beside = {intents_dir / f"{id_}.toml": written for id_, written in (added or {}).items()}
    new = {path: written for path, written in beside.items() if path not in files}
    intents = [intent_of(path, responses_dir, lexicon, usual, problems, new.get(path)) for path in [*files, *new]]
    shared = [pattern for owner, file in shared_files.items() for pattern in patterns_of(owner, file, lexicon)]
    small_talk = _small_talk(TomlFile(common / "small-talk.toml", problems), lexicon)
    phrases = load_phrases(responses_dir / "phrases.toml", problems)
    silent_screens = screens_of(SILENCE, shared_files[SILENCE])
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
    for path in sorted(paths, key=str):
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


def _small_talk(file: TomlFile, lexicon: Lexicon) -> tuple[Pattern, ...]:
    found = []
    for kind in file.values:
        for line in file.texts("say", file.table(kind)):
            try:
                found.append(parse(kind, line, POINTS["sure"], lexicon))
            except ValueError as error:
                file.wrong(line, f"pattern '{line}': {error}")
    return tuple(found)
