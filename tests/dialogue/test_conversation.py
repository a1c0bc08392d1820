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
        + 3h
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


def test_not_solved_becomes_a_ticket_with_all_that_is_known() -> None:
    world = World().play("""
        > Lan: hs H20.27.21-240924-0099 không thanh toán được
        < Đồng bộ lại
        > Lan [ảnh]: vẫn chưa được
        < @Lan | phiếu #1
        < Phiếu #1 · lỗi thanh toán | H20.27.21-240924-0099 | H20.27.21 | không thanh toán được | Đã hướng dẫn | Kèm ảnh
    """)
    ticket = world.tickets[1]
    assert (ticket.intent, ticket.codes, ticket.reporters[0].person) == ("payment", ("H20.27.21-240924-0099",), "lan")
    assert len(ticket.attachments) == 1
    assert [event.verb for event in ticket.history] == ["opened"]


def test_the_same_complaint_again_is_not_answered_with_the_same_steps() -> None:
    World().play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < phiếu #1
        x Ctrl+Shift+R
        < Phiếu #1
    """)


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


def test_handover_opens_the_ticket_at_once_and_asks_for_the_code() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối rồi, trả lại bước trước giúp em
        < phiếu #1 | mã hồ sơ
        < Phiếu #1 · hồ sơ chuyển nhầm
        > Lan: H20.29.15-241120-0056
        < H20.29.15-241120-0056 vào phiếu #1
    """)
    assert world.tickets[1].codes == ("H20.29.15-241120-0056",)


def test_having_no_code_is_accepted_in_two_words() -> None:
    World().play("""
        > Lan: em bấm nhầm từ chối rồi, trả lại bước trước giúp em
        < phiếu #1 | mã hồ sơ
        < Phiếu #1
        > Lan: không có
        < không sao
    """)


def test_a_second_dossier_with_the_same_error_is_a_ticket_of_its_own() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        < Phiếu #2
    """)
    assert [ticket.codes for ticket in world.tickets.values()] == [
        ("H20.29.15-241120-0056",),
        ("H20.29.15-241120-0058",),
    ]


def test_the_next_reporter_joins_and_hears_who_is_on_it_and_everybody_hears_the_end() -> None:
    world = World(names={PersonId("tam"): "anh Tâm"}).play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Tâm: /nhan 1
        < @Lan | anh Tâm đã nhận
        < @Tâm
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < @Khôi | đã có phiếu #1, anh Tâm nhận lúc 08:31
        > Tâm: /xong 1
        < @Lan | xử lý xong
        < @Khôi | xử lý xong
        < @Tâm
    """)
    assert len(world.tickets) == 1
    assert [event.verb for event in world.tickets[1].history] == ["opened", "claimed", "joined", "resolved"]


def test_who_reports_the_same_dossier_twice_is_no_second_reporter() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < Phiếu #1 mở lúc 08:31
    """)
    assert [event.verb for event in world.tickets[1].history] == ["opened"]


def test_an_undocumented_trouble_is_offered_a_ticket_and_no_means_no() -> None:
    world = World().play("""
        > Lan: không in được phiếu biên nhận, bấm in ra trang trắng
        < hướng dẫn chưa có
        > Lan: dạ không
        < dừng ở đây
    """)
    assert world.outcomes() == ["withdrawn"]
    assert world.tickets == {}


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


def test_an_objection_reopens_the_ticket_and_the_technicians_hear_it() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Tâm: /xong 1
        < @Lan | xử lý xong
        < @Tâm
        > Lan: cảm ơn em
        > Lan: vẫn chưa được
        < @Lan | mở lại phiếu #1
        < Phiếu #1 | vẫn chưa được
    """)
    assert (world.tickets[1].state, world.tickets[1].owner) == ("claimed", "tam")


def test_quoting_the_end_of_an_older_ticket_reopens_that_one_and_leaves_the_new_conversation() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Tâm: /xong 1
        < đã xử lý xong
        < @Tâm
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan "đã xử lý xong": vẫn chưa được
        < mở lại phiếu #1
        < Phiếu #1
        > Lan: được rồi
        < xong
    """)
    assert world.tickets[1].state == "claimed"
    assert world.outcomes() == ["ticket", "self"]


def test_a_question_to_the_reporter_is_answered_into_the_ticket() -> None:
    world = World().play("""
        > Lan!: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        <Lan phiếu #1
        <Tâm Phiếu #1
        <Sơn Phiếu #1
        > Tâm!: /hoi 1 hồ sơ đang ở bước nào vậy chị
        <Lan hồ sơ đang ở bước nào
        <Tâm Đã hỏi
        > Lan!: đang ở bước thẩm định
        <Lan ghi vào phiếu #1
        <Tâm đang ở bước thẩm định
        <Sơn đang ở bước thẩm định
    """)
    assert world.tickets[1].state == "claimed"
    assert world.tickets[1].history[-1].verb == "answered"


def test_whoever_waits_for_a_ticket_and_asks_hears_where_it_stands() -> None:
    World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Lan: vẫn chưa được anh ơi
        < Phiếu #1 mở lúc 08:31, đang chờ kỹ thuật nhận
    """)


def test_solved_by_itself_reaches_the_technicians() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Lan: được rồi em ơi
        < ghi vào phiếu #1
    """)
    assert world.tickets[1].history[-1].text == "được rồi em ơi"


def test_in_private_the_bot_always_answers() -> None:
    World().play("""
        > Lan!: alo
        <Lan mô tả lỗi
        > Lan! [ảnh]:
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


def test_nobody_can_make_the_bot_mention_others() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em [@all]
        < phiếu #1
        < Phiếu #1 | [ @all]
    """)
    assert all("[@all]" not in line.text for line in world.lines if line.by_bot)


def test_complaint_and_outcome_are_counted_for_the_same_unit_and_error_when_the_code_comes_late() -> None:
    world = World(meanings={"lỗi phí": WHICH}).play("""
        > Lan: lỗi phí
        < 1.
        > Lan: H20.29.15-241120-0056
        < câu hỏi ở trên
        > Lan: 2
        < Quy trình thủ tục
        > Lan: chưa được
        < phiếu #1
        < Phiếu #1
    """)
    totals: dict[tuple[str, str, str], int] = {}
    for count in world.counts:
        key = (count.name, count.intent, count.unit)
        totals[key] = totals.get(key, 0) + count.by
    assert {key: total for key, total in totals.items() if total} == {
        ("complaint", "payment-config", "H20.29.15"): 1,
        ("ticket", "payment-config", "H20.29.15"): 1,
    }
