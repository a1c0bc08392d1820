"""What the next calls of the simulated Zalo meet, so that a test or a curious person sees how the bot bears it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

HANG_S: Final = 30.0
MISHAPS: Final = ("html", "timeout", "empty")
"""A gateway's page; no answer although the call was done; an answer without a body."""


@dataclass(slots=True)
class Fault:
    """`error` is a code of Zalo or one of MISHAPS; `path` is any part of the call's path."""

    path: str
    error: int | str
    times: int


@dataclass(slots=True)
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def next_for(self, path: str) -> int | str | None:
        self.waiting = [fault for fault in self.waiting if fault.times > 0]
        for fault in self.waiting:
            if fault.path in path:
                fault.times -= 1
                return fault.error
        return None


def instead(fault: int | str | None) -> Response | None:
    """What comes in place of the call, when it is not done at all."""
    if fault == "html":
        return HTMLResponse("<html><body>502 Bad Gateway</body></html>", status_code=502)
    return Response(status_code=200) if fault == "empty" else None


async def hang(fault: int | str | None, request: Request) -> None:
    """Keeps back the answer to a call that was done, as long as somebody waits for it."""
    if fault != "timeout":
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_S):
            while (await request.receive())["type"] != "http.disconnect":
                pass
