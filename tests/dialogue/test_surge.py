"""When many reports are an incident, and what counts as usual."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import surge
from bot.dialogue.hours import Hours
from bot.model import MessageId, PersonId, Reporter
from tests.bench.incidents import GROUP, Result, month, replay
from tests.dialogue.test_hours import at
from tests.dialogue.world import ZONE

HOURS = Hours(ZONE)


@given(st.floats(0, 500), st.floats(0, 500))
def test_where_more_is_usual_more_people_are_needed(some: float, more: float) -> None:
    assert surge.LEAST_PEOPLE <= surge.enough(min(some, more)) <= surge.enough(max(some, more))


@pytest.mark.parametrize(("usual", "people"), [(1, 6), (5, 8), (20, 14), (100, 33)])
def test_how_many_people_make_an_incident(usual: float, people: int) -> None:
    assert surge.enough(usual) == people


def test_one_person_who_repeats_a_complaint_is_no_incident() -> None:
    reports = [
        surge.Report(number, Reporter(PersonId("p"), GROUP, MessageId(f"m{number}")), "") for number in range(20)
    ]
    assert not surge.is_incident(surge.Traffic(tuple(reports[:-1]), usual=1), reports[-1])


def test_a_moment_is_compared_with_the_same_hour_of_days_of_the_same_kind() -> None:
    monday = surge.slots(at("23/11/2026 09:30"), HOURS)
    assert {hour for _, hour in monday} == {9}
    assert {day.weekday() for day, _ in monday} == {0, 1, 2, 3, 4}
    assert {day.weekday() for day, _ in surge.slots(at("22/11/2026 09:30"), HOURS)} == {5, 6}


def test_just_after_the_hour_the_busier_of_both_hours_is_usual() -> None:
    slots = surge.slots(at("23/11/2026 10:02"), HOURS)
    assert {hour for _, hour in slots} == {9, 10}
    assert surge.usual({slot: 12 if slot[1] == 9 else 2 for slot in slots}, date(2026, 1, 1)) == 12


def test_an_incident_of_the_past_does_not_make_the_hour_usual_and_a_young_history_is_not_trusted() -> None:
    slots = surge.slots(at("23/11/2026 09:30"), HOURS)
    counts = {slot: 80 if slot[0] == date(2026, 11, 18) else 3 for slot in slots}
    assert surge.usual(counts, date(2026, 1, 1)) == 3
    assert surge.usual(dict.fromkeys(slots, 0), date(2026, 11, 19)) == surge.FIRST_USUAL
    assert surge.usual({}, date(2026, 11, 23)) == surge.FIRST_USUAL


def test_in_simulated_months_outages_are_found_within_minutes_with_at_most_one_false_alarm_a_month() -> None:
    total, months = Result(), 3
    for seed in range(months):
        total += replay(month(seed, 80, (1.5, 6.0)))
    assert total.missed == 0
    assert total.found_in_time >= 0.9
    assert total.false_alarms <= months


def test_a_month_without_outages_has_at_most_one_alarm() -> None:
    assert replay(month(5, 80, None)).false_alarms <= 1
