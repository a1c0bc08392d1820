"""Writes what was taught on the pages back into the intents' TOML, for review in git."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bot.language.intent import SILENCE
from bot.language.teaching import Taught
from bot.model import OTHER_ERROR, IntentId

_EXAMPLES: Final = re.compile(r"^examples = \[\n.*?^(?=\])", re.MULTILINE | re.DOTALL)
_SHARED: Final = {OTHER_ERROR: "common/other-error.toml", SILENCE: "common/silence.toml"}


class NoPlace(Exception):
    """A file has no list of examples to write to; the text names it."""


def write_taught(intents: Path, responses: Path, to: Path, taught: Taught) -> dict[Path, int]:
    """The files of `intents` with these examples, and those of new errors, written under `to` (the steps of new errors
    beside it, in a folder named as `responses`); how many examples each got. What a file holds is left out."""
    by_label: dict[IntentId, list[str]] = defaultdict(list)
    for text, label in sorted(taught.examples.items()):
        by_label[label].append(text)
    new = {label: each for label, each in taught.errors.items() if not (intents / f"{label}.toml").exists()}
    written = {}
    for label, files in new.items():
        steps = to.parent / responses.name / f"{label}.md"
        steps.parent.mkdir(parents=True, exist_ok=True)
        steps.write_text(files.md, "utf-8")
        written[steps] = 0
    for label in [*new, *(each for each in by_label if each not in new)]:
        name = _SHARED.get(label, f"{label}.toml")
        source = new[label].toml if label in new else (intents / name).read_text("utf-8")
        lines = [line for line in map(_line, by_label[label]) if line not in source]
        if lines or label in new:
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_with(source, lines, name), "utf-8")
            written[target] = len(lines)
    return written


def _line(text: str) -> str:
    """What JSON escapes, TOML escapes likewise."""
    return f"  {json.dumps(text, ensure_ascii=False)},\n"


def _with(source: str, lines: Iterable[str], name: str) -> str:
    place = _EXAMPLES.search(source)
    if place is None:
        raise NoPlace(f"{name}: there is no list 'examples = [' to add to")
    return source[: place.end()] + "".join(lines) + source[place.end() :]
