"""When tickets are due, and in which order technicians see them. The world begins on a Tuesday at 08:31."""

from __future__ import annotations

import pytest

from tests.dialogue.world import World

TICKET = """
    > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    < Phiếu #1 ·
"""
CLAIMED = f"{TICKET}\n> Tâm: /nhan 1\n< @Lan | đã nhận\n< @Tâm"


def test_a_ticket_tells_until_when_somebody_should_claim_it() -> None:
    World().play(f"{TICKET}\n> Tâm: /xem 1\n< hạn nhận 08:46")


def test_a_claimed_ticket_is_due_in_working_hours_with_the_noon_break_left_out() -> None:
    World().play(f"{CLAIMED}\n> Tâm: /xem 1\n< hạn xong 14:31")


def test_at_noon_and_at_night_nothing_gets_late() -> None:
    World().play(f"""
        + 175m
        {TICKET}
        + 125m
        > Tâm: /ds
        < hạn nhận 13:41
        x trễ
        + 11m
        > Tâm: /ds tre
        < #1 | trễ hạn nhận 13:41
    """)


@pytest.mark.parametrize(
    "answer", ["Lan: dạ nộp lúc sáng qua trang công dân\n< ghi vào phiếu", "Tâm: /ghichu 1 đã gọi lại\n< ghi"]
)
def test_while_it_waits_for_the_reporter_its_clock_stands_still(answer: str) -> None:
    world = World().play(f"""{CLAIMED}
        + 9m
        > Tâm: /hoi 1 hồ sơ nộp khi nào ạ?
        < @Lan | nộp khi nào
        < @Tâm
        + 1h
        > Tâm: /xem 1
        < đang chờ người báo
        x hạn
        > {answer}
        > Tâm: /xem 1
        < #1
    """)
    shown = world.lines[-1].text
    assert ("hạn xong 15:31" in shown) == (world.tickets[1].state == "claimed")


def test_the_time_between_the_end_and_a_reopening_does_not_count() -> None:
    World().play(f"""{CLAIMED}
        > Tâm: /xong 1
        < @Lan
        < @Tâm
        + 1h
        > Lan: vẫn chưa được
        < mở lại
        < Phiếu #1
        > Tâm: /xem 1
        < hạn xong 15:31
    """)


def test_a_ticket_given_back_is_to_be_claimed_anew() -> None:
    World().play(f"""{CLAIMED}
        + 30m
        > Tâm: /tra 1
        < Đã trả lại
        > Tâm: /xem 1
        < chờ nhận | hạn nhận 09:16
    """)


def test_the_list_begins_with_what_is_late_and_ends_with_what_waits() -> None:
    world = World().play(f"""{CLAIMED}
        > Tâm: /hoi 1 nộp khi nào ạ?
        < @Lan
        < @Tâm
        > Khôi: xã em có cán bộ mới, nhờ cấp tài khoản một cửa
        < @Khôi | phiếu #2
        < Phiếu #2
        + 20m
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #3
        < Phiếu #3
        + 12m
        > Tâm: /ds
        < 3 phiếu
    """)
    lines = world.lines[-1].text.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["#2", "#3", "#1"]
    assert "trễ hạn nhận 09:01" in lines[0]
    assert "hạn nhận 09:06" in lines[1]
