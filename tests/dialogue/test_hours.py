"""The clock that runs in working hours only."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.hours import HolidaysError, Hours, read_holidays
from tests.dialogue.world import ROOT

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFF, EXTRA = read_holidays((ROOT / "bot/dialogue/holidays.toml").read_text("utf-8"))
HOURS = Hours(ZONE, OFF, EXTRA)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(ZONE)).map(
    lambda moment: int(moment.timestamp() * 1000)
)
WORK = st.integers(1, 400 * HOUR_MS)


def at(text: str) -> int:
    return int(datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=ZONE).timestamp() * 1000)


@pytest.mark.parametrize(
    ("begins", "ends", "minutes"),
    [
        ("23/11/2026 08:00", "23/11/2026 09:30", 90),
        ("23/11/2026 11:00", "23/11/2026 14:00", 60),
        ("23/11/2026 05:00", "23/11/2026 22:00", 480),
        ("27/11/2026 16:30", "30/11/2026 07:30", 60),
        ("28/11/2026 08:00", "29/11/2026 16:00", 0),
        ("13/02/2026 16:00", "23/02/2026 08:00", 120),
        ("09/01/2026 16:00", "12/01/2026 07:00", 540),
        ("23/11/2026 09:00", "23/11/2026 08:00", 0),
    ],
)
def test_only_working_hours_count(begins: str, ends: str, minutes: int) -> None:
    assert HOURS.worked_ms(at(begins), at(ends)) == minutes * MINUTE_MS


@pytest.mark.parametrize(
    ("begins", "minutes", "ends"),
    [
        ("23/11/2026 08:00", 30, "23/11/2026 08:30"),
        ("23/11/2026 11:15", 30, "23/11/2026 13:45"),
        ("23/11/2026 11:00", 30, "23/11/2026 11:30"),
        ("27/11/2026 22:00", 240, "30/11/2026 11:00"),
        ("13/02/2026 16:50", 15, "23/02/2026 07:05"),
    ],
)
def test_a_target_falls_into_working_hours(begins: str, minutes: int, ends: str) -> None:
    assert HOURS.after_ms(at(begins), minutes * MINUTE_MS) == at(ends)


@given(st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_work_adds_up(moments: list[int]) -> None:
    first, second, third = moments
    assert HOURS.worked_ms(first, second) + HOURS.worked_ms(second, third) == HOURS.worked_ms(first, third)


@given(MOMENTS, WORK)
def test_what_is_worked_until_the_target_is_the_target_and_not_a_moment_earlier(begins: int, work_ms: int) -> None:
    ends = HOURS.after_ms(begins, work_ms)
    assert HOURS.worked_ms(begins, ends) == work_ms
    assert HOURS.worked_ms(begins, ends - 1) == work_ms - 1


@given(MOMENTS)
def test_the_next_working_moment_is_one_and_nothing_is_worked_before_it(moment: int) -> None:
    opens = HOURS.open_ms(moment)
    assert HOURS.worked_ms(moment, opens) == 0
    assert HOURS.worked_ms(opens, opens + 1) == 1


@given(MOMENTS)
def test_seven_oclock_comes_on_working_days_only(moment: int) -> None:
    found = HOURS.next_ms(moment, time(7))
    assert found > moment
    assert HOURS.open_ms(found) == found
    assert datetime.fromtimestamp(found / 1000, ZONE).time() == time(7)


def test_every_holiday_in_the_file_is_a_day_that_would_be_worked_and_every_extra_day_is_not() -> None:
    assert [day for day in OFF if day.weekday() >= 5] == []
    assert [day for day in EXTRA if day.weekday() < 5] == []
    assert date(2027, 2, 8) in OFF


@pytest.mark.parametrize(
    ("text", "said"),
    [("off = [", "is not TOML"), ("of = []", "'of' is not known"), ('off = ["2027-01-01"]', "must be a list of days")],
)
def test_a_broken_file_of_holidays_says_why(text: str, said: str) -> None:
    with pytest.raises(HolidaysError, match=said):
        read_holidays(text)
