"""Keeps the OA's access token fresh. Zalo's refresh token works once: who loses the new one must ask a human for more.

So one process at a time refreshes (the store's lock), looks again at what is stored once it has the lock, and stores
the new pair before anybody uses it. The store takes a pair only in place of the one that it came from, so that the
holder of a lock that ran out overwrites nothing. A refresh that has begun ends even when its caller is cancelled.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

import httpx
import structlog

from bot.zalo.answers import PATIENCE, call
from bot.zalo.errors import SPENT_REFRESH_TOKEN, Ambiguous, Refused, Unreached, ZaloError

AHEAD_MS: Final = 2 * 3600 * 1000
"""So long before its end a token is replaced."""
PAUSE_MS: Final = 5_000
"""Between two refreshes, or tries of one."""
LIFE_S: Final = 90_000
REFRESH_S: Final = 20.0
"""A refresh ends within this; the store's lock lives longer."""
SAVES: Final = 5
SAVE_DELAY_S: Final = 0.2
FAILURES_BEFORE_ALARM: Final = 5
PATH: Final = "/v4/oa/access_token"
log = structlog.get_logger(__name__)


class TokenStoreUnavailable(Exception):
    """The store does not answer, or its lock is not to be had in time."""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_ms: int
    obtained_ms: int
    seed_mark: str = field(default="", repr=False)
    """Fingerprint of the seed that this line of tokens began with."""


