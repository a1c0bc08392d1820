"""A simulated month is there in tickets, complaints and figures, and is the same for the same seed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.language.knowledge import load_knowledge
from bot.simulate import NotEmpty, Simulation, days_until, simulate
from bot.store.connection import Client
from bot.store.figures import read_figures
from bot.store.keys import Keys
from tests.dialogue.world import ZONE

ROOT = Path(__file__).parents[1]
NOON = datetime(2026, 11, 20, 12, tzinfo=ZONE)
DAYS = days_until(NOON.date(), 10)
KEYS = Keys("simulated")


async def _filled(client: Client, seed: int) -> int:
    knowledge = load_knowledge(ROOT / "intents", ROOT / "responses")
    made = Simulation(knowledge, ("1", "2"), ZONE, seed=seed, now_ms=int(NOON.timestamp() * 1000))
    return await simulate(client, KEYS, made, ZONE, DAYS, 2_000, False, lambda: None)


async def test_the_figures_tell_of_every_simulated_complaint_and_ticket(redis_client: Client) -> None:
    tickets = await _filled(redis_client, 1)
    figures = await read_figures(redis_client, KEYS, DAYS[0], DAYS[-1])
    complaints = sum([int(await redis_client.zcard(KEYS.cases_of(day))) for day in DAYS])
    assert sum(figures.complaints.values()) == complaints > 250
    assert figures.handed_over == tickets == int(await redis_client.zcard(KEYS.all_tickets())) > 100
    assert figures.open_now
    assert 0 < figures.open_now < tickets
    assert figures.claim_s
    assert await redis_client.lrange(KEYS.ticket_history(1), 0, -1)


async def test_the_same_seed_makes_the_same_tickets_and_another_one_others(redis_client: Client) -> None:
    seen = []
    for seed in (1, 1, 2):
        await redis_client.flushall()
        await _filled(redis_client, seed)
        seen.append(await redis_client.get(KEYS.ticket(7)))
    assert seen[0] == seen[1] != seen[2]


async def test_a_store_with_something_in_it_is_left_alone(redis_client: Client) -> None:
    await redis_client.set("a", "b")
    with pytest.raises(NotEmpty):
        await _filled(redis_client, 1)
    assert await redis_client.dbsize() == 1
