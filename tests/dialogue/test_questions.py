"""What a technician asks the reporter is answered wherever the reporter happens to write."""

from __future__ import annotations

from bot.model import Chat
from tests.dialogue.world import GROUP, World

ASKED_IN_GROUP = """
    > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    < Phiếu #1
    > Tâm: /hoi 1 chuyển nhầm cho ai vậy em
    < @Lan | chuyển nhầm cho ai
    < Đã hỏi
"""
ASKED_IN_PRIVATE = """
    > Lan!: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
    <Lan phiếu #1
    < Phiếu #1
    > Tâm: /hoi 1 chuyển nhầm cho ai vậy em
    <Lan chuyển nhầm cho ai
    < Đã hỏi
"""
ASKED_TWICE = """
    > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    < Phiếu #1
    > Lan: em chuyển nhầm hs H20.29.15-241120-0058, trả lại giúp em
    < phiếu #2
    < Phiếu #2
    > Tâm: /hoi 1 chuyển nhầm cho ai vậy em
    < @Lan | chuyển nhầm cho ai
    < Đã hỏi
    > Tâm: /hoi 2 hồ sơ này lãnh đạo nào ký
    < @Lan | lãnh đạo nào ký
    < Đã hỏi
"""


def said(world: World, number: int = 1) -> list[str]:
    return [event.text for event in world.tickets[number].history if event.verb == "answered"]


def test_an_answer_in_private_to_a_question_in_the_group_comes_back_to_the_ticket() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan!: dạ chuyển cho anh bên địa chính
        <Lan ghi vào phiếu #1
        < phiếu #1 | dạ chuyển cho anh bên địa chính
    """)
    answer = world.tickets[1].history[-1]
    assert (world.tickets[1].state, answer.verb, answer.chat) == ("claimed", "answered", Chat("private", "lan"))


def test_what_was_said_in_private_is_not_told_in_a_group_of_officials() -> None:
    World().play(f"""{ASKED_IN_GROUP}
        > Lan!: dạ chuyển cho anh bên địa chính
        <Lan ghi vào phiếu #1
        <Tâm phiếu #1 | dạ chuyển cho anh bên địa chính
    """)


def test_an_answer_of_several_lines_is_written_down_whole() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan!: dạ chuyển cho anh bên địa chính
        <Lan ghi vào phiếu #1
        < phiếu #1
        > Lan!: anh Nam á, ngồi phòng 3
        <Lan ghi vào phiếu #1
        < phiếu #1 | anh Nam
    """)
    assert said(world) == ["dạ chuyển cho anh bên địa chính", "anh Nam á, ngồi phòng 3"]


def test_an_answer_with_a_code_keeps_its_words() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan!: dạ chuyển cho anh Nam, kèm hs H20.29.15-241120-0099 nữa
        <Lan ghi vào phiếu #1
        < phiếu #1 | chuyển cho anh Nam
    """)
    assert world.tickets[1].codes == ("H20.29.15-241120-0056", "H20.29.15-241120-0099")


def test_another_complaint_in_private_is_no_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan!: đăng nhập vào một cửa báo lỗi 404 anh ơi
        <Lan Ctrl+Shift+R
        > Lan!: được rồi
        <Lan xong
    """)
    assert world.tickets[1].state == "waiting"
    assert said(world) == []


def test_an_undocumented_trouble_of_another_dossier_is_no_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan!: hs H20.29.15-241120-0077 in phiếu biên nhận ra trang trắng, nhờ xem giúp em
        <Lan hướng dẫn chưa có
    """)
    assert world.tickets[1].codes == ("H20.29.15-241120-0056",)
    assert world.tickets[1].state == "waiting"


def test_an_undocumented_trouble_told_hours_after_the_question_is_no_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        + 3h
        > Lan!: không in được phiếu biên nhận, bấm in ra trang trắng
        <Lan hướng dẫn chưa có
    """)
    assert world.tickets[1].state == "waiting"


def test_the_answer_to_what_the_bot_asked_in_private_meanwhile_is_for_the_bot() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan!: đăng nhập vào một cửa báo lỗi 404 anh ơi
        <Lan Ctrl+Shift+R
        > Lan!: vẫn chưa được
        <Lan phiếu #2
        < Phiếu #2
    """)
    assert said(world) == []


def test_thanks_and_greetings_are_no_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan: dạ em cảm ơn anh
        > Lan!: chào anh
        + 5s
        <Lan mô tả lỗi
    """)
    assert world.tickets[1].state == "waiting"


