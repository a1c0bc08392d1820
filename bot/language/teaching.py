"""What people taught the bot on its pages, over what its files hold: examples and new errors, tried before they are
accepted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.language.codes import CODE, plain
from bot.language.evaluate import Report, Row, judge, label_of, report
from bot.language.intent import SILENCE
from bot.language.intent_file import Written
from bot.language.knowledge import Knowledge
from bot.language.matcher import Matcher
from bot.model import OTHER_ERROR, IntentId

Examples = Mapping[str, IntentId]
"""Text → what it means."""


@dataclass(frozen=True, slots=True)
class Taught:
    examples: Examples = field(default_factory=dict)
    errors: Mapping[IntentId, Written] = field(default_factory=dict)

    def and_also(self, new: Taught) -> Taught:
        return Taught({**self.examples, **new.examples}, {**self.errors, **new.errors})


NOTHING: Final = Taught()

NO_DOSSIER: Final = "H20.00.00-240101-0000"
"""Stands for every dossier code: examples are read by many, and go into git."""


def example(text: str) -> str:
    """A message as it is taught."""
    return CODE.sub(NO_DOSSIER, plain(text)).strip()


@dataclass(frozen=True, slots=True)
class Change:
    """A text that is understood otherwise than before."""

    text: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Trial:
    before: Report
    after: Report
    understood: int
    """How many of the new examples mean now what they should."""
    changes: tuple[Change, ...]
    """Among the messages that were replayed."""


def with_examples(knowledge: Knowledge, taught: Examples) -> Knowledge:
    """The knowledge with these examples, too; without those that its files hold or whose meaning they do not know."""
    known = {*knowledge.intents, OTHER_ERROR, SILENCE}
    written = set(knowledge.labelled_examples())
    held = sorted((text, label) for text, label in taught.items() if label in known and (label, text) not in written)
    if not held:
        return knowledge
    texts: dict[IntentId, tuple[str, ...]] = {}
    for text, label in held:
        texts[label] = (*texts.get(label, ()), text)
    digest = hashlib.sha256(f"{knowledge.version}{held}".encode())
    return replace(
        knowledge,
        version=digest.hexdigest()[:12],
        intents={
            id_: replace(intent, examples=(*intent.examples, *texts.get(id_, ())))
            for id_, intent in knowledge.intents.items()
        },
        shared_examples={
            label: (*examples, *texts.get(label, ())) for label, examples in knowledge.shared_examples.items()
        },
    )


def try_out(live: Matcher, tried: Matcher, new: Taught, rows: Sequence[Row], yesterday: Iterable[str]) -> Trial:
    """What `new`, which `tried` was taught, changes: on labelled messages, and on those of yesterday."""
    before, after = live.understand, tried.understand
    changes = []
    for text in dict.fromkeys(yesterday):
        was, is_ = label_of(before(text)), label_of(after(text))
        if was != is_:
            changes.append(Change(text, was, is_))
    return Trial(
        before=report([judge(before, row) for row in rows]),
        after=report([judge(after, row) for row in rows]),
        understood=sum(label_of(after(text)) == label for text, label in new.examples.items()),
        changes=tuple(changes),
    )
