"""`python -m bot doctor`: looks at everything that the service needs, and says what to do where something is wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal

import httpx
from redis.exceptions import RedisError

from bot.language.check import check
from bot.language.shelf import Shelf
from bot.parts import app_of
from bot.places import INTENTS, RESPONSES
from bot.reading.reader import HOW_TO_INSTALL, installed
from bot.settings import Settings
from bot.store.connection import Client
from bot.store.embedded import EmbeddedError
from bot.store.fitness import UnfitStore, check_store
from bot.store.keys import Keys
from bot.store.open import open_store
from bot.store.tokens import RedisTokenStore
from bot.zalo.client import ZaloClient
from bot.zalo.errors import ZaloError
from bot.zalo.tokens import TokenKeeper, TokenStoreUnavailable

LEAST_FREE_MB: Final = 500
MOST_SKEW_S: Final = 120.0
"""Zalo's timestamps are compared with this machine's clock."""
ZALO_S: Final = 10.0

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    what: str
    state: State
    text: str


async def examine(settings: Settings) -> list[Diagnosis]:
    found = [Diagnosis("settings", "ok", "sandbox" if settings.sandbox else f"app {settings.zalo_app_id}")]
    found += [_knowledge(Shelf(settings.cache_dir)), _disk(settings.data_dir), _pictures()]
    try:
        async with open_store(settings) as client:
            found.append(await _store(client))
            found.append(await _clock(_redis_time(client), "Redis"))
            if not settings.sandbox:
                found += await _zalo(settings, client)
    except (EmbeddedError, RedisError, OSError) as error:
        found.append(Diagnosis("redis", "wrong", f"{error}: is it running, and is REDIS_URL right?"))
    return found


def _knowledge(shelf: Shelf) -> Diagnosis:
    errors = [each for each in check(INTENTS, RESPONSES, shelf) if each.severity == "error"]
    if errors:
        return Diagnosis("knowledge", "wrong", f"{errors[0]} (all: python -m bot check)")
    return Diagnosis("knowledge", "ok", "intents and responses are sound")


def _disk(data_dir: Path) -> Diagnosis:
    place = next(each for each in (data_dir.resolve(), *data_dir.resolve().parents) if each.exists())
    free_mb = shutil.disk_usage(place).free // 2**20
    if free_mb < LEAST_FREE_MB:
        return Diagnosis("disk", "warning", f"{free_mb} MB are free under {place}: make room for {LEAST_FREE_MB} MB")
    return Diagnosis("disk", "ok", f"{free_mb:,} MB free")


def _pictures() -> Diagnosis:
    if installed():
        return Diagnosis("pictures", "ok", "Tesseract reads them in Vietnamese")
    return Diagnosis("pictures", "warning", f"they are not read, Tesseract is missing: {HOW_TO_INSTALL}")


async def _store(client: Client) -> Diagnosis:
    try:
        warnings = await check_store(client)
    except UnfitStore as unfit:
        return Diagnosis("redis", "wrong", str(unfit))
    if warnings:
        return Diagnosis("redis", "warning", f"{warnings[0]}: set appendonly to yes")
    return Diagnosis("redis", "ok", "answers, keeps everything and writes an append-only file")


def _redis_time(client: Client) -> Callable[[], Awaitable[float]]:
    async def now_s() -> float:
        seconds, microseconds = await client.time()
        return float(seconds) + float(microseconds) / 1e6

    return now_s


async def _clock(there_s: Callable[[], Awaitable[float]], whose: str) -> Diagnosis:
    before = time.time()
    skew_s = await there_s() - (before + time.time()) / 2
    if abs(skew_s) > MOST_SKEW_S:
        return _wrong_clock(skew_s, whose)
    return Diagnosis("clock", "ok", f"agrees with {whose}")


def _wrong_clock(skew_s: float, whose: str) -> Diagnosis:
    return Diagnosis("clock", "wrong", f"{skew_s:+.0f} s against {whose}: switch on time synchronisation (NTP)")


async def _zalo(settings: Settings, client: Client) -> list[Diagnosis]:
    dates: list[str] = []

    async def note_date(response: httpx.Response) -> None:
        dates.append(response.headers.get("date", ""))

    async with httpx.AsyncClient(timeout=ZALO_S, event_hooks={"response": [note_date]}) as http:
        store = RedisTokenStore(client, Keys(settings.zalo_oa_id).tokens())
        tokens = TokenKeeper(http, store, app_of(settings), settings.zalo_oauth_url, alarm=lambda _: None)
        try:
            info = await ZaloClient(http, tokens, settings.zalo_openapi_url).get_oa()
        except ZaloError as error:
            advice = "grant the app again and set ZALO_REFRESH_TOKEN" if error.action == "human" else "try again later"
            return [Diagnosis("zalo", "wrong", f"{error}: {advice}")]
        except TokenStoreUnavailable as error:
            return [Diagnosis("zalo", "wrong", f"the tokens cannot be read: {error}")]
        finally:
            await tokens.close()
    found = [Diagnosis("zalo", "ok", f"the token opens the OA '{info.name}'")]
    if dates and dates[-1]:
        skew_s = (parsedate_to_datetime(dates[-1]) - datetime.now(UTC)).total_seconds()
        if abs(skew_s) > MOST_SKEW_S:
            found.append(_wrong_clock(skew_s, "Zalo"))
    return found
