"""Cuts a reply to the length that Zalo takes: at paragraphs if it can, else at lines, sentences, words, characters.

Zalo's limit is 2,000 characters and does not say how an emoji counts, so ours is lower.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ZALO_LIMIT: Final = 1800
_SEAMS: Final = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;:])\s+"), re.compile(r"\s+"))
_JOINER: Final = "\u200d"
_FLAG: Final = range(0x1F1E6, 0x1F200)
_SKIN: Final = range(0x1F3FB, 0x1F400)


def split_text(text: str, limit: int = ZALO_LIMIT) -> tuple[str, ...]:
    """The text in NFC as parts of at most `limit` characters, none of them blank; one empty part for a blank text,
    which may be the caption of a picture."""
    rest = unicodedata.normalize("NFC", text).strip()
    parts: list[str] = []
    while len(rest) > limit:
        end = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest or not parts:
        parts.append(rest)
    return tuple(parts)


def _cut(text: str, limit: int) -> int:
    """Where the first part of `text` ends: the last seam of the coarsest kind that leaves a part worth sending."""
    for seam in _SEAMS:
        ends = [match.start() for match in seam.finditer(text, 0, limit + 1)]
        if ends and ends[-1] >= limit // 4:
            return ends[-1]
    end = limit
    while end > 1 and not _may_part(text, end):
        end -= 1
    return end if end > 1 else limit


def _may_part(text: str, at: int) -> bool:
    """False within what a reader sees as one character."""
    before, after = text[at - 1], text[at]
    glued = unicodedata.category(after) in {"Mn", "Me", "Mc"} or ord(after) in _SKIN
    halves = "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"
    flag = ord(before) in _FLAG and ord(after) in _FLAG and _flags_before(text, at) % 2 == 1
    return not (glued or halves or flag or _JOINER in (before, after))


def _flags_before(text: str, at: int) -> int:
    count = 0
    while at > count and ord(text[at - 1 - count]) in _FLAG:
        count += 1
    return count
