"""The commands of technicians and supervisors, and what they write below a quoted ticket."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogue.decide import decide
from bot.dialogue.figures import Figures
from bot.dialogue.memory import Memory
from bot.dialogue.periods import read_period
from bot.dialogue.wants import wants
from bot.model import Chat, Decision, IntentId, Meaning, Message, MessageId, PersonId, Reply
from tests.dialogue.world import BEGAN_MS, GROUP, ZONE, World, knowledge

TICKET = """
    > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    < Phiếu #1 ·
"""
CLAIMED = f"""{TICKET}
    > Tâm: /nhan 1
    < @Lan | đã nhận
    < @Tâm | đã nhận phiếu #1
"""
NAMES = {PersonId("tam"): "anh Tâm", PersonId("son"): "anh Sơn"}


@pytest.mark.parametrize("command", ["/nhận #1", "/nhan 1", "/claim 1", "/NHẬN số 1", "/nhan1", "/nhan#1", " / nhan 1"])
def test_a_command_is_understood_however_it_is_written(command: str) -> None:
    world = World().play(f"{TICKET}\n> Tâm: {command}\n< @Lan\n< @Tâm | đã nhận phiếu #1")
    assert world.tickets[1].owner == "tam"


def test_second_claim_is_refused_and_names_the_owner() -> None:
    world = World(names=NAMES).play(f"""{CLAIMED}
        > Sơn: /nhan 1
        < Phiếu #1 đã có anh Tâm nhận lúc 08:31
    """)
    assert world.tickets[1].owner == "tam"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Sơn: /nhan", "ghi thêm số phiếu"),
        ("Sơn: /nhan 9", "Không có phiếu #9"),
        ("Sơn: /tra 1", "đang của anh Tâm"),
        ("Sơn: /molai 1", "vẫn đang mở"),
        ("Sơn: /ghichu 1", "ghi thêm nội dung"),
        ("Sơn: /hoi 1", "ghi thêm câu hỏi"),
        ("Sơn: /chuyen 1", "ghi tên một người"),
        ("Sơn: /chuyen 1 Bình", "ghi tên một người"),
        ("Tâm: /chuyen 1 anh", "ghi tên một người"),
        ("Tâm: /chuyen 1 {Lan}", "không phải kỹ thuật"),
        ("Sơn: /gop 1", "hai số phiếu"),
        ("Sơn: /gop 1, 2, 3", "hai số phiếu"),
        ("Sơn: /gop 1 vào 1", "giống nhau"),
        ("Sơn: /ds lung tung", "/ds, hoặc thêm"),
        ("Sơn: /thongke", "dành cho"),
        ("Lan: /xong 1", "dành cho"),
        ("Lan: /xyz", "Không có lệnh 'xyz'"),
        ("Hà: /thongke 32/13", "/thongke, hoặc thêm"),
        ("Hà: /vaitro {Lan} vua", "/vaitro @tên"),
        ("Hà: /vaitro {Hà} canbo", "giám sát cuối cùng"),
        ("Hà: /donvi H20.27.21", "/donvi MÃ tên"),
    ],
)
def test_a_wrong_use_gets_one_line_and_changes_nothing(said: str, answer: str) -> None:
    world = World(names=NAMES).play(f"{CLAIMED}\n> {said}\n< {answer}")
    assert world.tickets[1].owner == "tam"
    assert world.last == Decision(replies=world.last.replies, paces=world.last.paces, outcome="refused")
    assert "\n" not in world.last.replies[0].text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("nhận 1", "đã nhận phiếu #1"),
        ("để em nhận phiếu số 1 nhé", "đã nhận phiếu #1"),
        ("Xem #1", "#1 · hồ sơ chuyển nhầm | Diễn biến"),
        ("xong 1", "Đã xong phiếu #1"),
        ("xong phiếu 1: đã trả về bước trước", "Đã xong phiếu #1"),
        ("trả lại 1", "chưa có ai nhận"),
        ("nhận 9", "Không có phiếu #9"),
    ],
)
def test_a_technician_needs_no_slash_in_private_when_it_can_be_nothing_else(said: str, answer: str) -> None:
    world = World().play(TICKET)
    world.play_silently(f"> Tâm!: {said}")
    told = next(reply.text for reply in world.last.replies if reply.chat == Chat("private", "tam"))
    assert all(part in told for part in answer.split(" | "))
    if said.startswith("xong phiếu"):
        assert world.tickets[1].resolution == "đã trả về bước trước"


@pytest.mark.parametrize(
    "said",
    [
        "Tâm!: xong 1 hồ sơ rồi mà vẫn lỗi",
        "Tâm!: nhận 1 chưa?",
        "Tâm!: nhận 1 hồ sơ bị lỗi",
        "Tâm: nhận 1",
        "Lan!: nhận 1",
    ],
)
def test_what_may_be_something_else_claims_and_resolves_nothing(said: str) -> None:
    assert World().play(TICKET).play_silently(f"> {said}").tickets[1].state == "new"


def test_a_long_unknown_command_is_not_repeated_at_length() -> None:
    world = World().play(f"> Lan: /{'a' * 500}\n< Không có lệnh")
    assert len(world.last.replies[0].text) < 120


@pytest.mark.parametrize("words", ["nhận", "Nhận nha", "để em nhận", "nhan xu ly", "{bot} nhận"])
def test_claiming_below_the_announcement(words: str) -> None:
    world = World().play(f'{TICKET}\n> Tâm "Phiếu #1 ·": {words}\n< @Lan | đã nhận\n< @Tâm')
    assert world.tickets[1].state == "claimed"


@pytest.mark.parametrize(
    "words",
    ["xong chưa em?", "xong chưa", "trả lời dân là mai xong nha", "nhận được file rồi", "em xem thử trước", "xong?"],
)
def test_a_question_or_remark_below_the_announcement_is_a_note_and_no_command(words: str) -> None:
    world = World().play(f'{CLAIMED}\n> Tâm "Phiếu #1 ·": {words}\n< ghi chú')
    assert world.tickets[1].state == "claimed"
    assert world.tickets[1].history[-1].text == words


def test_resolving_below_the_announcement_tells_how() -> None:
    world = World().play(f"""{CLAIMED}
        > Tâm "Phiếu #1 ·": xong, đã trả về bước trước
        < @Lan | xử lý xong: đã trả về bước trước
        < @Tâm | xong phiếu #1
    """)
    assert world.tickets[1].resolution == "đã trả về bước trước"


def test_a_technician_works_in_private_by_quoting() -> None:
    world = World().play("""
        > Lan!: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        <Lan phiếu #1
        <Tâm Phiếu #1
        <Sơn Phiếu #1
        > Tâm! "Phiếu #1 ·": nhận
        <Lan đã nhận
        <Tâm đã nhận phiếu #1
    """)
    assert world.tickets[1].owner == "tam"


def test_officials_cannot_work_on_a_ticket_by_quoting_it() -> None:
    world = World().play(f'{TICKET}\n> Khôi "Phiếu #1 ·": nhận\n< Phiếu #1 mở lúc')
    assert world.tickets[1].state == "new"


def test_the_technicians_group_gets_the_announcement_and_the_reporter_hears_the_end_at_home() -> None:
    World(tech_group=Chat("private", "desk")).play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < @Lan | phiếu #1
        <desk Phiếu #1 · hồ sơ chuyển nhầm | H20.29.15
        > Tâm!: /xong 1
        < @Lan | xử lý xong
        <Tâm xong phiếu #1
    """)