def test_an_answer_in_the_group_to_a_question_in_private_comes_back_and_is_confirmed_in_private() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_PRIVATE}
        > Lan: dạ chuyển cho anh bên địa chính
        <Lan ghi vào phiếu #1
    """)
    assert said(world) == ["dạ chuyển cho anh bên địa chính"]


def test_who_answers_the_bot_in_the_group_is_answered_there() -> None:
    World(tech_group=GROUP).play(f"""{ASKED_IN_PRIVATE}
        > Lan: {{bot}} dạ chuyển cho anh bên địa chính
        < @Lan | ghi vào phiếu #1
    """)


def test_talk_in_the_group_long_after_a_question_in_private_is_no_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_PRIVATE}
        + 1h
        > Lan: chiều nay ai trực một cửa vậy mọi người
    """)
    assert said(world) == []


def test_talk_with_a_colleague_in_the_group_is_no_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_PRIVATE}
        > Khôi: chiều nay ai trực vậy
        > Lan "ai trực": dạ em trực đó anh
        > Lan: {{Khôi}} anh đổi ca với em nha
    """)
    assert said(world) == []


def test_with_several_questions_the_person_says_which_one_they_answer() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_TWICE}
        > Lan!: dạ anh Nam
        <Lan câu nào | 1. phiếu #1: chuyển nhầm cho ai | 2. phiếu #2: hồ sơ này lãnh đạo nào
        > Lan!: 2
        <Lan ghi vào phiếu #2
        < phiếu #2 | dạ anh Nam
        > Lan!: dạ chị Hoa bên địa chính
        <Lan ghi vào phiếu #1
        < phiếu #1
    """)
    assert (said(world, 1), said(world, 2)) == (["dạ chị Hoa bên địa chính"], ["dạ anh Nam"])


def test_of_several_questions_a_number_or_a_code_says_which() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_TWICE}
        > Lan!: phiếu 2 thì chị Hoa ký ạ
        <Lan ghi vào phiếu #2
        < phiếu #2
        > Lan!: hs H20.29.15-241120-0056 chuyển cho anh Nam ạ
        <Lan ghi vào phiếu #1
        < phiếu #1
    """)
    assert (said(world, 1), said(world, 2)) == (
        ["hs H20.29.15-241120-0056 chuyển cho anh Nam ạ"],
        ["phiếu 2 thì chị Hoa ký ạ"],
    )


def test_of_several_questions_the_quoted_one_is_answered() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_TWICE}
        > Lan "chuyển nhầm cho ai": dạ anh Nam
        < ghi vào phiếu #1
    """)
    assert (world.tickets[1].state, world.tickets[2].state) == ("claimed", "waiting")


def test_in_the_group_the_question_asked_there_is_answered_whatever_was_reported_last() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_IN_GROUP}
        > Lan: em chuyển nhầm hs H20.29.15-241120-0058, trả lại giúp em
        < phiếu #2
        < Phiếu #2
        > Lan: dạ chuyển cho anh bên địa chính
        < ghi vào phiếu #1
    """)
    assert said(world) == ["dạ chuyển cho anh bên địa chính"]


def test_who_cannot_say_which_question_may_leave_it() -> None:
    world = World(tech_group=GROUP).play(f"""{ASKED_TWICE}
        > Lan!: dạ anh Nam
        <Lan câu nào
        > Lan!: thôi khỏi
        <Lan dừng ở đây
    """)
    assert said(world, 1) == said(world, 2) == []


def test_each_of_two_reporters_may_answer_in_private() -> None:
    world = World(tech_group=GROUP).play("""
        > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1
        > Khôi: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        > Tâm: /hoi 1 chuyển nhầm cho ai vậy
        < @Lan | chuyển nhầm cho ai
        < @Khôi | chuyển nhầm cho ai
        < Đã hỏi
        > Lan!: dạ chuyển cho anh Nam
        <Lan ghi vào phiếu #1
        < phiếu #1
        > Khôi!: chuyển cho chị Hoa chứ
        <Khôi ghi vào phiếu #1
        < phiếu #1
    """)
    assert len(said(world)) == 2
