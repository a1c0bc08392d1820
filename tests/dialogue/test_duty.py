"""Who works, who holds how much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue.rules import USUAL
from bot.model import PersonId
from tests.dialogue.world import GROUP, World

NAMES = {PersonId("tam"): "anh Tâm", PersonId("son"): "anh Sơn", PersonId("ha"): "chị Hà"}
TWO = """
    > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    < Phiếu #1 ·
    > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
    < phiếu #2
    < Phiếu #2 ·
    > Tâm: /nhan 1
    < @Lan
    < @Tâm
"""


@pytest.mark.parametrize(
    "said",
    ["Tâm: /nhan 2", 'Tâm "Phiếu #2 ·": nhận', "Tâm: /hoi 2 nộp khi nào ạ?", "Sơn: /chuyen 2 {Tâm}"],
)
def test_nobody_gets_more_tickets_than_the_rules_allow(said: str) -> None:
    world = World(names=NAMES, rules=replace(USUAL, most_claims=1)).play(f"""{TWO}
        > {said}
        < anh Tâm đang giữ 1 phiếu rồi | #2
    """)
    assert world.tickets[2].owner is None


def test_who_resolves_or_gives_back_may_claim_again() -> None:
    world = World(rules=replace(USUAL, most_claims=1)).play(f"""{TWO}
        > Tâm: /xong 2
        < @Khôi
        < @Tâm
        > Tâm: /tra 1
        < Đã trả lại
        > Tâm: /nhan 1
        < @Lan
        < @Tâm
    """)
    assert world.tickets[1].owner == "tam"


def test_somebody_at_the_limit_is_still_told_who_has_a_ticket() -> None:
    World(names=NAMES, rules=replace(USUAL, most_claims=1)).play(f"""{TWO}
        > Sơn: /nhan 2
        < @Khôi
        < @Sơn
        > Tâm: /nhan 2
        < đã có anh Sơn nhận
    """)


def test_the_list_of_people_shows_who_holds_how_much_and_who_is_away() -> None:
    World(names=NAMES).play(f"""{TWO}
        > Sơn: /nghi
        < anh Sơn nghỉ | /lam
        x Còn giữ
        + 7h
        > Hà: /nguoi
        < 3 người: | anh Tâm · kỹ thuật · giữ 1 phiếu, 1 trễ | anh Sơn · kỹ thuật · giữ 0 phiếu · đang nghỉ | chị Hà ·
    """)


def test_who_goes_on_leave_is_told_what_they_still_hold() -> None:
    World(names=NAMES, tech_group=GROUP).play(f"{TWO}\n> Tâm: /nghỉ\n< anh Tâm nghỉ | Còn giữ #1 | /nhan | /chuyen")


def test_what_somebody_on_leave_holds_is_offered_once_and_a_colleague_may_claim_it() -> None:
    world = World(names=NAMES, tech_group=GROUP).play(f"""{TWO}
        > Tâm!: /nghi
        < anh Tâm nghỉ, còn giữ #1. Ai rảnh nhắn /nhan
        <Tâm Còn giữ #1
        > Tâm!: /nghi
        <Tâm Còn giữ #1
        > Sơn: /nhan 1
        < @Lan | anh Sơn đã nhận
        <Tâm Phiếu #1 anh/chị giữ nay anh Sơn nhận, vì anh/chị đang nghỉ
        < @Sơn | đã nhận phiếu #1
        > Tâm!: /nhan 1
        <Tâm đã có anh Sơn nhận
    """)
    assert world.tickets[1].owner == "son"


@pytest.mark.parametrize(
    ("said", "who"),
    [("Hà!: /nghi Sơn", "son"), ("Hà!: /nghi @Sơn", "son"), ("Tâm!: /nghi 2 ngày", "tam"), ("Tâm!: /nghi Tâm", "tam")],
)
def test_who_goes_on_leave_may_be_named_by_hand(said: str, who: str) -> None:
    assert World(names=NAMES).play_silently(f"> {said}").away == {who}


def test_a_technician_sends_nobody_else_on_leave_by_name() -> None:
    world = World(names=NAMES).play("> Tâm!: /nghi Sơn\n<Tâm Chỉ giám sát mới báo nghỉ thay")
    assert world.away == set()


@pytest.mark.parametrize(
    ("said", "told", "answer", "owner"),
    [
        ("/chuyen 1 {Sơn}", "được chị Hà chuyển cho anh Sơn", "Đã chuyển phiếu #1", "son"),
        ("/tra 1", "chị Hà đã trả lại phiếu #1", "Đã trả lại phiếu #1", None),
    ],
)
def test_a_supervisor_may_move_a_ticket_that_somebody_holds(
    said: str, told: str, answer: str, owner: str | None
) -> None:
    handed = "<Sơn chị Hà chuyển phiếu #1" if owner else ""
    world = World(names=NAMES).play(f"{TWO}\n> Hà: {said}\n<Tâm {told}\n{handed}\n< {answer}")
    assert world.tickets[1].owner == owner


def test_new_tickets_are_offered_to_those_at_work() -> None:
    World().play("""
        > Tâm!: /nghi
        <Tâm nghỉ
        > Lan!: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        <Lan phiếu #1
        <Sơn Phiếu #1
        > Tâm!: /lam
        <Tâm làm việc lại
        > Khôi!: em bấm nhầm từ chối hs H20.29.15-241120-0058, trả lại giúp em
        <Khôi phiếu #2
        <Tâm Phiếu #2
        <Sơn Phiếu #2
    """)


def test_when_all_technicians_are_away_supervisors_hear_of_a_new_ticket() -> None:
    world = World()
    world.away |= {PersonId("tam"), PersonId("son")}
    world.play("""
        > Lan!: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        <Lan phiếu #1
        <Hà Phiếu #1
    """)


def test_nothing_is_handed_to_somebody_on_leave() -> None:
    World(names=NAMES).play(f"{TWO}\n> Sơn: /nghi\n< nghỉ\n> Tâm: /chuyen 1 {{Sơn}}\n< anh Sơn đang nghỉ")


def test_a_supervisor_may_send_a_technician_on_leave_and_nobody_else_may() -> None:
    world = World(names=NAMES).play("""
        > Tâm: /nghi {Sơn}
        < Chỉ giám sát
        > Hà: /nghi {Lan}
        < Chỉ giám sát
        > Lan: /nghi
        < dành cho kỹ thuật
        > Hà: /nghi {Sơn}
        < anh Sơn nghỉ
    """)
    assert world.away == {"son"}


@pytest.mark.parametrize("command", ["nghi", "lam"])
def test_a_typed_name_of_nobody_on_the_staff_sends_nobody_on_leave_or_back(command: str) -> None:
    world = World(names=NAMES).play(f"""
        > Hà: /{command} @Bình
        < chọn tên trong danh sách của Zalo | /{command} @tên
    """)
    assert world.away == set()