def test_a_ticket_goes_from_hand_to_hand_with_its_whole_history() -> None:
    world = World(names=NAMES).play(f"""{CLAIMED}
        > Tâm: /ghichu 1 đã gọi xã
        < Đã ghi chú
        + 10m
        > Tâm: /chuyen 1 {{Sơn}}
        <Sơn anh Tâm chuyển phiếu #1 (hồ sơ chuyển nhầm) cho anh/chị
        < Đã chuyển phiếu #1 cho anh Sơn
        > Sơn: /ds toi
        < anh Sơn nhận lúc 08:41
        > Sơn: /tra 1
        < Đã trả lại
        > Sơn: /xong 1 đã chuyển về
        < @Lan | đã chuyển về
        < @Sơn
        > Sơn: /molai 1
        < @Lan | mở lại
        < @Sơn | mở lại
        > Sơn: /xem 1
        < mở phiếu | anh Tâm nhận | ghi chú (trong nhóm): đã gọi xã | chuyển cho anh Sơn | trả lại | xử lý xong | mở lại
    """)
    verbs = [event.verb for event in world.tickets[1].history]
    assert verbs == ["opened", "claimed", "noted", "handed", "returned", "resolved", "reopened"]
    assert [event.by for event in world.tickets[1].history[:3]] == ["lan", "tam", "tam"]


