"""Proves that intents/ and responses/ are sound, and warns of what an editor would want to know before it goes live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.language.evaluate import label_of
from bot.language.knowledge import Intent, Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.language.toml_file import Finding, KnowledgeError
from bot.model import IntentId

LONGEST_PARAGRAPH: Final = 1_800
"""Characters that one Zalo message takes, with a margin; longer paragraphs would be torn apart."""
MOST_TAKEN: Final = 0.34
"""A larger share of lost examples than this means that an intent is hidden by another one."""


def check(intents_dir: Path, responses_dir: Path) -> list[Finding]:
    """Everything that is wrong ('error') or doubtful ('warning'), in the order of the files."""
    try:
        knowledge = load_knowledge(intents_dir, responses_dir)
    except KnowledgeError as error:
        return list(error.findings)
    matcher = Matcher(knowledge)
    findings: list[Finding] = []
    for intent in knowledge.intents.values():
        findings += _long_paragraphs(intent)
        findings += _unreachable_sections(intent)
        findings += _lost_examples(matcher, intent)
    findings += _same_patterns(knowledge)
    return findings


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


def _lost_examples(matcher: Matcher, intent: Intent) -> Iterator[Finding]:
    """Examples that the intent no longer wins, and to whom they go."""
    lost = [(text, label_of(matcher.understand(text))) for text in intent.examples]
    lost = [(text, got) for text, got in lost if got != intent.id]
    file = f"{intent.id}.toml"
    for text, got in lost:
        yield Finding("warning", file, 1, f"the example '{text}' is understood as '{got}'")
    if intent.examples and len(lost) > MOST_TAKEN * len(intent.examples):
        yield Finding(
            "error", file, 1, f"{len(lost)} of {len(intent.examples)} examples are lost: the intent is unreachable"
        )


def _same_patterns(knowledge: Knowledge) -> Iterator[Finding]:
    """Two intents that claim the same words with the same force steal each other's messages."""
    seen: dict[str, IntentId] = {}
    for intent in knowledge.intents.values():
        for pattern in intent.patterns:
            owner = seen.setdefault(pattern.text, intent.id)
            if owner != intent.id and pattern.points > 1:
                text = f"the pattern '{pattern.text}' also speaks for '{owner}'"
                yield Finding("warning", f"{intent.id}.toml", 1, text)
