"""'Gặp kỹ thuật' in another chat than that of the complaint: the technicians get the complaint itself."""

from __future__ import annotations

from bot.model import Chat
from tests.dialogue.world import GROUP, World

DESK = Chat("private", "desk")
IN_INCIDENT = """
    > Tâm: /suco đăng nhập một cửa báo lỗi 404
    <desk Sự cố chung S1
    < Đã khai báo sự cố S1
    > Lan: hs H20.29.15-241120-0056 em vào một cửa bị lỗi 404
    < @Lan | sự cố chung S1
"""


def test_after_an_incidents_one_line_a_call_in_private_holds_the_complaint() -> None:
    world = World(tech_group=DESK).play(f"""{IN_INCIDENT}
        > Lan!: gặp kỹ thuật
        <Lan phiếu #1
        <desk Phiếu #1 · | H20.29.15-241120-0056 | Đơn vị: H20.29.15 | em vào một cửa bị lỗi 404
    """)
    ticket = world.tickets[1]
    assert (ticket.intent, ticket.codes) == ("login-404", ("H20.29.15-241120-0056",))
    assert ticket.reporters[0].chat == Chat("private", "lan")


def test_the_command_in_private_holds_it_hours_later_too() -> None:
    World(tech_group=DESK).play(f"""{IN_INCIDENT}
        + 3h
        > Lan!: /kythuat
        <Lan phiếu #1
        <desk Phiếu #1 · | em vào một cửa bị lỗi 404
    """)


def test_a_call_in_the_group_is_heard_after_the_one_line_whoever_complained_since() -> None:
    World(tech_group=DESK).play(f"""{IN_INCIDENT}
        > Khôi: em vào một cửa bị lỗi 404
        < @Khôi | sự cố chung S1
        > Lan: cho em gặp kỹ thuật
        < @Lan | phiếu #1
        <desk Phiếu #1 · | hs H20.29.15-241120-0056 em vào một cửa bị lỗi 404
    """)


def test_a_call_in_the_group_long_after_it_is_talk() -> None:
    World(tech_group=DESK).play(f"""{IN_INCIDENT}
        + 1h
        > Lan: cho em gặp kỹ thuật
    """)


def test_who_talks_with_the_bot_in_the_group_may_call_for_help_in_private() -> None:
    world = World(tech_group=DESK).play("""
        > Lan: hs H20.27.21-240924-0099 không thanh toán được
        < Đồng bộ lại
        > Lan!: gặp kỹ thuật
        <Lan phiếu #1
        <desk Phiếu #1 · lỗi thanh toán | H20.27.21-240924-0099 | không thanh toán được | Đã hướng dẫn
    """)
    assert world.outcomes() == ["ticket"]
    assert list(world.sessions) == [(Chat("private", "lan"), "lan")]
    world.play("+ 1d")


def test_whose_complaint_is_a_ticket_already_hears_where_it_stands() -> None:
    world = World(tech_group=DESK).play("""
        > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        <desk Phiếu #1
        > Lan!: gặp kỹ thuật
        <Lan Phiếu #1 mở lúc 08:31, đang chờ kỹ thuật nhận
    """)
    assert len(world.tickets) == 1


def test_what_was_solved_before_is_not_what_the_call_is_about() -> None:
    world = World(tech_group=DESK).play("""
        > Lan: đăng nhập vào một cửa báo lỗi 404
        < Ctrl+Shift+R
        > Lan: được rồi
        < xong
        > Lan!: gặp kỹ thuật
        <Lan phiếu #1
        <desk Phiếu #1
    """)
    assert world.tickets[1].words != "đăng nhập vào một cửa báo lỗi 404"


def test_words_of_its_own_say_what_the_call_is_about() -> None:
    world = World(tech_group=DESK).play(f"""{IN_INCIDENT}
        > Lan!: /kythuat máy in không in được
        <Lan phiếu #1
        <desk Phiếu #1 · | máy in không in được
    """)
    assert world.tickets[1].codes == ()


def test_the_dossier_that_has_a_ticket_gets_no_second_one() -> None:
    world = World(tech_group=DESK).play(f"""
        > Khôi: hs H20.29.15-241120-0056 em vào một cửa bị lỗi 404
        < @Khôi
        > Khôi: gặp kỹ thuật
        < phiếu #1
        <desk Phiếu #1
        {IN_INCIDENT}
        > Lan!: gặp kỹ thuật
        <Lan phiếu #1
        <desk Phiếu #1: thêm
    """)
    assert len(world.tickets) == 1


def test_a_ticket_without_a_dossier_tells_the_unit_that_the_person_named_before() -> None:
    World(tech_group=GROUP).play("""
        > Lan: hs H20.27.21-240924-0099 không thanh toán được
        < Đồng bộ lại
        > Lan: được rồi
        < xong
        > Lan!: /kythuat máy in không in được
        <Lan phiếu #1
        < Phiếu #1 · | Đơn vị: H20.27.21
    """)
