"""Incidents: what people hear while one is open, and when it ends."""

from __future__ import annotations

import pytest

from bot.model import Chat
from tests.dialogue.world import GROUP, World

DECLARED = """
    > Tâm: /suco đăng nhập một cửa báo lỗi 404
    < Đã khai báo sự cố S1
"""


def test_the_technicians_group_hears_of_an_incident_that_is_declared_elsewhere() -> None:
    World(tech_group=Chat("private", "desk")).play("""
        > Tâm: /suco đăng nhập một cửa báo lỗi 404
        <desk Sự cố chung S1: đăng nhập một cửa báo lỗi 404
        < Đã khai báo sự cố S1
    """)


def test_a_quoted_ticket_says_which_error_it_is() -> None:
    world = World(tech_group=GROUP).play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1 ·
        > Tâm "Phiếu #1 ·": /suco
        < Đã khai báo sự cố S1 (hồ sơ chuyển nhầm)
    """)
    assert list(world.incidents) == ["misrouted"]


@pytest.mark.parametrize("words", ["xong S1", "xong 1", "S1 xong", "xong s1."])
def test_an_incident_is_ended_however_it_is_written(words: str) -> None:
    world = World(tech_group=GROUP).play(DECLARED)
    world.play(f"> Hà: /suco {words}\n< Đã kết thúc sự cố S1, em báo 0 người")
    assert world.incidents == {}


def test_who_reports_it_gets_one_line_and_a_person_who_asks_for_a_technician_a_ticket() -> None:
    world = World(tech_group=GROUP).play(f"""{DECLARED}
        > Lan: em vào một cửa bị lỗi 404
        < @Lan | sự cố chung S1
        > Lan: em vào một cửa bị lỗi 404 nữa rồi
        < @Lan | sự cố chung S1
        > Khôi: gặp kỹ thuật {{bot}}
        < phiếu #1
        < Phiếu #1
    """)
    assert list(world.incident_reporters[1]) == ["lan"]
    assert world.total("complaint", "login-404") == 2
    assert world.outcomes().count("incident") == 2


def test_another_error_gets_its_steps_as_ever() -> None:
    World(tech_group=GROUP).play(f"{DECLARED}\n> Lan: mật khẩu em hết hạn rồi ad ơi\n< @Lan\nx sự cố")


def test_each_group_gets_one_notice_that_names_those_who_reported_there() -> None:
    World(tech_group=GROUP).play(f"""{DECLARED}
        > Lan: em vào một cửa bị lỗi 404
        < @Lan
        > Khôi: em vào một cửa bị lỗi 404
        < @Khôi
        > Tâm: /suco xong S1 đã nâng cấp [@khoi]
        < @Lan @Khôi Sự cố S1 | đã nâng cấp
        < em báo 2 người
    """)


def test_a_ticket_of_the_same_error_stays_open_until_it_is_resolved() -> None:
    world = World(tech_group=GROUP).play(f"""
        > Lan: em vào một cửa bị lỗi 404
        < @Lan
        > Lan: gặp kỹ thuật
        < phiếu #1
        < Phiếu #1
        {DECLARED}
        > Tâm: /suco xong S1
        < Đã kết thúc
    """)
    assert world.tickets[1].state == "new"


def reported_by(*people: str, after: str = "") -> str:
    return "\n".join(f"> {one}: em vào một cửa bị lỗi 404{after}\n< [@{one}]" for one in people)


FOUR = ("xa1", "xa2", "xa3", "xa4")


def test_many_reports_within_minutes_become_an_incident_and_all_reporters_hear_its_end() -> None:
    world = World(tech_group=Chat("private", "desk")).play(f"""
        {reported_by(*FOUR)}
        > xa5: em vào một cửa bị lỗi 404
        <desk sự cố chung S1: 5 người báo lỗi 404 | trong 5 phút, giờ này thường không quá 1 lượt mỗi giờ
        < [@xa5] | Đang có sự cố chung S1
        > xa6: em vào một cửa bị lỗi 404
        < [@xa6] | Đang có sự cố chung S1
        > Tâm!: /suco xong S1 máy chủ đã chạy lại
        < [@xa1] [@xa2] [@xa3] [@xa4] [@xa5] [@xa6] Sự cố S1 | máy chủ đã chạy lại
        <Tâm em báo 6 người
    """)
    assert world.total("complaint", "login-404") == 6


def test_who_reported_ten_minutes_before_hears_the_end_of_an_incident_that_came_slowly() -> None:
    early = "\n+ 100s\n".join(reported_by(f"xa{number}") for number in range(7))
    World(tech_group=Chat("private", "desk")).play(f"""
        {early}
        + 100s
        > xa8: em vào một cửa bị lỗi 404
        <desk sự cố chung S1: 8 người báo lỗi 404 | trong 15 phút
        < [@xa8] | Đang có sự cố chung S1
        > Tâm!: /suco xong S1
        < [@xa0] | [@xa8] Sự cố S1
        <Tâm em báo 8 người
    """)


def test_colleagues_who_named_their_unit_before_are_one_place() -> None:
    world = World()
    for number in range(5):
        world.play_silently(f"> xa{number}: dân thanh toán k được hs H20.27.21-240924-00{number:02}")
    world.play_silently("+ 1h")
    for number in range(5):
        world.play_silently(f"> xa{number}: em vào một cửa bị lỗi 404")
    assert world.incidents == {}


def test_reports_over_a_quarter_of_an_hour_are_no_incident() -> None:
    world = World().play("\n+ 3m\n".join(reported_by(one) for one in (*FOUR, "xa5", "xa6", "xa7")))
    assert world.incidents == {}


def test_one_commune_alone_is_no_incident() -> None:
    said = [f"> xa{n}: dân thanh toán k được hs H20.27.21-240924-00{n:02}\n< [@xa{n}]" for n in range(9)]
    world = World().play("\n".join(said))
    assert world.incidents == {}