@pytest.mark.parametrize(
    ("which", "none", "title"),
    [
        ("mới", "Không có phiếu nào chờ nhận", "1 phiếu chờ nhận:"),
        ("tôi", "Anh/chị không giữ phiếu nào", "1 phiếu anh/chị đang giữ:"),
        ("trễ", "Không có phiếu nào trễ hạn", "1 phiếu trễ hạn:"),
    ],
)
def test_a_list_says_which_tickets_it_shows(which: str, none: str, title: str) -> None:
    World().play(f"> Tâm!: /ds {which}\n<Tâm {none}")
    world = World().play(CLAIMED if which == "tôi" else TICKET)
    world.play_silently("+ 3h" if which == "trễ" else "+ 1s").play(f"> Tâm!: /ds {which}\n<Tâm {title} | #1")


def test_who_quotes_a_ticket_may_merge_it_in_words() -> None:
    world = World().play(TICKET).play_silently("> Khôi: /kythuat bấm nhầm từ chối")
    world.play_silently('> Tâm "Phiếu #2 ·": gộp vào phiếu 1 nhé')
    assert world.tickets[2].merged_into == 1


def test_the_technicians_hear_who_holds_a_ticket_that_is_reopened() -> None:
    World(names=NAMES).play(f"""{CLAIMED}
        > Tâm: /xong 1
        < @Lan
        < @Tâm
        > Lan: vẫn chưa được
        < @Lan
        < Phiếu #1 được người báo mở lại, anh Tâm giữ: vẫn chưa được
    """)


@pytest.mark.parametrize("named", ["Sơn", "@Sơn", "cho anh Sơn", "nguyễn văn sơn"])
def test_a_colleague_may_be_named_by_hand(named: str) -> None:
    names = {**NAMES, PersonId("son"): "Nguyễn Văn Sơn"}
    world = World(names=names).play(f"""{CLAIMED}
        > Tâm!: /chuyen 1 {named}
        < Phiếu #1 chuyển cho Nguyễn Văn Sơn
        <Sơn chuyển phiếu #1
        <Tâm Đã chuyển
    """)
    assert world.tickets[1].owner == "son"


def test_a_name_of_two_colleagues_is_asked_for_in_full() -> None:
    names = {**NAMES, PersonId("son"): "Nguyễn Văn Sơn", PersonId("ha"): "Trần Thị Sơn"}
    World(names=names).play(f"{CLAIMED}\n> Tâm: /chuyen 1 Sơn\n< nhiều người tên đó (Nguyễn Văn Sơn, Trần Thị Sơn)")


def test_a_ticket_without_a_code_is_told_by_its_error() -> None:
    World(names=NAMES).play("""
        > Lan: /kythuat máy in ra giấy trắng
        < phiếu #1
        < Phiếu #1
        > Tâm!: nhận 1
        < @Lan | Phiếu #1 (lỗi ngoài hướng dẫn) anh Tâm đã nhận
        <Tâm đã nhận
        > Tâm!: /hoi 1
        <Tâm ghi thêm câu hỏi
    """)


