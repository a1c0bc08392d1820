"""The bot's sentences outside the fix steps: responses/phrases.toml, a key a sentence, `{name}` for what is filled in.

Whatever is filled in may come from a user, so any `[@` in it is defused; only a `Mention` names a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Final

from bot.language.toml_file import Finding, KnowledgeError, Problems, TomlFile
from bot.model import PersonId

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Mention:
    """Stands in a phrase for a person, whom Zalo then names: `[@id]`."""

    person: PersonId

    def __str__(self) -> str:
        return f"[@{self.person}]"


def defuse(text: str) -> str:
    """Text from outside, unable to mention anyone."""
    return text.replace("[@", "[ @")


@dataclass(frozen=True, slots=True)
class Phrases:
    texts: Mapping[str, str]
    """Key → text with placeholders; keys of tables are joined with a dot: 'ticket.opened'."""
    needs: Mapping[str, frozenset[str]]

    def say(self, key: str, **values: str | int | Mention) -> str:
        """The phrase with its placeholders filled in, in NFC."""
        text = self.texts.get(key)
        if text is None:
            raise _error(key, "there is no such phrase")
        missing = self.needs[key] - values.keys()
        if missing:
            raise _error(key, f"the phrase needs {', '.join(sorted(missing))}")
        shown = {
            name: str(value) if isinstance(value, Mention) else defuse(str(value)) for name, value in values.items()
        }
        return unicodedata.normalize("NFC", text.format_map(shown))

    def __contains__(self, key: object) -> bool:
        return key in self.texts


def _error(key: str, reason: str) -> KnowledgeError:
    return KnowledgeError([Finding("error", "responses/phrases.toml", 1, f"'{key}': {reason}")])


def load_phrases(path: Path, problems: Problems) -> Phrases:
    file = TomlFile(path, problems)
    file.name = f"responses/{path.name}"
    texts: dict[str, str] = {}
    needs: dict[str, frozenset[str]] = {}
    for key, value in _flat(file.values):
        if not isinstance(value, str) or not value.strip():
            file.wrong(key.rsplit(".", 1)[-1], f"'{key}' must be a text")
            continue
        names = _placeholders(value)
        if names is None:
            file.wrong(
                value[:40], f"'{key}': a placeholder is written {{name}}, in small letters; a brace {{{{ or }}}}"
            )
            continue
        texts[key], needs[key] = value.strip(), names
    return Phrases(texts, needs)


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _placeholders(text: str) -> frozenset[str] | None:
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    if any(spec or conversion or not _NAME.fullmatch(name) for name, spec, conversion in fields):
        return None
    return frozenset(name for name, _, _ in fields)
