"""Calls Zalo and reads the answer: an object with `error` 0, or one of zalo/errors. Used by the client and OAuth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import httpx

from bot.zalo.errors import ACTIONS, Ambiguous, Refused, Unreached, ZaloError

CONNECT_S: Final = 3.0
POOL_S: Final = 5.0
HTTP_REFUSALS: Final = frozenset({401, 429})
"""Say by themselves what the body may leave out."""


def patience(answer_s: float) -> httpx.Timeout:
    return httpx.Timeout(answer_s, connect=min(CONNECT_S, answer_s), pool=POOL_S)


PATIENCE: Final = patience(10.0)


async def call(
    http: httpx.AsyncClient, method: str, url: str, *, patience: httpx.Timeout = PATIENCE, **options: Any
) -> Mapping[str, object]:
    """The answer's object. Raises Refused for Zalo's error codes, Unanswered for everything that is no answer."""
    # `http.request` would weigh the request against the client's own headers, cookies and address each time
    request = httpx.Request(method, _address(url), extensions={"timeout": patience.as_dict()}, **options)
    try:
        response = await http.send(request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unreached(f"Zalo cannot be reached: {type(error).__name__}") from None
    except httpx.HTTPError as error:
        raise Ambiguous(f"no answer from Zalo: {type(error).__name__}") from None
    return read_answer(response.status_code, response.content)


@lru_cache(64)
def _address(url: str) -> httpx.URL:
    """Few addresses are called again and again."""
    return httpx.URL(url)


def read_answer(status: int, content: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _no_object(status)
    code = _code(answer.get("error", 0))
    if code not in ACTIONS and (status >= 500 or status in HTTP_REFUSALS):
        raise _no_object(status)
    if code != 0:
        raise Refused(code, str(answer.get("message") or answer.get("error_name") or ""))
    if status >= 400:
        raise _no_object(status)
    return answer


def _code(error: object) -> int:
    """Zalo's `error`, a number or a string of one; anything else counts as an unknown code."""
    try:
        return int(str(error))
    except ValueError:
        return -1


def _no_object(status: int) -> ZaloError:
    if status in HTTP_REFUSALS:
        return Refused(status, f"HTTP {status}")
    kind = Unreached if 400 <= status < 500 else Ambiguous
    return kind(f"HTTP {status} without a readable answer")
