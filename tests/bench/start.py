"""A second start, with what was learnt on disk: until the first /ready, and the memory then."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.usage import rss_mb
from tests.process import bot_process

ROUNDS: Final = 3
PACKAGES: Final = (
    "aiohttp, fastapi, httpx, jinja2, numpy, pydantic_settings, rapidfuzz, redis.asyncio, structlog, uvicorn"
)


def measured() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        with bot_process(Path(folder)):
            pass
        rounds = [(_imported_s(), *_started(Path(folder))) for _ in range(ROUNDS)]
    imports_s, ready_s, memory_mb = (min(each) for each in zip(*rounds, strict=True))
    return {
        "start to ready, seconds": ready_s,
        "start to ready against the imports of packages alone": ready_s / imports_s,
        "memory after the start, MB": memory_mb,
    }


def _started(folder: Path) -> tuple[float, float]:
    began = time.monotonic()
    with bot_process(folder) as (_, process):
        return time.monotonic() - began, rss_mb(process.pid)


def _imported_s() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {PACKAGES}"], check=True)
    return time.monotonic() - began
