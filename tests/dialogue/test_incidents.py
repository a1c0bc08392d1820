"""Incidents: what people hear while one is open, and when it ends."""

from __future__ import annotations

import pytest

from bot.model import OTHER_ERROR, Chat
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
    assert [incident.intent for incident in world.incidents.values()] == ["misrouted"]


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
        > xa1 "lỗi 404": em cũng bị ạ
        < [@xa1] | sự cố chung S1
        > Khôi: gặp kỹ thuật {{bot}}
        < phiếu #1
        < Phiếu #1
    """)
    assert list(world.incident_reporters[1]) == ["lan", "xa1"]
    assert world.total("complaint", "login-404") == 3
    assert world.outcomes().count("incident") == 3


def test_who_wants_a_technician_during_an_incident_need_not_say_again_what_for() -> None:
    world = World(tech_group=GROUP).play(f"""{DECLARED}
        > Lan: em vào một cửa bị lỗi 404
        < @Lan | sự cố chung S1
        > Lan: gặp kỹ thuật {{bot}}
        < @Lan | phiếu #1
        < Phiếu #1 · | em vào một cửa bị lỗi 404
    """)
    assert world.tickets[1].intent == "login-404"


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


@pytest.mark.parametrize("words", ["nhầm S1", "nham 1", "không phải S1 đâu", "ghi nhầm s1"])
def test_who_reported_what_was_no_incident_is_asked_to_write_again_and_gets_the_steps(words: str) -> None:
    world = World(tech_group=GROUP).play(f"""{DECLARED}
        > Lan: em vào một cửa bị lỗi 404
        < @Lan | sự cố chung S1
        > Tâm: /suco {words}
        < @Lan | không phải sự cố chung. Còn lỗi thì anh/chị nhắn lại
        < Đã rút sự cố S1, em báo 1 người
        > Lan: em vào một cửa bị lỗi 404
        < @Lan | 'được rồi' hoặc 'chưa được'
    """)
    assert world.incidents == {}


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


def test_an_incident_that_the_guide_does_not_know_is_declared_by_its_name() -> None:
    world = World(tech_group=Chat("private", "desk")).play("""
        > Tâm: /suco hệ thống báo 502
        <desk Sự cố chung S1: hệ thống báo 502 (hướng dẫn chưa có lỗi này)
        < Đã khai báo sự cố S1: hệ thống báo 502
        > Lan: em vào hệ thống báo lỗi 502 bad gateway ad ơi
        < @Lan | sự cố chung S1 (hệ thống báo 502)
        > Khôi "em vào hệ thống": em cũng bị
        < @Khôi | sự cố chung S1
        > Sơn!: /suco khác vào hệ thống bị lỗi 502
        <Sơn Đang có sự cố S1 (hệ thống báo 502) giống vậy
        > Hà!: /suco xong S1 đã khởi động lại
        < @Lan @Khôi Sự cố S1 (hệ thống báo 502) | đã khởi động lại
        <Hà em báo 2 người
    """)
    assert world.outcomes() == ["incident", "incident"]


def test_another_error_that_the_guide_does_not_know_is_no_part_of_it() -> None:
    World(tech_group=GROUP).play("""
        > Tâm: /suco hệ thống báo 502
        < Đã khai báo
        > Lan: không in được phiếu biên nhận, bấm in ra trang trắng
        < @Lan | mở phiếu
    """)


def test_a_documented_error_may_be_part_of_an_incident_of_another_kind() -> None:
    world = World(tech_group=GROUP).play("""
        > Tâm: /suco khác: đăng nhập một cửa báo lỗi 404
        < Đã khai báo sự cố S1: đăng nhập một cửa báo lỗi 404
    """)
    assert [incident.intent for incident in world.incidents.values()] == [OTHER_ERROR]


@pytest.mark.parametrize("words", ["xong", "S1", "s1 ạ", "kết thúc S1", "nhầm"])
def test_what_looks_like_the_end_of_an_incident_declares_none(words: str) -> None:
    world = World(tech_group=GROUP).play(f"{DECLARED}\n> Tâm: /suco {words}\n< ghi số sự cố để kết thúc")
    assert len(world.incidents) == 1


def test_a_ticket_of_an_unknown_error_does_not_name_an_incident_by_itself() -> None:
    World(tech_group=GROUP).play("""
        > Lan: không in được phiếu biên nhận, bấm in ra trang trắng
        < mở phiếu
        > Lan: có
        < phiếu #1
        < Phiếu #1 ·
        > Tâm "Phiếu #1 ·": /suco
        < đặt tên sự cố
        > Tâm "Phiếu #1 ·": /suco không in được phiếu
        < Đã khai báo sự cố S1: không in được phiếu
    """)


SAID_502 = (
    "em vào hệ thống báo lỗi 502 ad ơi",
    "vô hệ thống báo lỗi 502 bad gateway",
    "trang một cửa bị lỗi 502 rồi, không vào được",
    "cả xã em vào đều bị 502 bad gateway",
    "sao vào hệ thống hiện lỗi 502 vậy ad",
)


def test_many_who_report_the_same_unknown_error_become_an_incident_named_by_what_they_all_say() -> None:
    world = World(tech_group=Chat("private", "desk"))
    for number, words in enumerate(SAID_502[:4]):
        world.play(f"> xa{number}: {words}\n< [@xa{number}] | mở phiếu\n+ 20s")
    world.play(f"""
        > Khôi: không in được phiếu biên nhận, bấm in ra trang trắng
        < @Khôi | mở phiếu
        > xa4: {SAID_502[4]}
        <desk sự cố chung S1: 5 người báo lỗi chưa có hướng dẫn, cùng nhắc “vào hệ thống … lỗi 502”
        < [@xa4] | Đang có sự cố chung S1
        > xa5: hệ thống bị 502 bad gateway hoài ad ơi
        < [@xa5] | Đang có sự cố chung S1
        > Tâm!: /suco xong S1
        < [@xa0] [@xa1] [@xa2] [@xa3] [@xa4] [@xa5] Sự cố S1
        <Tâm em báo 6 người
    """)


SAID_PRINT = (
    "không in được phiếu hẹn, bấm in ra giấy trắng",
    "bên em in phiếu hẹn không ra chữ nào",
    "sáng giờ in phiếu hẹn toàn giấy trắng",
    "em in phiếu hẹn mà giấy trắng trơn, không có chữ",
    "em không in phiếu hẹn cho dân được, ra giấy trắng",
)


def test_two_unknown_outages_at_once_are_two_incidents_and_each_reporter_hears_of_their_own() -> None:
    world = World(tech_group=Chat("private", "desk"))
    for number, said in enumerate(zip(SAID_502[:4], SAID_PRINT[:4], strict=True)):
        for kind, words in zip("ab", said, strict=True):
            world.play(f"> {kind}{number}: {words}\n< [@{kind}{number}] | mở phiếu\n+ 5s")
    world.play(f"""
        > a4: {SAID_502[4]}
        <desk sự cố chung S1: 5 người báo lỗi chưa có hướng dẫn | 502
        < [@a4] | Đang có sự cố chung S1
        > b4: {SAID_PRINT[4]}
        <desk sự cố chung S2: 5 người báo lỗi chưa có hướng dẫn | phiếu hẹn
        < [@b4] | Đang có sự cố chung S2
        > a5: hệ thống bị 502 bad gateway hoài ad ơi
        < [@a5] | Đang có sự cố chung S1
        > b5 "em không in phiếu hẹn": em cũng bị
        < [@b5] | Đang có sự cố chung S2
        > c1: tìm kiếm hồ sơ không ra kết quả
        < [@c1] | mở phiếu
        > Tâm!: /suco
        <Tâm S1 · | 502 | S2 · | phiếu hẹn
        > Tâm!: /suco xong S1
        < [@a0] [@a1] [@a2] [@a3] [@a4] [@a5] Sự cố S1
        <Tâm em báo 6 người
        > b6: in phiếu hẹn vẫn ra giấy trắng
        < [@b6] | Đang có sự cố chung S2
        > Tâm!: /suco nhầm S2
        < [@b0] [@b1] [@b2] [@b3] [@b4] [@b5] [@b6] Lỗi anh/chị báo
        <Tâm Đã rút sự cố S2
    """)
    assert world.incidents == {}


def test_those_whom_an_incident_has_answered_make_no_second_one() -> None:
    world = World(tech_group=Chat("private", "desk"))
    for number in range(20):
        world.play_silently(f"> xa{number}: {SAID_502[number % 5]}")
    assert list(world.incidents) == [1]
    assert len(world.incident_reporters[1]) == 20


def test_many_who_tell_of_an_incident_in_words_of_their_own_are_part_of_it() -> None:
    said = (
        "hệ thống xoay vòng rồi hiện bad gateway, cả xã không vô được",
        "bad gateway hoài ad ơi, hệ thống xoay vòng không vô được",
    )
    world = World(tech_group=Chat("private", "desk")).play("""
        > Tâm!: /suco khác hệ thống báo 502
        <desk Sự cố chung S1
        <Tâm Đã khai báo sự cố S1
    """)
    for number in range(4):
        world.play(f"> xa{number}: {said[number % 2]}\n< [@xa{number}] | mở phiếu")
    world.play(f"""
        > xa4: {said[0]}
        < [@xa4] | Đang có sự cố chung S1 (hệ thống báo 502)
        > xa5: {said[1]}
        < [@xa5] | Đang có sự cố chung S1
        > xa6: em vào hệ thống báo lỗi 502 ad ơi
        < [@xa6] | Đang có sự cố chung S1
        > Tâm!: /suco xong S1
        < [@xa0] [@xa1] [@xa2] [@xa3] [@xa4] [@xa5] [@xa6] Sự cố S1 (hệ thống báo 502)
        <Tâm em báo 7 người
    """)


def test_those_who_had_reported_what_was_then_declared_make_no_second_one() -> None:
    world = World(tech_group=Chat("private", "desk"))
    for number in range(4):
        world.play_silently(f"> xa{number}: {SAID_502[number]}")
    world.play_silently("> Tâm!: /suco khác hệ thống báo lỗi 502")
    for number in range(4):
        world.play_silently(f"> xb{number}: {SAID_502[number]}")
    assert list(world.incidents) == [1]


def test_a_report_that_is_like_two_incidents_belongs_to_the_one_that_it_is_most_like() -> None:
    World(tech_group=GROUP).play("""
        > Tâm: /suco khác hệ thống báo 502 bad gateway
        < Đã khai báo sự cố S1
        > Tâm: /suco khác không in được phiếu hẹn
        < Đã khai báo sự cố S2
        > Tâm: /suco khác cả xã in phiếu hẹn đều không được
        < Đang có sự cố S2 (không in được phiếu hẹn) giống vậy
        > Lan: in phiếu hẹn bị 502 bad gateway
        < @Lan | sự cố chung S1
        > Khôi: bấm in phiếu hẹn thì hiện 502
        < @Khôi | sự cố chung S2
    """)


def test_as_many_different_unknown_errors_are_no_incident() -> None:
    said = (
        "không in được phiếu biên nhận, bấm in ra trang trắng",
        "em tải file đính kèm lên không được",
        "xin cấp lại tài khoản cho cán bộ mới",
        "lỗi 500 khi bấm lưu hồ sơ",
        "tìm kiếm hồ sơ không ra kết quả",
        "chữ ký trên kết quả bị lệch sang trang khác",
    )
    world = World()
    for number, words in enumerate(said):
        world.play_silently(f"> xa{number}: {words}")
    assert world.incidents == {}


def test_reports_over_a_quarter_of_an_hour_are_no_incident() -> None:
    world = World().play("\n+ 3m\n".join(reported_by(one) for one in (*FOUR, "xa5", "xa6", "xa7")))
    assert world.incidents == {}


def test_one_commune_alone_is_no_incident() -> None:
    said = [f"> xa{n}: dân thanh toán k được hs H20.27.21-240924-00{n:02}\n< [@xa{n}]" for n in range(9)]
    world = World().play("\n".join(said))
    assert world.incidents == {}


def test_who_says_me_too_below_an_unknown_error_reports_that_error() -> None:
    world = World(tech_group=Chat("private", "desk")).play(f"""
        > xa0: {SAID_502[0]}
        < [@xa0] | mở phiếu
        > xa1 "{SAID_502[0]}": em cũng bị ạ
        < [@xa1] | mở phiếu
        > xa1: có
        < [@xa1] | phiếu #1
        <desk Phiếu #1 · | em cũng bị ạ (giống tin này: {SAID_502[0]})
    """)
    world.play_silently(f'> xa2 "{SAID_502[0]}": em cũng bị')
    world.play_silently(f'> xa3 "{SAID_502[0]}": bên em cũng vậy')
    world.play(f"""
        > xa4: {SAID_502[1]}
        <desk sự cố chung S1: 5 người
        < [@xa4] | Đang có sự cố chung S1
    """)


def test_an_outage_that_everybody_tells_in_other_words_is_one_incident() -> None:
    said = (
        "dân không nhận được mã OTP anh ơi, đợi nãy giờ không thấy tin nhắn",
        "otp k ve ad oi, thu 4 5 sdt roi",
        "Sáng nay hệ thống không gửi tin nhắn SMS mã OTP cho người dân, cả xã đều bị.",
        "khong nhan dc sms xac thuc otp khi dang nhap dvc",
        "tin nhan otp khong toi, nop ho so toi buoc xac thuc la dung",
    )
    world = World(tech_group=Chat("private", "desk"))
    for number, words in enumerate(said):
        world.play_silently(f"> xa{number}: {words}")
    assert [incident.intent for incident in world.incidents.values()] == [OTHER_ERROR]
    world.play("""
        > xa8: nho kiem tra sms otp, tu sang toi gio khong gui duoc cho dan
        < [@xa8] | Đang có sự cố chung S1
        > xa9: không in được phiếu biên nhận, bấm in ra trang trắng
        < [@xa9] | mở phiếu
    """)
