"""Tokens of the simulated Zalo: used once, replaced at once, and known again by the next run on the same data."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.server import APP_SECRET, SEED, Sandbox, running


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


async def _error(sandbox: Sandbox, access_token: str) -> int:
    answer = await sandbox.http.get("/openapi/v2.0/oa/getoa", headers={"access_token": access_token})
    return int(answer.json()["error"])


async def test_a_refresh_token_works_once(sandbox: Sandbox) -> None:
    first = await sandbox.refresh(sandbox.refresh_token)
    spent = first["refresh_token"]
    assert "access_token" in await sandbox.refresh(spent)
    assert (await sandbox.refresh(spent))["error"] == -14014
    assert (await sandbox.refresh(SEED))["error"] == -14014


async def test_a_new_access_token_ends_the_old_one(sandbox: Sandbox) -> None:
    old = sandbox.access_token
    assert await _error(sandbox, old) == 0
    new = await sandbox.refresh(sandbox.refresh_token)
    assert await _error(sandbox, old) == -216
    assert await _error(sandbox, new["access_token"]) == 0


async def test_the_tokens_of_an_earlier_run_and_the_seed_are_taken_after_a_restart() -> None:
    async with running() as before:
        kept = await before.refresh(before.refresh_token)
    async with running(ask_token=False) as after:
        assert await _error(after, kept["access_token"]) == 0
        assert "access_token" in await after.refresh(kept["refresh_token"])
        assert "access_token" in await after.refresh(SEED)


@pytest.mark.parametrize(
    ("form", "code"),
    [({"app_id": "1"}, -14002), ({"grant_type": "password"}, -14018), ({"refresh_token": "x"}, -14014)],
)
async def test_a_refresh_with_something_wrong_is_refused(sandbox: Sandbox, form: dict[str, str], code: int) -> None:
    good = {"refresh_token": SEED, "app_id": sandbox.settings.zalo_app_id, "grant_type": "refresh_token"}
    answer = await sandbox.http.post("/oauth/v4/oa/access_token", data=good | form, headers={"secret_key": APP_SECRET})
    assert (answer.status_code, answer.json()["error"]) == (200, code)


async def test_the_oa_secret_is_not_the_app_secret(sandbox: Sandbox) -> None:
    secret = sandbox.settings.zalo_oa_secret.get_secret_value()
    answer = await sandbox.http.post(
        "/oauth/v4/oa/access_token", data={"refresh_token": SEED}, headers={"secret_key": secret}
    )
    assert answer.json()["error"] == -14004


async def test_an_access_token_is_no_refresh_token(sandbox: Sandbox) -> None:
    assert (await sandbox.refresh(sandbox.access_token))["error"] == -14014
    assert await _error(sandbox, sandbox.refresh_token) == -216


async def test_an_empty_answer_can_be_asked_for(sandbox: Sandbox) -> None:
    await sandbox.http.post("/api/faults", json={"path": "oauth", "error": "empty"})
    answer = await sandbox.http.post("/oauth/v4/oa/access_token", data={})
    assert (answer.status_code, answer.content) == (200, b"")
