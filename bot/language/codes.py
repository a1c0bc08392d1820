"""Finds dossier codes: 'H20.27.21-240924-0099', 'G22.99.08-240919-2105', the older '000.27.21.H20-230924-0099'.

Stands at the very beginning of understanding, and next to `privacy`. A code may be typed in any case, with spaces,
other hyphens and dots, full-width digits or zero-width characters, glued to words or inside a link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

_SPACE: Final = r"[ \t]{0,3}"
_DOT: Final = rf"{_SPACE}\.{_SPACE}"
_DASH: Final = rf"{_SPACE}-{_SPACE}"
_OLD_UNIT: Final = rf"\d{{3}}(?:{_DOT}\d{{2}}){{1,3}}{_DOT}[a-z]\d{{2}}"
_NEW_UNIT: Final = rf"[a-z]\d{{2}}(?:{_DOT}\d{{2}}){{0,4}}"
CODE: Final = re.compile(
    rf"(?<!\d)(?P<unit>{_OLD_UNIT}|{_NEW_UNIT}){_DASH}(?P<day>\d{{6}}){_DASH}(?P<serial>\d{{4,7}})(?!\d)", re.IGNORECASE
)
_ALMOST: Final = re.compile(
    rf"(?<!\d)(?:{_OLD_UNIT}|{_NEW_UNIT}){_DASH}\d{{1,8}}(?:{_DASH}\d{{0,9}})?(?!\d)", re.IGNORECASE
)
_LONGEST_END: Final = 12
"""From a code's last hyphen to what shows that its number ends: three spaces, seven digits, one more character."""
_LETTER_UNIT: Final = re.compile(r"[A-Z]\d\d")
_DIGIT: Final = re.compile(r"\d")
_INVISIBLE_ONES: Final = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f"
_INVISIBLE: Final = re.compile(f"[{_INVISIBLE_ONES}]")
_MARKS: Final = "\u0300-\u036f"
_MARK_RUN: Final = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")
_LOOKALIKES: Final = dict.fromkeys(
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d\u30fc\u00ac\u02d7\u2500", "-"
) | dict.fromkeys("\u2024\u00b7\u2022\u2027\u30fb\u3002\uff61\uff0e\u2219\u22c5", ".")
_LOOKALIKE_ONES: Final = "".join(map(re.escape, _LOOKALIKES))
_LOOKALIKE: Final = re.compile(f"[{_LOOKALIKE_ONES}]")
_UNUSUAL: Final = re.compile(f"[{_INVISIBLE_ONES}{_MARKS}{_LOOKALIKE_ONES}]")

LONGEST: Final = 20_000
"""Characters that are searched: ten times what Zalo lets anybody write."""


@lru_cache(maxsize=8)
def plain(text: str) -> str:
    """The text with invisible characters gone and look-alike digits, dots and hyphens made ordinary ones. Remembered,
    because what a message says and which codes it holds are both read from it."""
    if text.isascii() or (_UNUSUAL.search(text) is None and unicodedata.is_normalized("NFKC", text)):
        return text
    text = _MARK_RUN.sub(r"\1", _INVISIBLE.sub("", text))
    return _LOOKALIKE.sub(_meant, unicodedata.normalize("NFKC", text))


def _meant(found: re.Match[str]) -> str:
    return _LOOKALIKES[found[0]]


def _holds(day: str) -> bool:
    try:
        date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return False
    return True


def _canonical(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def within(text: str) -> tuple[int, int]:
    """Where codes can stand in a plain text with a hyphen: from the letter before the first digit to the number after
    the last hyphen. To look for them elsewhere takes longer than all else that is done for them."""
    first = _DIGIT.search(text)
    start = max(0, first.start() - 1) if first else len(text)
    return start, max(start, text.rindex("-") + _LONGEST_END)


def find_codes(text: str) -> tuple[str, ...]:
    """The dossier codes of a text, canonical, in order of appearance, each once."""
    text = text[:LONGEST]
    if _DIGIT.search(text) is None or "-" not in (text := plain(text)):
        return ()
    start, end = within(text)
    found = (match for match in CODE.finditer(text, start, end) if _holds(match["day"]))
    return tuple(dict.fromkeys(_canonical(match[0]) for match in found))


def broken_codes(text: str) -> tuple[str, ...]:
    """What looks like a dossier code but does not hold: an impossible date, a date or number cut short."""
    text = plain(text[:LONGEST])
    whole = [match.span() for match in CODE.finditer(text) if _holds(match["day"])]
    almost = (
        match
        for match in _ALMOST.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in whole)
    )
    return tuple(dict.fromkeys(_canonical(match[0]).rstrip("-") for match in almost))


def is_within(unit: str, wanted: str) -> bool:
    """'H20.27.21' is within 'H20.27', and within itself; 'H20.271' is not. Everything is within ''."""
    return not wanted or f"{unit}.".startswith(f"{wanted}.")


def unit_of(code: str) -> str:
    """The unit that a dossier code belongs to; 'H20.27.21' for the old form '000.27.21.H20-…' too; '' when none."""
    match = CODE.fullmatch(plain(code.strip()))
    if match is None:
        return ""
    parts = _canonical(match["unit"]).split(".")
    if _LETTER_UNIT.fullmatch(parts[-1]) and len(parts) > 1:
        return ".".join([parts[-1], *parts[1:-1]])
    return ".".join(parts)


def unit_of_codes(codes: Sequence[str]) -> str:
    """The unit that a complaint or a ticket counts for; '' without a code."""
    return unit_of(codes[0]) if codes else ""