class TokenStore(Protocol):
    """Each method may raise TokenStoreUnavailable."""

    async def load(self) -> Tokens | None: ...

    async def save(self, tokens: Tokens, *, replaces: Tokens | None) -> bool:
        """Durable when it returns. False, and nothing written, when what is stored is not `replaces`."""
        ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Exclusive over all processes; lives longer than REFRESH_S."""
        ...


@dataclass(frozen=True, slots=True)
class App:
    """The app at Zalo's. `seed` is the refresh token of the settings: it counts until it was used once."""

    id: str
    secret: str = field(repr=False)
    seed: str = field(repr=False)

    @property
    def seed_mark(self) -> str:
        return sha256(self.seed.encode()).hexdigest()[:16] if self.seed else ""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class TokenKeeper:
    """`alarm` is called with a reason when only a human can help."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        store: TokenStore,
        app: App,
        oauth_url: str,
        *,
        alarm: Callable[[str], None],
        now_ms: Callable[[], int] = _now_ms,
        patience: httpx.Timeout = PATIENCE,
    ) -> None:
        self._http = http
        self._store = store
        self._app = app
        self._url = oauth_url.rstrip("/") + PATH
        self._alarm = alarm
        self._now_ms = now_ms
        self._patience = patience
        self._tokens: Tokens | None = None
        self._unsaved: tuple[Tokens, Tokens | None] | None = None
        self._work: asyncio.Task[Tokens] | None = None
        self._refused: dict[str, int] = {}
        self._failures = 0
        self._tried_ms = 0

    async def current(self) -> str:
        """A token that is valid for some time yet. Raises ZaloError."""
        known = self._tokens
        if known and (known.expires_ms - self._now_ms() > AHEAD_MS or self._may_wait(known)):
            return known.access
        try:
            return (await self._settle(spent="")).access
        except ZaloError as error:
            if self._tokens is None or self._tokens.expires_ms <= self._now_ms():
                raise
            log.warning("token not refreshed, the old one goes on", code=error.code)
            return self._tokens.access

    async def renew(self, spent: str) -> str:
        """A token in place of `spent`, which Zalo no longer takes: a newer one if there is one, else by one refresh."""
        if self._tokens and self._tokens.access != spent and not self._work:
            return self._tokens.access
        return (await self._settle(spent)).access

    async def close(self) -> None:
        """Lets a refresh under way finish, so that its new token is stored."""
        if self._work:
            await asyncio.wait([self._work])

    @property
    def age_s(self) -> int | None:
        return (self._now_ms() - self._tokens.obtained_ms) // 1000 if self._tokens else None

    # --- one refresh at a time -----------------------------------------------------------------------------------

    def _may_wait(self, known: Tokens) -> bool:
        return known.expires_ms > self._now_ms() and self._now_ms() - self._tried_ms < PAUSE_MS

    async def _settle(self, spent: str) -> Tokens:
        if self._work is None:
            self._work = asyncio.create_task(self._locked(spent))
            self._work.add_done_callback(self._settled)
        return await asyncio.shield(self._work)

    def _settled(self, work: asyncio.Task[Tokens]) -> None:
        self._work = None
        if not work.cancelled():
            work.exception()

    async def _locked(self, spent: str) -> Tokens:
        try:
            async with self._store.lock():
                await self._save_late()
                self._tokens = await self._fresh(await self._store.load(), spent)
        except TokenStoreUnavailable as error:
            raise Unreached(f"token store: {error}") from error
        return self._tokens

    async def _fresh(self, stored: Tokens | None, spent: str) -> Tokens:
        now = self._now_ms()
        if stored and not self._seed_is_new(stored) and stored.access != spent:
            self._tokens = stored
            if stored.expires_ms - now > (0 if spent else AHEAD_MS):
                return stored
        spend = self._to_spend(stored)
        if spend in self._refused:
            raise Refused(self._refused[spend], "a human must grant the app access again")
        if now - self._tried_ms < PAUSE_MS or (stored and 0 <= now - stored.obtained_ms < PAUSE_MS):
            raise Unreached("a token was asked for a moment ago")
        self._tried_ms = now
        return await self._refresh(stored)

    def _seed_is_new(self, stored: Tokens | None) -> bool:
        seed = self._app.seed
        return bool(seed) and seed not in self._refused and (not stored or stored.seed_mark != self._app.seed_mark)

    def _to_spend(self, stored: Tokens | None) -> str:
        """The refresh token for the next refresh, or ''."""
        return stored.refresh if stored and not self._seed_is_new(stored) else self._app.seed

    async def _refresh(self, stored: Tokens | None) -> Tokens:
        spend = self._to_spend(stored)
        if not spend:
            raise self._give_up(Refused(SPENT_REFRESH_TOKEN, "no refresh token is set"))
        try:
            fresh = await self._ask(spend)
        except Refused as error:
            return await self._after_refusal(error, spend, stored)
        except ZaloError as error:
            self._failures += 1
            if self._failures == FAILURES_BEFORE_ALARM:
                self._alarm(str(error))
            raise
        self._failures = 0
        self._unsaved = (fresh, stored)
        return await self._save_late() or fresh

    async def _after_refusal(self, error: Refused, spend: str, stored: Tokens | None) -> Tokens:
        """Someone else's refresh explains a spent token; else it is dead, and what is stored may still live."""
        newer = await self._store.load()
        if newer and newer != stored:
            return newer
        if error.action != "human":
            raise error
        self._refused[spend] = error.code
        self._give_up(error)
        if stored and stored.refresh not in self._refused:
            return stored if stored.expires_ms - self._now_ms() > AHEAD_MS else await self._refresh(stored)
        raise error

    def _give_up(self, error: Refused) -> Refused:
        log.error("refresh token refused", code=error.code, reason=error.message)
        self._alarm(str(error))
        return error

    # --- asking and storing --------------------------------------------------------------------------------------

    async def _ask(self, refresh: str) -> Tokens:
        form = {"refresh_token": refresh, "app_id": self._app.id, "grant_type": "refresh_token"}
        try:
            async with asyncio.timeout(REFRESH_S):
                headers = {"secret_key": self._app.secret}
                answer = await call(self._http, "POST", self._url, patience=self._patience, data=form, headers=headers)
        except TimeoutError:
            raise Ambiguous("the refresh took too long") from None
        access = answer.get("access_token")
        if not isinstance(access, str) or not access:
            raise Ambiguous("the answer to the refresh holds no token")
        following = answer.get("refresh_token")
        now = self._now_ms()
        return Tokens(
            access=access,
            refresh=following if isinstance(following, str) and following else refresh,
            expires_ms=now + _seconds(answer.get("expires_in")) * 1000,
            obtained_ms=now,
            seed_mark=self._app.seed_mark,
        )

    async def _save_late(self) -> Tokens | None:
        """Stores a new pair that is not stored yet, with patience: it exists nowhere else. None when there was none."""
        if self._unsaved is None:
            return None
        fresh, replaced = self._unsaved
        for tried in range(1, SAVES + 1):
            try:
                stored = await self._store.save(fresh, replaces=replaced)
            except TokenStoreUnavailable:
                if tried == SAVES:
                    raise
                await asyncio.sleep(SAVE_DELAY_S * tried)
            else:
                self._unsaved = None
                return fresh if stored else await self._store.load()
        return None


def _seconds(value: object) -> int:
    try:
        seconds = int(str(value))
    except ValueError:
        return LIFE_S
    return seconds if 0 < seconds <= 365 * 24 * 3600 else LIFE_S
