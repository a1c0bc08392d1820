"""Every answer tells the browser to be strict, wherever it comes from."""

from __future__ import annotations

from pathlib import Path

from bot.headers import STRICT
from tests.scenarios.runner import service

ADDRESSES = (
    "/health", "/ready", "/metrics", "/guide", "/dashboard/", "/dashboard/enter/wrong", "/api/openapi.json",
    "/api/v1/tickets", "/static/guide.css", "/nothing", "/sandbox/", "/sandbox/api/state",
)  # fmt: skip


async def test_no_answer_may_be_framed_guessed_at_or_sent_elsewhere(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        for address in ADDRESSES:
            answer = await running.http.get(address)
            assert STRICT.keys() <= {name.title() for name in answer.headers}, address
            assert answer.headers["x-content-type-options"] == "nosniff", address
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], address
            assert "unsafe" not in answer.headers["content-security-policy"], address
            assert "server" not in answer.headers, address
