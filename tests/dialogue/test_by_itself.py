"""What the desk does without being asked. The world begins on Tuesday, 5 November 2024, at 08:31."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.dialogue.hours import Hours
from bot.dialogue.rules import USUAL, Rules
from bot.model import Chat, PersonId
from tests.dialogue.world import World

DESK = Chat("private", "desk")
QUIET = replace(USUAL, morning=None, evening=None)
TICKET = """
    > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    <desk Phiếu #1 ·
"""
CLAIMED = f"{TICKET}\n> Tâm!: /nhan 1\n< @Lan | đã nhận\n<Tâm đã nhận"
DONE = f"{CLAIMED}\n> Tâm!: /xong 1 đã trả về\n< @Lan | đã trả về\n<Tâm xong"


def office(rules: Rules = QUIET) -> World:
    return World(tech_group=DESK, rules=rules, names={PersonId("tam"): "anh Tâm"}).open_desk()


def test_the_technicians_are_reminded_of_an_unclaimed_ticket_and_then_the_supervisors() -> None:
    office().play(f"""{TICKET}
        + 11m
        + 2m
        <desk Sắp tới hạn: | #1 · hồ sơ chuyển nhầm | hạn nhận 08:46
        + 3m
        <desk Đã trễ hạn: | trễ hạn nhận 08:46
        + 8m
        <Hà Trễ hạn đã lâu | #1 | trễ hạn nhận 08:46
        + 2h
    """)


def test_the_one_who_has_it_is_reminded_first() -> None:
    office().play(f"""{CLAIMED}
        + 5h
        + 13m
        <Tâm Sắp tới hạn: | hạn xong 14:31
        + 48m
        <Tâm Đã trễ hạn: | trễ hạn xong 14:31
        <desk Đã trễ hạn: | anh Tâm nhận lúc 08:31
        + 2h
        <Hà Trễ hạn đã lâu | trễ hạn xong 14:31
    """)


def test_what_is_late_for_long_is_told_to_the_technicians_while_no_supervisor_is_at_work() -> None:
    office().play_silently("> Hà!: /nghi").play(TICKET).play_silently("+ 21m").play("""
        + 3m
        <desk Trễ hạn đã lâu | #1
    """)


def test_claiming_and_resolving_end_the_reminders() -> None:
    office().play(f"{TICKET}\n+ 11m\n> Tâm!: /xong 1\n< @Lan\n<Tâm xong\n+ 2d")


def test_nobody_is_reminded_at_night() -> None:
    office().play(f"""
        + 500m
        {TICKET}
        + 9m
        + 13h
        + 59m
        + 5m
        <desk Sắp tới hạn: | hạn nhận 07:06
        + 3m
        <desk Đã trễ hạn:
    """)


def test_what_gets_late_when_the_day_ends_is_told_in_the_morning() -> None:
    office().play(f"""
        + 29790s
        {TICKET}
        + 14h
        + 12m
        + 45s
        <desk Sắp tới hạn: | hạn nhận 07:02
    """)


def test_several_reminders_for_one_receiver_are_one_message() -> None:
    office().play(f"""
        + 30s
        {TICKET}
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        <desk Phiếu #2 ·
        + 13m
        <desk Sắp tới hạn: | #1 | #2
    """)


def test_a_quoted_reminder_about_one_ticket_stands_for_it() -> None:
    world = office().play(f"""{CLAIMED}
        + 314m
        <Tâm Sắp tới hạn:
        > Tâm! "Sắp tới hạn": xong, đã trả về bước trước
        < @Lan | đã trả về bước trước
        <Tâm xong phiếu #1
    """)
    assert world.tickets[1].state == "resolved"


def test_whoever_is_on_leave_is_not_reminded() -> None:
    world = office().play(CLAIMED)
    world.away |= {PersonId("tam"), PersonId("ha")}
    world.play("""
        + 314m
        <desk Sắp tới hạn:
        + 48m
        <desk Đã trễ hạn:
        + 2h
        <desk Trễ hạn đã lâu
    """)


def test_after_a_pause_of_the_service_only_the_last_reminder_is_sent() -> None:
    world = office().play(TICKET)
    world.now_ms += 17 * 60_000
    world.play("+ 1m\n<desk Đã trễ hạn:\n+ 1m")


def test_a_claim_without_any_news_goes_back_after_a_working_day() -> None:
    world = office(replace(QUIET, hours=replace(USUAL.hours, spans=QUIET.hours.spans))).play(f"""{CLAIMED}
        + 314m
        <Tâm Sắp tới hạn:
        + 48m
        <Tâm Đã trễ hạn:
        <desk Đã trễ hạn:
        + 2h
        <Hà Trễ hạn đã lâu
        + 16h
        <Tâm Phiếu #1 anh/chị nhận đã 8 giờ làm việc
        <desk Phiếu #1 anh Tâm nhận đã 8 giờ làm việc
        > Tâm!: /xem 1
        <Tâm chờ nhận | hệ thống trả lại: 8 giờ làm việc không có cập nhật
    """)
    assert (world.tickets[1].state, world.tickets[1].owner) == ("new", None)


def test_a_note_of_its_owner_keeps_a_claim() -> None:
    world = office().play(f"""{CLAIMED}
        + 314m
        <Tâm Sắp tới hạn:
        > Tâm!: /ghichu 1 đang chờ tỉnh
        <Tâm ghi chú
        + 48m
        <Tâm Đã trễ hạn:
        <desk Đã trễ hạn:
        + 2h
        <Hà Trễ hạn đã lâu
        + 17h
    """)
    assert world.tickets[1].owner == "tam"


def test_what_was_resolved_on_a_friday_may_be_objected_to_on_monday() -> None:
    world = office().play(TICKET).play_silently("+ 3d").play_silently("> Tâm!: /xong 1 đã trả về")
    states = [world.play_silently(time).tickets[1].state for time in ("+ 70h", "+ 2h")]
    assert states == ["resolved", "closed"]


def test_a_target_that_comes_near_is_told_although_another_was_missed() -> None:
    world = office().play(TICKET).play_silently("+ 5h")
    world.play("""
        + 15m
        <desk Sắp tới hạn: | chờ nhận từ 08:31 · hạn xong 14:31
        x trễ
        + 45m
        <desk Đã trễ hạn: | trễ hạn xong 14:31
    """)


def test_a_ticket_is_closed_two_days_after_its_end_and_cannot_be_objected_to_then() -> None:
    world = office().play(f"""{DONE}
        + 47h
        > Tâm!: /xem 1
        <Tâm anh Tâm đã xử lý xong
        + 2h
        > Lan: vẫn chưa được
        < Phiếu #1 đã đóng | /kythuat
    """)
    assert world.tickets[1].state == "closed"
    assert [event.verb for event in world.tickets[1].history[-2:]] == ["resolved", "closed"]


@pytest.mark.parametrize(
    "objection", ["> Lan: vẫn chưa được\n< mở lại\n<desk Phiếu #1", "> Tâm!: /molai 1\n< @Lan | mở lại\n<Tâm Đã mở"]
)
def test_what_was_objected_to_is_not_closed(objection: str) -> None:
    world = office().play(f"{DONE}\n+ 30h\n{objection}")
    assert world.tickets[1].state == "claimed"
    assert world.tickets[1].history[-1].verb == "reopened"
    assert not [name for name in world.timers if "close" in name]


def test_the_morning_list_shows_what_is_open_the_most_urgent_first() -> None:
    office(replace(USUAL, evening=None)).play(f"""
        + 505m
        {TICKET}
        > Khôi: xã em có cán bộ mới, nhờ cấp tài khoản một cửa
        < @Khôi | phiếu #2
        <desk Phiếu #2
        + 14h
        + 4m
        <desk Chào buổi sáng, 2 phiếu đang mở: | #1 · hồ sơ chuyển nhầm | #2
        x trễ
    """)


def test_a_morning_without_open_tickets_is_silent() -> None:
    office(replace(USUAL, evening=None)).play(f"{DONE}\n+ 1d")


def test_the_morning_list_is_sent_once_each_working_day() -> None:
    world = office(replace(USUAL, evening=None)).play(f"{DONE}\n> Tâm!: /molai 1\n< @Lan\n<Tâm mở lại")
    world.play("> Tâm!: /hoi 1 nộp khi nào ạ?\n< @Lan\n<Tâm Đã hỏi")
    world.play("""
        + 1d
        <desk Chào buổi sáng, 1 phiếu đang mở: | #1
        + 1d
        <Tâm Người báo chưa trả lời
        <desk Chào buổi sáng
        + 1d
        <desk Chào
        + 62h
    """)


def test_supervisors_get_the_days_figures_with_a_chart_in_the_evening() -> None:
    world = office(replace(USUAL, morning=None)).play(
        f"{DONE}\n+ 509m\n<Hà Tổng kết trong ngày | 05/11/2024 | Phản ánh: 1"
    )
    (reply,) = world.last.replies
    assert reply.chart is not None
    assert [bar.label for bar in reply.chart.bars] == ["hồ sơ chuyển nhầm"]


def test_on_a_holiday_the_desk_is_silent() -> None:
    hours = Hours(ZoneInfo("Asia/Ho_Chi_Minh"), holidays=frozenset({date(2024, 11, 6), date(2024, 11, 7)}))
    world = office(replace(USUAL, hours=hours)).play(f"""
        {DONE}
        > Tâm!: /molai 1
        < @Lan
        <Tâm mở lại
        + 509m
        <Tâm Sắp tới hạn:
        <Tâm Đã trễ hạn:
        <desk Đã trễ hạn:
        <Hà Trễ hạn đã lâu
        <Hà Tổng kết
        + 61h
    """)
    world.play("+ 2h\n<desk Chào buổi sáng")


def test_a_morning_list_that_comes_half_a_day_late_is_left_out() -> None:
    world = office(replace(USUAL, evening=None)).play(f"{CLAIMED}\n> Tâm!: /hoi 1 nộp khi nào ạ?\n< @Lan\n<Tâm Đã hỏi")
    world.now_ms += 30 * 3_600_000
    world.play("+ 1m\n<Tâm Người báo chưa trả lời")


def test_who_waits_for_a_reporter_who_does_not_answer_is_reminded_once_after_a_working_day() -> None:
    office().play(f"""{CLAIMED}
        > Tâm!: /hoi 1 chị bấm nhầm ở bước nào?
        < @Lan | Kỹ thuật hỏi thêm
        <Tâm Đã hỏi
        + 23h
        + 90m
        <Tâm Người báo chưa trả lời đã một ngày làm việc | #1 | anh Tâm đang chờ người báo trả lời từ 08:31
        + 48h
    """)


def test_who_was_answered_by_the_reporter_is_not_told_that_an_answer_is_missing() -> None:
    world = office().play(f"""{CLAIMED}
        > Tâm!: /hoi 1 chị bấm nhầm ở bước nào?
        < @Lan | Kỹ thuật hỏi thêm
        <Tâm Đã hỏi
        + 10m
        > Lan: dạ bước thẩm định
        < ghi vào phiếu #1
        <desk dạ bước thẩm định
        > Tâm!: /xong 1
        < @Lan
        <Tâm Đã xong
        + 24h
    """)
    assert world.tickets[1].state == "resolved"
