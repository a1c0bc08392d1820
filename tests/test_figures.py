"""What `make bench` marks as worse, and beside which floors it shows a figure."""

from __future__ import annotations

import pytest

from tests.bench.figures import BARE, is_worse, with_ratios


@pytest.mark.parametrize(
    ("name", "now", "before"),
    [
        ("mixed, two workers, share of one", 1.2, 1.6),
        ("webhook, p99 at half load against a bare route", 1.3, 1.0),
        ("complaints, round trips a message", 5.1, 4.0),
        ("complaints, commands a message", 90.0, 69.0),
        ("memory after the start, MB", 140.0, 109.0),
        ("bytes a ticket", 1600.0, 1242.0),
    ],
)
def test_a_ratio_or_a_count_that_got_worse_by_more_than_a_fifth_is_marked(name: str, now: float, before: float) -> None:
    assert is_worse(name, now, before)
    assert not is_worse(name, before * 1.1 if now > before else before * 0.9, before)
    assert not is_worse(name, before, now)


def test_what_depends_on_the_machine_is_not_compared() -> None:
    assert not is_worse("webhook, requests a second", 1.0, 1000.0)
    assert not is_worse("start to ready, seconds", 9.0, 1.0)


def test_rates_and_cpu_times_are_shown_beside_a_bare_route_of_the_same_run() -> None:
    found = with_ratios({BARE: 8000.0, "talk, messages a second": 2000.0, "mixed, 1 workers, CPU ms a message": 0.5})
    assert found["talk, messages, share of a bare route"] == 0.25
    assert found["mixed, 1 workers, CPU against a bare route"] == 4.0
