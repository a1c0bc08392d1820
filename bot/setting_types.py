"""What a variable of the environment may hold, as types: each takes the text that was given and refuses what it cannot
mean."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from bot.dialogue.hours import Span, read_holidays

_HOSTS: Final = r"([^@/?#]*@)?[^@/?#:,]+(:\d+)?(,[^@/?#:,]+(:\d+)?)*"
_REDIS_URL: Final = re.compile(
    r"rediss?://([^@/?#]*@)?([^@/?#:,\[\]]+|\[[0-9a-fA-F:]+\])(:\d+)?(/\d*)?(\?.*)?"
    r"|unix://([^@/?#]*@)?/.+"
    rf"|redis\+cluster://{_HOSTS}/?"
    rf"|redis\+sentinel://{_HOSTS}/[^/?#]+(/\d+)?"
)


def _ids(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or (parts.port or 1) < 1:
        raise ValueError("not an address")
    return value.rstrip("/")


def _redis_url(value: str) -> str:
    if value and not _REDIS_URL.fullmatch(value):
        raise ValueError("not an address of Redis")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("unknown zone") from None
    return value


def _holidays(value: Path) -> Path:
    try:
        read_holidays(value.read_text("utf-8"))
    except OSError as error:
        raise ValueError(error.strerror) from None
    return value


def _spans(value: object) -> object:
    """'07:00-11:30,13:30-17:00' → pairs of times, each later than the one before."""
    if not isinstance(value, str):
        return value
    times = [time.fromisoformat(part.strip()) for part in re.split("[-,]", value)]
    if len(times) % 2 or times != sorted(set(times)):
        raise ValueError("not in order")
    return tuple(zip(times[::2], times[1::2], strict=True))


def _split(value: object) -> object:
    return tuple(value.split(",")) if isinstance(value, str) else value


def _weekdays(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([1-7])-([1-7])", value)
    if match is None or match[1] > match[2]:
        raise ValueError("not two days in order")
    return frozenset(range(int(match[1]) - 1, int(match[2])))


def _time_or_off(value: object) -> object:
    return None if isinstance(value, str) and value.lower() == "off" else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=r"^\w+$")]
Digits = Annotated[str, Field(pattern=r"^\d+$")]
Ids = Annotated[tuple[Id, ...], NoDecode, BeforeValidator(_ids)]
Days = Annotated[int, Field(ge=1, le=3650)]
Delay = Annotated[float, Field(ge=0.01, le=3600)]
Hosts = Annotated[
    tuple[Annotated[str, Field(pattern=r"^(https?://[\w.\-\[\]:]+|[a-z0-9\-]+(\.[a-z0-9\-]+)+)$")], ...],
    NoDecode,
    BeforeValidator(_ids),
]
Address = Annotated[str, AfterValidator(_address)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Spans = Annotated[tuple[Span, ...], NoDecode, BeforeValidator(_spans)]
Weekdays = Annotated[frozenset[int], NoDecode, BeforeValidator(_weekdays)]
"""0 is Monday."""
HolidaysFile = Annotated[Path, AfterValidator(_holidays)]
Delays = Annotated[tuple[Delay, ...], NoDecode, BeforeValidator(_split)]
TimeOrOff = Annotated[time | None, BeforeValidator(_time_or_off)]
AnyCase = BeforeValidator(_lower)
