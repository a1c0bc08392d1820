"""An error that the guide does not have yet, as somebody describes it on a page; becomes the two files of an intent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from bot.language.intent import SILENCE
from bot.language.intent_file import Written
from bot.model import OTHER_ERROR, IntentId

LONGEST_LINE: Final = 160
LONGEST_STEPS: Final = 6_000
MOST_WAYS: Final = 30
_ID: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+){0,5}")
_FILE: Final = """\
section = {section}
title = {title}
name = {name}
audience = "user"
code = {code}
handover = {handover}

examples = [
]

[say]
certain = [
{ways}]
"""


@dataclass(frozen=True, slots=True)
class NewError:
    id: str
    name: str
    """As it stands within a sentence."""
    title: str
    ways: tuple[str, ...]
    """Patterns, in the language of the intents' files."""
    steps: str
    """Markdown."""
    asks_code: bool
    handover: bool
    """Only technicians can solve it."""

    def wrong(self) -> tuple[str, ...]:
        """The names of the fields that do not hold."""
        holds = {
            "id": len(self.id) <= 40 and bool(_ID.fullmatch(self.id)) and self.id not in (OTHER_ERROR, SILENCE),
            "name": _is_line(self.name),
            "title": _is_line(self.title),
            "ways": 0 < len(self.ways) <= MOST_WAYS and all(map(_is_line, self.ways)),
            "steps": 0 < len(self.steps) <= LONGEST_STEPS,
        }
        return tuple(name for name, is_right in holds.items() if not is_right)

    def files(self, section: str) -> tuple[IntentId, Written]:
        """`section` says where it stands in the guide."""
        toml = _FILE.format(
            section=_quoted(section),
            title=_quoted(self.title),
            name=_quoted(self.name),
            code=_quoted("required" if self.asks_code else "none"),
            handover=json.dumps(self.handover),
            ways="".join(f"  {_quoted(way)},\n" for way in self.ways),
        )
        return IntentId(self.id), Written(toml, f"# {self.title}\n\n{self.steps}\n")


def _is_line(text: str) -> bool:
    return 0 < len(text) <= LONGEST_LINE and text.isprintable()


def _quoted(text: str) -> str:
    """What JSON escapes, TOML escapes likewise."""
    return json.dumps(text, ensure_ascii=False)