def test_each_reporter_who_was_asked_may_answer() -> None:
    world = World(names=NAMES).play(f"""{TICKET}
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < @Khôi | phiếu #1
        > Tâm!: /hoi 1 hồ sơ nộp hôm nào?
        < @Lan | hồ sơ nộp hôm nào?
        < @Khôi | hồ sơ nộp hôm nào?
        <Tâm Đã hỏi
        > Lan: hôm qua ạ
        < @Lan | ghi vào phiếu #1
        > Khôi: sáng nay
        < @Khôi | ghi vào phiếu #1
        > Khôi: chiều nay họp nha mấy chị
    """)
    said = [(event.by, event.text) for event in world.tickets[1].history if event.verb == "answered"]
    assert said == [("lan", "hôm qua ạ"), ("khoi", "sáng nay")]


def test_a_ticket_that_waits_for_its_reporter_still_does_in_other_hands() -> None:
    world = World(names=NAMES).play(f"""{CLAIMED}
        > Sơn!: /hoi 1 hồ sơ nộp hôm nào?
        < @Lan | hồ sơ nộp hôm nào?
        <Tâm anh Sơn vừa hỏi thêm người báo phiếu #1
        <Sơn Đã hỏi
        > Tâm: /chuyen 1 {{Sơn}}
        <Sơn chuyển phiếu #1
        < Đã chuyển
    """)
    assert (world.tickets[1].state, world.tickets[1].owner) == ("waiting", "son")
    world.play("> Lan: hôm qua ạ\n< @Lan | ghi vào phiếu #1")
    assert world.tickets[1].state == "claimed"


def test_merged_reporters_hear_of_it_and_of_the_end() -> None:
    world = World().play(f"""{TICKET}
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        < Phiếu #2
        > Tâm: /gop 2 vào 1
        < @Khôi | gộp vào phiếu #1
        < @Tâm
        > Khôi: vẫn chưa được
        < @Khôi | Phiếu #1 mở lúc
        > Tâm: /xong 1
        < @Lan
        < @Khôi
        < @Tâm
    """)
    assert (world.tickets[2].state, world.tickets[2].merged_into) == ("merged", 1)


def test_a_quoted_announcement_is_the_ticket_that_is_merged() -> None:
    world = World().play(f"""{TICKET}
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        < Phiếu #2 ·
        > Tâm "Phiếu #2 ·": /gop vào 1
        < @Khôi | gộp vào phiếu #1
        < Đã gộp phiếu #2 vào phiếu #1
    """)
    assert world.tickets[2].merged_into == 1


def test_whoever_was_merged_twice_reopens_the_ticket_that_is_left() -> None:
    world = World().play(f"""{TICKET}
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        < Phiếu #2
        > P1: em bấm nhầm từ chối hs H20.29.15-241120-0059, trả lại giúp em
        < phiếu #3
        < Phiếu #3
        > Tâm: /gop 3 vào 2
        < gộp vào phiếu #2
        < @Tâm
        > Tâm: /gop 2 vào 1
        < @Khôi
        < [@P1]
        < @Tâm
        > Tâm: /xong 1
        < @Lan
        < @Khôi
        < [@P1]
        < @Tâm
        > P1: vẫn chưa được
        < [@P1] | mở lại phiếu #1
        < Phiếu #1 được người báo mở lại
    """)
    assert world.tickets[1].state == "claimed"


def test_who_claims_again_is_told_that_it_is_theirs() -> None:
    World(names=NAMES).play(f"""{CLAIMED}
        > Tâm: /nhan 1
        < Anh/chị đang giữ phiếu #1 rồi, từ 08:31
        > Tâm: /chuyen 1 [@tam]
        < Anh/chị đang giữ phiếu #1 rồi
    """)


def test_the_owner_hears_that_a_colleague_has_resolved_or_reopened_the_ticket() -> None:
    World(names=NAMES).play(f"""{CLAIMED}
        > Sơn!: /xong phiếu số 1 đã trả về bước trước.
        < @Lan | xử lý xong: đã trả về bước trước. Anh/chị
        <Tâm Phiếu #1 anh/chị giữ đã được anh Sơn xử lý xong
        <Sơn Đã xong phiếu #1
        > Sơn!: /molai 1
        < @Lan | được mở lại
        <Tâm Phiếu #1 của anh/chị được anh Sơn mở lại
        <Sơn Đã mở lại
    """)


