"""The JSON API for the province's own systems."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.dashboard.test_pages import COMPLAINTS
from tests.scenarios.runner import ALWAYS_OPEN, Player, service

TOKEN = "a-token-of-the-province-0001"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with service(tmp_path, {**ALWAYS_OPEN, "API_TOKEN": TOKEN}) as running:
        await Player(running).play(COMPLAINTS)
        yield running.http


async def test_with_the_token_figures_and_tickets_are_told_without_words_and_people(http: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    today = {"first": "2020-01-01", "last": "2020-01-01"}
    assert (await http.get("/api/v1/figures", params=today, headers=headers)).json()["complaints"] == 0
    (ticket,) = (await http.get("/api/v1/tickets", headers=headers)).json()
    assert (ticket["number"], ticket["error"], ticket["unit"]) == (1, "misrouted", "H20.29.15")
    assert "chuyển nhầm" not in str(ticket)
    opened = ticket["opened"][:10]
    figures = (await http.get("/api/v1/figures", params={"first": opened, "last": opened}, headers=headers)).json()
    assert {row["key"]: row["complaints"] for row in figures["errors"]} == {"payment": 1, "misrouted": 1}
    assert (await http.get("/api/v1/tickets?before=1&state=all", headers=headers)).json() == []
    assert (await http.get("/api/v1/tickets?before=9999&state=all", headers=headers)).json() == [ticket]


async def test_without_the_right_token_nothing_is_told(http: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        assert (await http.get("/api/v1/tickets", headers=headers)).status_code == 401
    described = (await http.get("/api/openapi.json")).json()
    assert set(described["paths"]) == {"/v1/figures", "/v1/tickets"}


async def test_a_wrong_range_is_refused_with_the_reason(http: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for first, last in (("2026-02-02", "2026-02-01"), ("2020-01-01", "2026-01-01"), ("x", "y")):
        answer = await http.get("/api/v1/figures", params={"first": first, "last": last}, headers=headers)
        assert answer.status_code == 422
