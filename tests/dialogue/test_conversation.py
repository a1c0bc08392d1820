"""The conversation with an official, line by line; the notation is that of tests/scenarios/README.md."""

from __future__ import annotations

from dataclasses import replace

from bot.model import OTHER_ERROR, Candidate, IntentId, Meaning, PersonId
from tests.dialogue.world import GROUP, World, knowledge

LAN = PersonId("lan")
WHICH = Meaning(
    verdict="clarify",
    candidates=(Candidate(IntentId("payment"), 0.45), Candidate(IntentId("payment-config"), 0.4)),
)


def test_ok_after_the_steps_is_no_success() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < @Lan | Ctrl+Shift+R
        > Lan: ok để em thử
        + 9h
    """)
    assert world.outcomes() == ["unknown"]
    assert world.total("self") == 0


def test_solved_counts_as_self_service_on_the_day_of_the_complaint() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        + 1h
        > Lan: được rồi em
        < xong
    """)
    complaint, solved = world.counts
    assert (complaint.name, solved.name) == ("complaint", "self")
    assert solved.at_ms == complaint.at_ms
    assert world.sessions == {}
    assert world.timers == {}


def test_the_same_complaint_again_is_not_answered_with_the_same_steps() -> None:
    World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < 'được rồi' hoặc 'chưa được'
        x Ctrl+Shift+R
        + 2m
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < phiếu #1
        x Ctrl+Shift+R
        < Phiếu #1
    """)


def test_more_of_the_same_complaint_in_one_breath_is_kept_with_it() -> None:
    world = World().play("""
        > Lan: phần mềm ký số báo lỗi
        < USB
        > Lan: token cắm vào máy báo lỗi luôn
        > Lan: chưa được
        < phiếu #1
        < Phiếu #1 | token cắm vào máy
    """)
    assert world.total("complaint") == 1


def test_a_needed_code_is_asked_for_with_the_steps_and_only_once() -> None:
    World().play("""
        > Lan: dân nộp lệ phí trên cổng quốc gia báo lỗi hoài
        < Đồng bộ lại | mã hồ sơ
        > Lan: em không có mã
        < được rồi
        x mã hồ sơ
        > Lan: chưa được
        < phiếu #1
        x mã hồ sơ
        < Phiếu #1 | chưa có mã
    """)


def test_a_code_that_comes_late_is_kept_and_the_next_question_follows() -> None:
    World().play("""
        > Lan: hồ sơ liên thông chuyển qua tư pháp chưa nhận được
        < ít nhất 5 phút | mã hồ sơ
        > Lan: G22.99.08-240919-2105
        < G22.99.08-240919-2105 | bao lâu | 1. | 2.
        > Lan: 1
        < 10 phút nữa em hỏi lại
    """)


def test_ok_while_waiting_does_not_cancel_the_follow_up() -> None:
    world = World().play("""
        > Lan: hs liên thông G22.99.08-240919-2105 vừa nộp mà tư pháp chưa nhận được
        < ít nhất 5 phút
        > Lan: dạ ok em chờ
        + 11m
        < @Lan | Đã 10 phút
        > Lan: dạ có
        < xong
    """)
    assert world.outcomes() == ["self"]


def test_a_follow_up_asks_once_and_silence_ends_as_unknown() -> None:
    world = World().play("""
        > Lan: hs liên thông G22.99.08-240919-2105 vừa nộp mà tư pháp chưa nhận được
        < ít nhất 5 phút
        + 11m
        < Đã 10 phút
        + 1d
    """)
    assert world.outcomes() == ["unknown"]


def test_solved_before_the_follow_up_cancels_it() -> None:
    World().play("""
        > Lan: hs liên thông G22.99.08-240919-2105 vừa nộp mà tư pháp chưa nhận được
        < ít nhất 5 phút
        > Lan: về rồi em
        < xong
        + 1d
    """)


def test_which_of_these_is_answered_by_number_and_counted_where_it_belongs() -> None:
    world = World(meanings={"lỗi phí": WHICH}).play("""
        > Lan: lỗi phí
        < 1. lỗi thanh toán | 2. | 3. Lỗi khác
        > Lan: số 2
        < Quy trình thủ tục
    """)
    assert world.total("complaint", "payment") == 0
    assert world.total("complaint", "payment-config") == 1


def test_something_else_may_be_said_in_words() -> None:
    world = World(meanings={"lỗi phí": WHICH}).play("""
        > Lan: lỗi phí
        < 3. Lỗi khác
        > Lan: cái khác ạ
        < phiếu #1
        < Phiếu #1
    """)
    assert world.tickets[1].intent == OTHER_ERROR


def test_a_choice_may_be_made_in_a_word() -> None:
    which = replace(WHICH, candidates=(WHICH.candidates[0], Candidate(IntentId("digital-signature"), 0.4)))
    World(meanings={"lỗi phí": which}).play("""
        > Lan: lỗi phí
        < 2.
        > Lan: ký số
        < USB ký số
    """)


def test_a_code_instead_of_a_choice_is_kept_and_the_question_stays() -> None:
    world = World(meanings={"lỗi phí": WHICH}).play("""
        > Lan: lỗi phí
        < 1.
        > Lan: H20.29.15-241120-0056
        < H20.29.15-241120-0056 | câu hỏi ở trên
        x làm thử
        > Lan: 1
        < Đồng bộ lại
    """)
    assert world.sessions[GROUP, LAN].codes == ("H20.29.15-241120-0056",)


def test_a_wrong_answer_is_taken_back_from_the_figures() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: sai rồi bot ơi
        < hiểu chưa đúng
        > Lan: có
        < phiếu #1
        < Phiếu #1
    """)
    assert world.total("complaint", "login-404") == 0
    assert world.total("complaint", OTHER_ERROR) == world.total("ticket", OTHER_ERROR) == 1
    assert world.total("wrong-answer", "login-404") == 1


def test_a_new_error_in_the_middle_begins_a_case_of_its_own() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: hs H20.27.21-240924-0099 không thanh toán được
        < Đồng bộ lại
        > Lan: được rồi
        < xong
    """)
    assert world.outcomes() == ["unknown", "self"]


def test_never_mind_ends_it() -> None:
    world = World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: thôi khỏi
        < dừng ở đây
    """)
    assert world.outcomes() == ["withdrawn"]


def test_an_error_taken_out_of_the_guide_in_the_middle_of_a_conversation_does_no_harm() -> None:
    world = World(meanings={"lỗi phí": WHICH}).play("""
        > Lan: lỗi phí
        < 1. lỗi thanh toán
    """)
    left = {name: intent for name, intent in knowledge().intents.items() if name != "payment"}
    world.knows = replace(knowledge(), intents=left)
    world.play("""
        > Lan: 1
        < mở phiếu
    """)
