"""Turns responses/<intent>.md, which a technician edits, into the plain text that Zalo shows.

Zalo knows no Markdown: marks go, menu names stand in quotation marks, links stand bare, code stands as it is. A heading
such as `## Bộ phận Văn thư {vai-tro=van-thu}` makes a section that is only shown to whom it concerns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Conditions = tuple[tuple[str, tuple[str, ...]], ...]
"""Slot name → the values for which a section is shown."""

_CONDITION: Final = re.compile(r"\s*\{([^{}]*)\}\s*$")
_HEADING: Final = re.compile(r"(#{1,6})\s+(.*)")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_ITALIC: Final = re.compile(r"(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])")
_LINK: Final = re.compile(r"\[([^\]@][^\]]*)\]\((https?://[^)\s]+)\)")
_BARE_LINK: Final = re.compile(r"<(https?://[^>\s]+)>")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_BULLET: Final = re.compile(r"^(\s*)[-*]\s+")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a response; `when` holds slot name → values for which it is shown."""

    text: str
    line: int
    when: Conditions = ()

    def shown(self, slots: Mapping[str, str]) -> bool:
        return all(name not in slots or slots[name] in values for name, values in self.when)


@dataclass(frozen=True, slots=True)
class Response:
    title: str
    sections: tuple[Section, ...]
    source: str = ""
    """The file as it is written, for the guide's page."""

    def text(self, slots: Mapping[str, str]) -> str:
        """The response for someone with these branch facts, as plain text; a fact not known shows every section."""
        return "\n\n".join(section.text for section in self.sections if section.text and section.shown(slots))

    def short(self, slots: Mapping[str, str]) -> str:
        """The steps without the lists of values below them."""
        return "\n".join(line for line in self.text(slots).splitlines() if not line.startswith("- "))


def parse_response(source: str) -> Response:
    """Raises ValueError with the line number first when the file cannot be read as a response."""
    lines = unicodedata.normalize("NFC", source).splitlines()
    if not lines or not lines[0].startswith("# ") or not lines[0][2:].strip():
        raise ValueError("1: the first line must be the title, '# …'")
    sections: list[Section] = []
    body: list[str] = [_plain(lines[0][2:].strip())]
    start = 1
    when: Conditions = ()
    inherited: dict[int, Conditions] = {}
    for number, line in enumerate([*lines[1:], "# "], 2):
        heading = _HEADING.fullmatch(line) if line != "# " else None
        if heading is None and line != "# ":
            body.append(line)
            continue
        sections.append(Section(_zalo(body), start, when))
        if heading is None:
            break
        level = len(heading[1])
        inherited = {depth: kept for depth, kept in inherited.items() if depth < level}
        title, own = _condition(heading[2], number)
        inherited[level] = own
        when = tuple(each for depth in sorted(inherited) for each in inherited[depth])
        body, start = [_plain(title)], number
    return Response(sections[0].text.split("\n", 1)[0], tuple(sections), "\n".join(lines))


def _condition(heading: str, number: int) -> tuple[str, Conditions]:
    match = _CONDITION.search(heading)
    if match is None:
        return heading.strip(), ()
    when = []
    for each in match[1].split(","):
        name, equals, values = (part.strip() for part in each.partition("="))
        if not name or not equals or not values:
            raise ValueError(f"{number}: a condition is written {{name=value}}, not {{{match[1]}}}")
        when.append((name, tuple(value.strip() for value in values.split("|"))))
    return heading[: match.start()].strip(), tuple(when)


def _zalo(lines: list[str]) -> str:
    shown: list[str] = []
    fenced = False
    for line in lines:
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            shown.append(line.strip())
        else:
            shown.append(_plain(_BULLET.sub(r"\1- ", line.rstrip())))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(shown)).strip()


def _plain(line: str) -> str:
    line = _LINK.sub(r"\1: \2", _BARE_LINK.sub(r"\1", line))
    codes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        codes.append(match[1])
        return f"\x00{len(codes) - 1}\x00"

    line = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", _CODE.sub(keep, line)))
    return re.sub("\x00(\\d+)\x00", lambda match: codes[int(match[1])], line)
