"""When many reports are an incident, and what counts as usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import surge
from bot.dialogue.hours import Hours
from bot.model import MessageId, PersonId, Reporter
from tests.bench.incidents import Watch, months
from tests.bench.months import BEGINS, GROUP, Plan, month
from tests.dialogue.test_hours import at
from tests.dialogue.world import ZONE

HOURS = Hours(ZONE)


@given(st.floats(0, 500), st.floats(0, 500))
def test_where_more_is_usual_more_people_are_needed(some: float, more: float) -> None:
    for window in surge.WINDOWS:
        fewest = surge.enough(window, min(some, more))
        assert window.least_people <= fewest <= surge.enough(window, max(some, more))


@pytest.mark.parametrize(
    ("usual", "at_once", "slowly"), [(0, 5, 8), (1, 5, 8), (5, 7, 12), (20, 12, 22), (100, 27, 58)]
)
def test_how_many_people_make_an_incident(usual: float, at_once: int, slowly: int) -> None:
    assert [surge.enough(window, usual) for window in surge.WINDOWS] == [at_once, slowly]


@pytest.mark.parametrize(("drawn", "at_once", "slowly"), [(0.14, 7, 12), (0.16, 7, 12), (0.3, 9, 17)])
def test_where_reports_draw_others_more_are_needed(drawn: float, at_once: int, slowly: int) -> None:
    assert [surge.enough(window, 5, drawn) for window in surge.WINDOWS] == [at_once, slowly]


def test_of_errors_that_the_guide_does_not_know_fewer_are_needed_as_they_must_tell_alike() -> None:
    known, alike = (surge.Traffic((), 6, share=0.03, rare_h=rare_h) for rare_h in (surge.RARE_H, surge.RARE_ALIKE_H))
    assert _fewest(alike) == 5 < _fewest(known)


def _fewest(traffic: surge.Traffic) -> int:
    """People in different places who make it an incident, one after the other within a minute."""
    reports = [
        surge.Report(number * 1000, Reporter(PersonId(f"p{number}"), GROUP, MessageId("m")), f"H20.{number}")
        for number in range(60)
    ]
    return next(
        number + 1
        for number, new in enumerate(reports)
        if surge.rise(replace(traffic, recent=tuple(reports[:number])), new)
    )


@pytest.mark.parametrize("share", [0.2, 1 / 3])
def test_how_often_a_report_draws_another_is_learnt_from_a_month(share: float) -> None:
    """Of those who are drawn, seven in ten come within five minutes; some draw others themselves."""
    watch = Watch()
    for at_ms, error, person, unit, _ in month(1, Plan(drawn=share)).reports:
        watch.take(error, surge.Report(at_ms, Reporter(person, GROUP, MessageId("m")), unit))
    watch.learn(BEGINS + timedelta(days=29))
    assert watch.drawn == pytest.approx(0.85 * share, abs=0.04)


def test_an_outage_that_nobody_noticed_is_hardly_taken_for_people_who_draw_others() -> None:
    def learnt(rate: tuple[float, float] | None) -> float:
        watch, made = Watch(), month(2, Plan(rate=rate, before=0))
        for at_ms, error, person, unit, _ in made.reports:
            watch.take(error, surge.Report(at_ms, Reporter(person, GROUP, MessageId("m")), unit))
        for outage in made.outages[1:]:
            watch.with_incident.add((HOURS.day_of(outage.from_ms), outage.error))
        watch.learn(BEGINS + timedelta(days=29))
        return watch.drawn

    assert learnt((1.5, 3.0)) < learnt(None) + 0.15


def rise(usual: float, *reports: tuple[float, str, str]) -> surge.Rise | None:
    """Of reports at a minute, by a person, of a unit."""
    made = [
        surge.Report(int(minute * 60_000), Reporter(PersonId(person), GROUP, MessageId(f"m{number}")), unit)
        for number, (minute, person, unit) in enumerate(reports)
    ]
    return surge.rise(surge.Traffic(tuple(made[:-1]), usual), made[-1])


def test_one_person_who_repeats_a_complaint_is_no_incident() -> None:
    assert rise(1, *((0.1 * number, "p", "") for number in range(20))) is None


def test_colleagues_of_one_unit_are_no_incident_even_when_some_do_not_name_it() -> None:
    assert rise(0, *((0.1 * number, f"p{number}", "H20.27" if number % 2 else "") for number in range(9))) is None
    assert rise(0, *((0.1 * number, f"p{number}", f"H20.{number}" if number % 2 else "") for number in range(5)))


def test_an_error_that_is_seldom_needs_five_people_at_once() -> None:
    assert rise(0.2, *((number, f"p{number}", "") for number in range(4))) is None
    found = rise(0.2, *((number, f"p{number}", "") for number in range(5)))
    assert found
    assert (len(found.reports), found.seconds) == (5, 300)


def test_what_comes_slowly_is_found_within_a_quarter_of_an_hour() -> None:
    found = rise(0.2, *((number * 2, f"p{number}", "") for number in range(8)))
    assert found
    assert (len(found.reports), found.seconds) == (8, 900)
    assert rise(5, *((number * 2, f"p{number}", "") for number in range(8))) is None


def test_a_moment_is_compared_with_the_same_hour_of_days_of_the_same_kind() -> None:
    monday = surge.slots(at("23/11/2026 09:30"), HOURS)
    assert {hour for _, hour in monday} == {9}
    assert {day.weekday() for day, _ in monday} == {0, 1, 2, 3, 4}
    assert {day.weekday() for day, _ in surge.slots(at("22/11/2026 09:30"), HOURS)} == {5, 6}


def test_just_after_the_hour_the_busier_of_both_hours_is_usual() -> None:
    slots = surge.slots(at("23/11/2026 10:02"), HOURS)
    assert {hour for _, hour in slots} == {9, 10}
    assert surge.usual({slot: 12 if slot[1] == 9 else 2 for slot in slots}, date(2026, 1, 1)) == 12


def test_on_a_busy_day_more_is_usual_and_on_a_quiet_one_less() -> None:
    now_ms = at("23/11/2026 09:30")
    slots, before = surge.slots(now_ms, HOURS), surge.level_slots(now_ms, HOURS)
    assert {hour for _, hour in before} == {6, 7, 8}
    today = date(2026, 11, 23)
    busy, plain, quiet = (
        surge.level({slot: now if slot[0] == today else 20 for slot in before}, date(2026, 1, 1), today)
        for now in (40, 20, 5)
    )
    assert plain == 1
    assert 1.5 < busy < 2
    assert 0.25 < quiet < 0.5
    assert surge.usual(dict.fromkeys(slots, 6), date(2026, 1, 1), busy) == pytest.approx(6 * busy)


def test_a_day_of_which_little_is_known_is_like_any_other() -> None:
    before = surge.level_slots(at("23/11/2026 09:30"), HOURS)
    today = date(2026, 11, 23)
    assert surge.level(dict.fromkeys(before, 9), date(2026, 11, 20), today) == 1
    assert surge.level({}, date(2026, 1, 1), today) == 1
    few = surge.level({slot: 1 if slot[0] == today else 0 for slot in before}, date(2026, 1, 1), today)
    assert few < 1.5


def test_an_incident_of_the_past_does_not_make_the_hour_usual_and_a_young_history_is_not_trusted() -> None:
    slots = surge.slots(at("23/11/2026 09:30"), HOURS)
    counts = {slot: 80 if slot[0] == date(2026, 11, 18) else 3 for slot in slots}
    assert surge.usual(counts, date(2026, 1, 1)) < 3.5
    assert surge.usual(dict.fromkeys(slots, 0), date(2026, 11, 19)) == surge.FIRST_USUAL
    assert surge.usual({}, date(2026, 11, 23)) == surge.FIRST_USUAL


@pytest.mark.parametrize("unknown", ["", "unseen"])
def test_of_simulated_months_every_fast_outage_is_found_within_five_minutes(unknown: str) -> None:
    found = months(Plan(rate=(3.0, 6.0), unknown=unknown), range(2))
    assert len(found.outages) == 12
    assert found.in_time == 1.0
    assert found.false_alarms <= 2


@pytest.mark.parametrize("drawn", [0.1, 0.2, 1 / 3])
def test_months_without_outages_have_at_most_one_alarm_each(drawn: float) -> None:
    assert months(Plan(drawn=drawn), range(5)).false_alarms <= 5


def test_outages_of_errors_that_the_guide_does_not_know_are_found_in_whatever_words_they_are_told() -> None:
    found = months(Plan(rate=(1.5, 3.0), unknown="unseen"), range(2))
    assert found.in_time >= 0.75
    assert found.risen_in_time >= 0.95
    assert sum(found.told) >= 0.8 * len(found.told)
    assert found.false_unknown == 0
