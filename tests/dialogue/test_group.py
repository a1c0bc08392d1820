"""Who is spoken to in a group, who speaks for whom, and when the bot says nothing."""

from __future__ import annotations

from tests.dialogue.world import World


def test_what_quotes_a_colleague_is_not_said_to_the_bot() -> None:
    World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Khôi: chị Lan ăn cơm chưa
        > Lan "ăn cơm": chưa được
    """)


def test_two_people_have_conversations_of_their_own() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < @Lan | Ctrl+Shift+R
        > Khôi: hs H20.27.21-240924-0099 không thanh toán được
        < @Khôi | Đồng bộ lại
        > Lan: được rồi
        < @Lan | xong
        > Khôi: chưa được
        < @Khôi | phiếu #1
        < Phiếu #1 · lỗi thanh toán
    """)
    assert world.outcomes() == ["self", "ticket"]


def test_a_colleague_may_answer_by_quoting_the_bot() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Khôi "Ctrl+Shift+R": chưa được
        < phiếu #1
        < Phiếu #1
    """)
    assert world.tickets[1].reporters[0].person == "lan"


def test_me_too_below_a_complaint_is_the_same_error() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < @Lan | Ctrl+Shift+R
        > Khôi "báo lỗi 404": em cũng bị
        < @Khôi | Ctrl+Shift+R
    """)
    assert world.total("complaint", "login-404") == 2


def test_a_technician_who_quotes_the_reporter_has_taken_over() -> None:
    world = World().play("""
        > Lan: hs H20.27.21-240924-0099 không thanh toán được
        < Đồng bộ lại
        > Tâm "không thanh toán được": để anh xem cho em
        > Lan: vẫn chưa được anh ơi
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
    """)
    assert world.outcomes() == ["unknown", "open"]


def test_a_person_who_answers_as_the_oa_has_taken_over() -> None:
    world = World().play("""
        > Lan!: đăng nhập vào một cửa báo lỗi 404
        <Lan Ctrl+Shift+R
    """)
    world.admin_answers("Lan")
    assert next(iter(world.sessions.values())).stage == "handed-over"


def test_in_private_the_bot_always_answers() -> None:
    World().play("""
        > Lan!: alo
        + 4s
        <Lan mô tả lỗi
        > Lan! [ảnh]:
        + 4s
        <Lan không đọc được nội dung
        > Lan!: đăng nhập vào một cửa báo lỗi 404
        <Lan Ctrl+Shift+R
        x @Lan
        > Lan!: dạ để em làm thử
        <Lan 'được rồi' hoặc 'chưa được'
        x mô tả lỗi
    """)


def test_in_a_group_ordinary_talk_gets_no_word_and_leaves_no_trace() -> None:
    world = World().play("""
        > Lan: chào cả nhà buổi sáng
        > Khôi: chiều nay họp về ký số lúc 14h nha mọi người
        > Lan: 2
        > Khôi: được rồi
        > Tâm: hồ sơ này lỗi thanh toán nè, em bấm đồng bộ lại là được
    """)
    assert world.cases == {}
    assert world.counts == []


def test_spoken_to_in_a_group_the_bot_answers() -> None:
    World().play("""
        > Lan: {bot} em ơi
        + 4s
        < @Lan | mô tả lỗi
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: {bot} ủa vậy hả
        < 'được rồi' hoặc 'chưa được'
    """)


def test_staff_who_ask_the_bot_go_on_like_anybody() -> None:
    World().play("""
        > Tâm: đăng nhập vào một cửa báo lỗi 404
        > Tâm: {bot} đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Tâm: được rồi
        < xong
    """)


def test_nobody_can_make_the_bot_mention_others() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em [@all]
        < phiếu #1
        < Phiếu #1 | [ @all]
    """)
    assert all("[@all]" not in line.text for line in world.lines if line.by_bot)