def test_a_colleague_whose_name_is_unknown_is_told_apart_by_the_end_of_the_id() -> None:
    World().play(f"""{CLAIMED}
        > Sơn: /nhan 1
        < đã có kỹ thuật …tam nhận
        > Sơn: /nguoi
        < kỹ thuật …tam · kỹ thuật · giữ 1 phiếu | kỹ thuật …son
    """)


def test_resolving_without_claiming_still_measures_the_time_to_the_first_hand() -> None:
    world = World().play(f"{TICKET}\n+ 10m\n> Tâm: /xong 1\n< @Lan\n< @Tâm")
    assert [(sample.name, sample.seconds) for sample in world.samples] == [("claim", 600), ("resolve", 600)]
    assert world.total("claimed") == world.total("resolved") == 1


def test_lists_are_filtered_by_what_is_asked() -> None:
    World(names=NAMES).play(f"""{CLAIMED}
        > Lan: không in được phiếu biên nhận, bấm in ra trang trắng
        < ghi vào phiếu #1
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        < Phiếu #2
        > Sơn: /ds
        < 2 phiếu | #1 | anh Tâm nhận lúc 08:31 | #2
        > Sơn: /ds mới
        < #2 · hồ sơ chuyển nhầm
        x #1 ·
        > Tâm: /ds tôi
        < #1
        x #2 ·
        > Sơn: /ds trễ
        < Không có phiếu
        > Khôi: /phieucuatoi
        < #2
        x #1 ·
    """)


def test_technician_wanted_again_after_the_last_ticket_is_done() -> None:
    World().play(f"""{TICKET}
        > Lan: /kythuat
        < Phiếu #1 mở lúc 08:31
        > Tâm: /xong 1
        < @Lan
        < @Tâm
        > Lan: /kythuat máy em hư rồi
        < phiếu #2
        < Phiếu #2 | máy em hư rồi
    """)


def test_help_shows_what_one_may_use() -> None:
    World().play("""
        > Lan: /trợ giúp
        < Không có lệnh
        > Lan: /trogiup
        < /toi | /kythuat
        x /nhan
        > Tâm: /trogiup
        < /nhan | /gop
        x /thongke
        > Hà: /trogiup
        < /nhan | /thongke | /vaitro
    """)


def test_a_new_role_counts_from_the_next_message() -> None:
    World().play(f"""{TICKET}
        > Hà: /vaitro {{Khôi}} kỹ thuật
        < giờ là kỹ thuật
        > Khôi: /nhan 1
        < @Lan
        < @Khôi
    """)


def test_a_unit_gets_its_name() -> None:
    world = World().play("> Hà: /donvi h20.27.21 UBND xã Tân Nghĩa\n< H20.27.21 là UBND xã Tân Nghĩa")
    assert world.last.units == (("H20.27.21", "UBND xã Tân Nghĩa"),)


def asked_for_figures(text: str, found: Figures | None) -> Reply:
    message = Message(MessageId("m1"), GROUP, PersonId("ha"), text, BEGAN_MS)
    memory = Memory(BEGAN_MS, ZONE, "supervisor", figures=found)
    return decide(message, Meaning("silent"), memory, knowledge()).replies[0]


PAYMENT, LOGIN = IntentId("payment"), IntentId("login-404")
DAY = Figures(
    date(2024, 11, 5),
    date(2024, 11, 5),
    {
        ("complaint", PAYMENT, "H20.27.21"): 1,
        ("complaint", PAYMENT, "H20.29"): 1,
        ("complaint", LOGIN, ""): 4,
        ("complaint", LOGIN, "H20.27"): 1,
        ("self", LOGIN, ""): 3,
        ("ticket", PAYMENT, "H20.27.21"): 1,
        ("ticket", PAYMENT, "H20.29"): 1,
    },
    open_now=1,
    claims=((PAYMENT, 240),),
)


