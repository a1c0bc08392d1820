"""Reads the TOML files of intents/ and responses/ and says, with file and line, what is wrong in them.

First step of loading knowledge. Every problem is collected, so that an editor sees all of them at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import tomli

Severity = Literal["error", "warning"]
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600}
_DURATION: Final = re.compile(r"([1-9]\d{0,3})([smh])")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an editor should know about a file."""

    severity: Severity
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class KnowledgeError(Exception):
    """The files do not hold; `findings` lists every problem, the message is one `file:line: reason` a line."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


@dataclass(slots=True)
class Problems:
    """Collects what is wrong while files are read."""

    found: list[Finding] = field(default_factory=list)

    def add(self, file: str, line: int, text: str) -> None:
        self.found.append(Finding("error", file, line, text))

    def raise_if_any(self) -> None:
        if self.found:
            raise KnowledgeError(self.found)


class TomlFile:
    """One TOML file. A value that is missing or of the wrong kind becomes a problem and an empty value."""

    def __init__(self, path: Path, problems: Problems, source: str | None = None) -> None:
        """`source` stands in for what the file holds."""
        self.name = path.name if path.parent.name != "common" else f"common/{path.name}"
        self.problems = problems
        self.values: dict[str, object] = {}
        self.source = ""
        try:
            self.source = unicodedata.normalize("NFC", path.read_text("utf-8") if source is None else source)
            self.values = tomli.loads(self.source)
        except OSError as error:
            problems.add(self.name, 1, f"cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            problems.add(self.name, 1, "is not UTF-8 text")
        except tomli.TOMLDecodeError as error:
            place = re.search(r"at line (\d+)", str(error))
            problems.add(self.name, int(place[1]) if place else self.source.count("\n") + 1, f"is not TOML: {error}")

    def line_of(self, needle: str) -> int:
        """The line on which a text first stands; 1 when it cannot be told."""
        place = self.source.find(needle)
        return self.source.count("\n", 0, place) + 1 if place >= 0 else 1

    def wrong(self, needle: str, text: str) -> None:
        self.problems.add(self.name, self.line_of(needle), text)

    def table(self, key: str, within: Mapping[str, object] | None = None) -> Mapping[str, object]:
        value = (self.values if within is None else within).get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong(key, f"'{key}' must be a table")
        return {}

    def tables(self, key: str) -> list[Mapping[str, object]]:
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            return value
        self.wrong(key, f"'{key}' must be written as [[{key}]]")
        return []

    def text(self, key: str, within: Mapping[str, object] | None = None, *, needed: bool = True) -> str:
        value = (self.values if within is None else within).get(key)
        if isinstance(value, str) and (value.strip() or not needed):
            return value
        if value is not None or needed:
            self.wrong(key, f"'{key}' must be a text" if value is not None else f"'{key}' is missing")
        return ""

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        value = self.text(key)
        if value and value not in allowed:
            self.wrong(key, f"'{key}' must be one of {', '.join(allowed)}, not '{value}'")
        return value if value in allowed else allowed[0]

    def flag(self, key: str, within: Mapping[str, object] | None = None) -> bool:
        value = (self.values if within is None else within).get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong(key, f"'{key}' must be true or false")
        return False

    def number(self, key: str, within: Mapping[str, object] | None = None) -> int:
        value = (self.values if within is None else within).get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.wrong(key, f"'{key}' must be a whole number above 0")
        return 1

    def duration_s(self, key: str, within: Mapping[str, object] | None = None) -> int:
        value = self.text(key, within)
        match = _DURATION.fullmatch(value)
        if match:
            return int(match[1]) * _UNITS_S[match[2]]
        if value:
            self.wrong(key, f"'{key}' must be a time like 10s, 30m or 4h, not '{value}'")
        return 1

    def texts(self, key: str, within: Mapping[str, object]) -> tuple[str, ...]:
        value = within.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
            return tuple(value)
        self.wrong(key, f"'{key}' must be a list of texts")
        return ()

    def only(self, allowed: Sequence[str], within: Mapping[str, object] | None = None) -> None:
        for key in self.values if within is None else within:
            if key not in allowed:
                self.wrong(key, f"'{key}' is not known here; known are {', '.join(allowed)}")
