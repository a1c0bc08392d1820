"""Proves that intents/ and responses/ are sound, and warns of what an editor would want to know before it goes live."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.language.evaluate import label_of
from bot.language.intent import Intent
from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.language.patterns import POINTS
from bot.language.shelf import Shelf
from bot.language.toml_file import Finding, KnowledgeError, Problems, TomlFile
from bot.model import IntentId

LONGEST_PARAGRAPH: Final = 1_800
"""Characters that one Zalo message takes, with a margin; longer paragraphs would be torn apart."""
STOLEN: Final = 2
"""Examples of another meaning that a pattern must fire on before it is called a thief."""
MOST_TAKEN: Final = 0.34
"""A larger share of lost examples than this means that an intent is hidden by another one."""


def check(intents_dir: Path, responses_dir: Path, shelf: Shelf) -> list[Finding]:
    """Everything that is wrong ('error') or doubtful ('warning'), in the order of the files."""
    try:
        knowledge = load_knowledge(intents_dir, responses_dir)
    except KnowledgeError as error:
        return list(error.findings)
    matcher = shelf.matcher(knowledge, is_urgent=True)
    fires = _fires(matcher)
    findings: list[Finding] = []
    for intent in knowledge.intents.values():
        file = TomlFile(intents_dir / f"{intent.id}.toml", Problems())
        findings += _long_paragraphs(intent)
        findings += _unreachable_sections(intent)
        findings += _lost_examples(matcher, intent, file)
        findings += _doubtful_patterns(intent, file, fires)
        findings += _mistaken_screens(knowledge, intent, file)
    findings += _same_patterns(knowledge)
    return findings


def _fires(matcher: Matcher) -> Mapping[tuple[str, str], Counter[IntentId]]:
    """(owner, pattern) → how many examples of each meaning it fires on."""
    fires: dict[tuple[str, str], Counter[IntentId]] = defaultdict(Counter)
    for label, text in matcher.knowledge.labelled_examples():
        for fired in matcher.reader.read(text).fired:
            fires[fired.pattern.owner, fired.pattern.text][label] += 1
    return fires


def _long_paragraphs(intent: Intent) -> Iterator[Finding]:
    for section in intent.response.sections:
        for paragraph in section.text.split("\n\n"):
            if len(paragraph) > LONGEST_PARAGRAPH:
                text = f"a paragraph of {len(paragraph)} characters does not fit one message ({LONGEST_PARAGRAPH})"
                yield Finding("error", f"responses/{intent.id}.md", section.line, text)


def _unreachable_sections(intent: Intent) -> Iterator[Finding]:
    values = {slot.name: {option.value for option in slot.options} for slot in intent.slots}
    for section in intent.response.sections:
        for name, wanted in section.when:
            unknown = [value for value in wanted if value not in values.get(name, set())]
            if unknown:
                text = f"no slot of the intent gives {name}={'|'.join(unknown)}: this section is never shown alone"
                yield Finding("error", f"responses/{intent.id}.md", section.line, text)


def _lost_examples(matcher: Matcher, intent: Intent, file: TomlFile) -> Iterator[Finding]:
    """Examples that the intent no longer wins, to whom they go and by which patterns."""
    lost = 0
    for text in intent.examples:
        meaning = matcher.understand(text)
        got = label_of(meaning)
        if got != intent.id:
            lost += 1
            taken = f" by its patterns {', '.join(map(repr, meaning.evidence))}" if meaning.intent == got else ""
            warning = f"the example '{text}' is understood as '{got}'{taken}"
            yield Finding("warning", file.name, file.line_of(text), warning)
    if lost > MOST_TAKEN * max(1, len(intent.examples)):
        text = f"{lost} of {len(intent.examples)} examples are lost: the intent is unreachable"
        yield Finding("error", file.name, file.line_of("examples"), text)


def _doubtful_patterns(
    intent: Intent, file: TomlFile, fires: Mapping[tuple[str, str], Counter[IntentId]]
) -> Iterator[Finding]:
    """Patterns that can never fire, and those that speak for the intent mostly in the examples of another one."""
    for pattern in intent.patterns:
        line = file.line_of(pattern.text)
        if any(part <= pattern.without for part in pattern.parts):
            yield Finding("error", file.name, line, f"the pattern '{pattern.text}' excludes what it needs: unreachable")
        found = fires.get((intent.id, pattern.text), Counter())
        other, count = max(found.items(), key=lambda item: item[1], default=(intent.id, 0))
        if pattern.points > POINTS["hint"] and other != intent.id and count >= STOLEN:
            own = found[intent.id]
            text = f"the pattern '{pattern.text}' fires on {count} examples of '{other}' and on {own} of its own"
            yield Finding("warning", file.name, line, text)


def _mistaken_screens(knowledge: Knowledge, intent: Intent, file: TomlFile) -> Iterator[Finding]:
    """A picture that shows this error and no more is taken for another one, or for nothing of the bot's business."""
    for screen in intent.screens:
        line = file.line_of(f'"{screen.name}"')
        others = [other for other in knowledge.screens if other.owner != intent.id]
        for other in others:
            if any(other.points(seen) for seen in screen.least()):
                text = f"the screen '{screen.name}' also shows '{other.name}' of '{other.owner}'"
                yield Finding("warning", file.name, line, text)


def _same_patterns(knowledge: Knowledge) -> Iterator[Finding]:
    """Two intents that claim the same words with the same force steal each other's messages."""
    seen: dict[str, IntentId] = {}
    for intent in knowledge.intents.values():
        for pattern in intent.patterns:
            if pattern.points <= POINTS["hint"]:
                continue
            owner = seen.setdefault(pattern.text, intent.id)
            if owner != intent.id:
                text = f"the pattern '{pattern.text}' also speaks for '{owner}'"
                yield Finding("warning", f"{intent.id}.toml", 1, text)