def test_figures_come_as_text_and_as_a_chart_with_the_most_frequent_first() -> None:
    reply = asked_for_figures("/thongke", DAY)
    for part in [
        "05/11/2024",
        "Phản ánh: 7",
        "Tự xử lý được: 3",
        "Chuyển kỹ thuật: 2",
        "đang mở: 1",
        "4 phút",
        "chưa có",
    ]:
        assert part in reply.text
    assert reply.chart is not None
    assert [bar.value for bar in reply.chart.bars] == [5, 2]


@pytest.mark.parametrize(
    ("text", "parts", "bars"),
    [
        ("/thongke lỗi thanh toán", ["lỗi thanh toán", "Phản ánh: 2", "kỹ thuật: 2", "4 phút"], [1, 1]),
        ("/thongke hôm nay 404", ["404", "Phản ánh: 5", "được: 3"], [4, 1]),
        ("/thongke H20.27", ["H20.27", "Phản ánh: 2", "kỹ thuật: 1"], [1, 1]),
        ("/thongke đơn vị h20.27 lỗi thanh toán hôm nay", ["Phản ánh: 1", "kỹ thuật: 1"], [1]),
    ],
)
def test_figures_of_one_error_and_of_one_unit_with_those_below_it(text: str, parts: list[str], bars: list[int]) -> None:
    reply = asked_for_figures(text, DAY)
    for part in parts:
        assert part in reply.text
    assert "Phiếu đang mở" not in reply.text
    assert reply.chart is not None
    assert [bar.value for bar in reply.chart.bars] == bars


def test_figures_of_an_error_that_nobody_knows_are_refused() -> None:
    assert "kèm tên lỗi" in asked_for_figures("/thongke tuần máy bay", DAY).text


def test_a_day_without_complaints_has_no_chart() -> None:
    day = date(2024, 11, 4)
    assert asked_for_figures("/thongke hôm qua", Figures(day, day, {}, 0)).chart is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", (date(2024, 11, 5), date(2024, 11, 5))),
        ("hôm qua", (date(2024, 11, 4), date(2024, 11, 4))),
        ("tuần", (date(2024, 11, 4), date(2024, 11, 5))),
        ("tuần trước", (date(2024, 10, 28), date(2024, 11, 3))),
        ("tháng trước", (date(2024, 10, 1), date(2024, 10, 31))),
        ("tháng 9", (date(2024, 9, 1), date(2024, 9, 30))),
        ("tháng 12", (date(2023, 12, 1), date(2023, 12, 31))),
        ("THÁNG", (date(2024, 11, 1), date(2024, 11, 5))),
        ("01/11-03/11", (date(2024, 11, 1), date(2024, 11, 3))),
        ("06/11", (date(2023, 11, 6), date(2023, 11, 6))),
        ("03/11-01/11", None),
        ("31/02", None),
        ("mai", None),
    ],
)
def test_periods_are_named_as_people_name_them(text: str, days: tuple[date, date] | None) -> None:
    assert read_period(text, date(2024, 11, 5)) == days


def test_today_is_that_of_the_time_zone_just_after_midnight() -> None:
    just_after_midnight_ms = BEGAN_MS + 15 * 3_600_000 + 30 * 60_000
    message = Message(MessageId("m1"), GROUP, PersonId("ha"), "/thongke", just_after_midnight_ms)
    asked = wants(message, Meaning("silent"), just_after_midnight_ms, ZONE)
    assert asked.days == (date(2024, 11, 6), date(2024, 11, 6))


def test_a_question_below_a_ticket_is_a_note_and_says_how_to_ask_the_reporter() -> None:
    World(tech_group=GROUP).play("""
        > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1 ·
        > Tâm "Phiếu #1 ·": cái này chuyển nhầm cho ai vậy em?
        < Đã ghi chú vào phiếu #1 | /hoi 1
        > Tâm "Phiếu #1 ·": đang xem
        < Đã ghi chú vào phiếu #1.
        x /hoi
    """)
