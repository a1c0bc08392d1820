"""Lines sent one after the other are one complaint, answered once."""

from __future__ import annotations

from tests.dialogue.world import World


def test_fragments_become_one_complaint_with_its_picture_and_code() -> None:
    world = World().play("""
        > Lan: anh ơi
        > Lan: hồ sơ này
        > Lan [ảnh]:
        > Lan: chuyển nhầm cho chuyên viên khác rồi, trả về giúp em H20.27.21-240924-0099
        < @Lan | phiếu #1
        < Phiếu #1 | Kèm ảnh
        x hồ sơ này
    """)
    assert world.tickets[1].codes == ("H20.27.21-240924-0099",)


def test_what_only_makes_sense_together_is_understood_together() -> None:
    World().play("""
        > Lan: cái token của chị
        > Lan: không được
        < @Lan | Ký số không được
    """)


def test_the_lines_of_others_in_between_are_not_mixed_in() -> None:
    World().play("""
        > Lan: cái token của chị
        > Khôi: không được
        > Lan: chiều nay họp nha mọi người
    """)


def test_fragments_are_forgotten_after_half_a_minute() -> None:
    World().play("""
        > Lan: cái token của chị
        + 40s
        > Lan: không được
    """)


def test_a_vague_complaint_waits_for_more_and_is_answered_once() -> None:
    world = World().play("""
        > Lan: bị lỗi rồi ad ơi
        > Lan: ký số không được
        < @Lan | Ký số không được
        + 10s
    """)
    assert world.total("complaint") == 1


def test_a_vague_complaint_that_nothing_follows_is_answered_after_some_seconds() -> None:
    World().play("""
        > Lan: bị lỗi rồi ad ơi
        + 4s
        < @Lan | mở phiếu
    """)


def test_somebody_who_speaks_to_the_bot_in_pieces_gets_one_answer() -> None:
    World().play("""
        > Lan!: chào em
        > Lan! [ảnh]:
        > Lan!: em đăng nhập vào một cửa báo lỗi 404
        <Lan Ctrl+Shift+R
        + 10s
        > Khôi: {bot} ơi
        > Khôi: mật khẩu của anh
        + 4s
        < @Khôi | mô tả lỗi
    """)


def test_a_picture_that_follows_the_steps_at_once_is_kept_without_a_word() -> None:
    world = World().play("""
        > Lan: ký số không được
        < @Lan | Ký số không được
        > Lan [ảnh]:
        + 1m
        > Lan: vẫn chưa được
        < phiếu #1
        < Phiếu #1 | Kèm ảnh
    """)
    assert len(world.tickets[1].attachments) == 1


def test_a_likely_error_without_a_word_is_a_call_for_help_in_private_only() -> None:
    World().play("""
        > Lan [ảnh: 404 Not Found]:
        + 10s
        > Lan! [ảnh: 404 Not Found]:
        + 4s
        <Lan Em đọc được trong ảnh: lỗi 404 | Ctrl+Shift+R
    """)
