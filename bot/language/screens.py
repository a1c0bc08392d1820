"""What a picture shows: from the text that was read in it to a Reading, without keeping any of the text.

A `[[screens]]` table of an intent's TOML names something that a picture of this error shows. Its patterns are texts as
they stand on the screen: every part joined by `+` must be there, one of those joined by `|`, and `label: value` wants
the value right behind its label. A text after `^` must begin a line: a message on a screen does, its quotation in a
paper or in people's talk seldom. Tesseract misreads, so a text may differ in some letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, product
from typing import Final

from rapidfuzz.fuzz import partial_ratio_alignment, ratio

from bot.language.codes import broken_codes, find_codes
from bot.language.normalise import fold
from bot.model import IntentId, Reading

SURE: Final = 3.0
LONGEST: Final = 6_000
"""Characters of a picture that are looked at; no error fills a page."""
ALIKE: Final = 86.0
"""Out of 100, letters that must be as declared."""
SHORT: Final = 8
"""A text of no more letters must stand there exactly."""
BEHIND: Final = 24
"""Characters after a label within which its value must begin."""
MOST_CODES: Final = 5

_NOT_WORD: Final = re.compile(r"[\W_]+")
_LISTED: Final = re.compile(r"\s*(?:[-–•*+>☐☑]|\d{1,2}[.)])\s?(?=\D)")
_DIGIT: Final = "[0-9OoQDIlSBZ|]"
_CODE_READ: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?P<letter>[A-Za-z6])(?P<unit>{_DIGIT}{{2}}(?:(?: ?[.,·] ?| ){_DIGIT}{{2}}){{0,4}})"
    rf"\s?[-–—_~]+\s?(?P<day>{_DIGIT}(?: ?{_DIGIT}){{5}})\s?[-–—_~]+\s?(?P<serial>{_DIGIT}{{4,7}})(?![0-9A-Za-z])"
)
_DOUBTFUL: Final = re.compile(r"[A-Z]\d\d(?:\.\d\d){2}-\d{5,7}-\d{1,7}")
"""Enough of a dossier code to be asked for; the edge of a picture may cut its end off."""
_DIGITS: Final = str.maketrans("OoQDIlSBZ|", "0000115821")


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    value: str = ""
    begins_line: bool = False


Pattern = tuple[tuple[Part, ...], ...]
"""Of each group one part must be there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: its words as `plain` makes them, and where lines begin that are no items of a list."""

    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """One `[[screens]]` table."""

    owner: IntentId
    name: str
    """As the bot tells what it read."""
    patterns: tuple[tuple[float, Pattern], ...]
    """Points, and what must be there."""

    def points(self, seen: Seen) -> float:
        """Of the best of its patterns that stands in what was seen."""
        return max((worth for worth, pattern in self.patterns if _shown(pattern, seen)), default=0.0)

    def least(self) -> Iterator[Seen]:
        """Of each pattern what a picture must show for it, and nothing else."""
        for _, pattern in self.patterns:
            for parts in product(*pattern):
                yield as_seen("\n".join(f"{part.text} {part.value}" for part in parts))


def parse(text: str) -> Pattern:
    """Raises ValueError when a part holds no letter."""
    return tuple(tuple(_part(each) for each in group.split("|")) for group in text.split("+"))


def _part(text: str) -> Part:
    label, _, value = text.partition(": ")
    part = Part(plain(label), plain(value), label.lstrip().startswith("^"))
    if not part.text:
        raise ValueError("empty part")
    return part


def as_seen(text: str) -> Seen:
    lines = [(plain(line), _LISTED.match(line)) for line in text.splitlines() if plain(line)]
    starts = accumulate((len(line) + 1 for line, _ in lines), initial=0)
    return Seen(
        " ".join(line for line, _ in lines),
        tuple(start for start, (_, listed) in zip(starts, lines, strict=False) if not listed),
    )


def plain(text: str) -> str:
    """Words without marks and signs, one space between them."""
    return _NOT_WORD.sub(" ", fold(unicodedata.normalize("NFC", text))).strip()


def read_screens(text: str, screens: Iterable[Screen], silence: IntentId) -> Reading | None:
    """None when there is nothing in the picture that the bot knows."""
    text = with_mended_codes(text[:LONGEST])
    points: dict[IntentId, float] = {}
    names: dict[IntentId, list[str]] = {}
    clear: set[IntentId] = set()
    seen = as_seen(text)
    for screen in screens:
        found = screen.points(seen)
        if found:
            points[screen.owner] = points.get(screen.owner, 0.0) + found
            names.setdefault(screen.owner, []).append(screen.name)
        if found >= SURE:
            clear.add(screen.owner)
    codes = find_codes(text)[:MOST_CODES]
    doubtful = tuple(code for code in broken_codes(text) if _DOUBTFUL.fullmatch(code))[:MOST_CODES]
    best = max(points, key=lambda owner: points[owner], default=None)
    if best is None or silence in points or clear - {best}:
        return Reading(codes, doubtful) if codes or doubtful else None
    return Reading(codes, doubtful, tuple(names[best]), best, points[best], clear=best in clear)


def with_mended_codes(text: str) -> str:
    """Dossier codes with the digits and dots that Tesseract took for letters and commas."""

    def mend(code: re.Match[str]) -> str:
        unit = re.sub(r" ?[.,· ] ?", ".", code["unit"]).translate(_DIGITS)
        day, serial = ("".join(code[name].split()).translate(_DIGITS) for name in ("day", "serial"))
        return f"{code['letter'].upper().replace('6', 'G')}{unit}-{day}-{serial}"

    return _CODE_READ.sub(mend, text)


def _shown(pattern: Pattern, seen: Seen) -> bool:
    return all(any(_stands(part, seen) for part in group) for group in pattern)


def _stands(part: Part, seen: Seen) -> bool:
    end = _end_of_line_start(part.text, seen) if part.begins_line else _end_of(part.text, seen.text)
    if end is None or not part.value:
        return end is not None
    return _end_of(part.value, seen.text[end : end + BEHIND + len(part.value)]) is not None


def _end_of_line_start(text: str, seen: Seen) -> int | None:
    """Where the text ends with which a line begins; it may go on in the next."""
    ends = (start + len(text) for start in seen.lines if ratio(text, seen.text[start : start + len(text)]) >= ALIKE)
    return next(ends, None)


def _end_of(text: str, seen: str) -> int | None:
    """Where the text ends in what was read; None when it does not stand there."""
    if len(text) <= SHORT:
        match = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", seen)
        return match.end() if match else None
    found = partial_ratio_alignment(text, seen, score_cutoff=ALIKE) if seen else None
    return found.dest_end if found and len(seen) >= len(text) - 2 else None
