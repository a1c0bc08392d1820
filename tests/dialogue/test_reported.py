"""What happens once a complaint is a ticket, seen by the person who reported it."""

from __future__ import annotations

from bot.model import Candidate, IntentId, Meaning, PersonId
from tests.dialogue.world import World

WHICH = Meaning(
    verdict="clarify",
    candidates=(Candidate(IntentId("payment"), 0.45), Candidate(IntentId("payment-config"), 0.4)),
)


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


def test_a_corrected_code_takes_the_place_of_the_wrong_one_in_ticket_and_complaint() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Lan: nhầm, mã đúng là H20.29.15-241120-0057
        < sửa mã H20.29.15-241120-0056 thành H20.29.15-241120-0057 | phiếu #1
    """)
    (case,) = world.cases.values()
    assert world.tickets[1].codes == case.codes == ("H20.29.15-241120-0057",)


def test_a_correction_leaves_the_dossier_of_another_reporter_on_the_ticket() -> None:
    world = World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        > Khôi: nhầm, mã đúng là H20.29.15-241120-0057
        < H20.29.15-241120-0057 vào phiếu #1
    """)
    assert world.tickets[1].codes == ("H20.29.15-241120-0056", "H20.29.15-241120-0057")


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
