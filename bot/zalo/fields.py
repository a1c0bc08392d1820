"""Reads single fields of strangers' JSON: whatever stands there, an id and a text are strings, a time milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

LONGEST_ID: Final = 128
LONGEST_TEXT: Final = 20_000
"""Far above what Zalo lets a person write."""
_NOTHING: Final[Mapping[str, object]] = {}
_OLDEST_MS: Final = 10**12
_NEWEST_MS: Final = 10**13


def as_map(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else _NOTHING


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Lone halves of surrogates, which no UTF-8 can carry, become the replacement character."""
    if not isinstance(value, str):
        return ""
    text = value[:LONGEST_TEXT]
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_id(value: object) -> str:
    """An id given as string or whole number; empty for anything else."""
    if isinstance(value, str) and len(value) <= LONGEST_ID and value.isascii():
        return value.strip()
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**LONGEST_ID else ""
    return as_text(value).strip()[:LONGEST_ID]


def as_ms(value: object) -> int:
    """A moment in milliseconds; 0 when it is missing or not of this era."""
    if isinstance(value, float):
        ms = int(value) if _OLDEST_MS <= value < _NEWEST_MS else 0
    else:
        digits = as_id(value)
        ms = int(digits) if digits.isascii() and digits.isdigit() else 0
    return ms if _OLDEST_MS <= ms < _NEWEST_MS else 0
