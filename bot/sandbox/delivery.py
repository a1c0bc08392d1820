"""Delivers events to the bot's webhook as Zalo does: signed, in order for each chat, again until it gets a 200.

Zalo's ladder of half a minute to an hour is run down in seconds here.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

import httpx
import structlog

from bot.sandbox.world import now_ms
from bot.zalo.signature import sign

ANSWER_S: Final = 2.0
LADDER_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Zalo's +30 s, +5 min, +15 min, +30 min, +1 h, shortened."""
log = structlog.get_logger(__name__)


class Delivery:
    def __init__(self, url: str, app_id: str, oa_secret: str, ladder_s: tuple[float, ...] = LADDER_S) -> None:
        self._url = url
        self._app_id = app_id
        self._secret = oa_secret
        self._ladder_s = ladder_s
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._http: httpx.AsyncClient | None = None
        self.given_up = 0

    @property
    def under_way(self) -> int:
        """Lanes in which an event is not delivered yet."""
        return sum(not task.done() for task in self._lanes.values())

    def send(self, lane: str, event: dict[str, object]) -> bytes:
        """Puts an event on its way behind the others of its lane; returns its body."""
        body = {"app_id": self._app_id, "timestamp": str(now_ms()), **event}
        raw = json.dumps(body, ensure_ascii=False).encode()
        self.resend(lane, raw, str(body["timestamp"]))
        return raw

    def resend(self, lane: str, raw: bytes, timestamp: str, tried: int = 0) -> None:
        """The same bytes once more; `tried` is how often they went before."""
        self._lanes[lane] = asyncio.create_task(self._after(self._lanes.get(lane), raw, timestamp, tried))

    async def _after(self, before: asyncio.Task[None] | None, raw: bytes, timestamp: str, tried: int) -> None:
        if before:
            await asyncio.wait([before])
        for number, delay_s in enumerate((0.0, *self._ladder_s), start=tried):
            await asyncio.sleep(delay_s)
            if await self._deliver(raw, timestamp, number):
                return
        self.given_up += 1
        log.warning("sandbox event given up", bytes=len(raw))

    async def _deliver(self, raw: bytes, timestamp: str, number: int) -> bool:
        headers = {
            "Content-Type": "application/json",
            "X-ZEvent-Signature": sign(self._app_id, raw, timestamp, self._secret),
        }
        if number:
            headers["num_retry"] = str(number)
        self._http = self._http or httpx.AsyncClient(timeout=ANSWER_S)
        try:
            answer = await self._http.post(self._url, content=raw, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK
