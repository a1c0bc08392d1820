"""Who waits for a ticket and asks how it is hears so, and nobody else's talk is taken for that."""

from __future__ import annotations

import pytest

from bot.model import Chat, PersonId
from tests.dialogue.world import World

DESK = Chat("private", "desk")
ONE = """
    > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em
    < phiếu #1
    <desk Phiếu #1
"""
TWO = f"""{ONE}
    > Lan: em chuyển nhầm hs H20.29.15-241120-0058, trả lại giúp em
    < phiếu #2
    <desk Phiếu #2
"""


@pytest.mark.parametrize(
    "words",
    [
        "sao rồi ạ",
        "toi dau roi anh oi",
        "phiếu của em tới đâu rồi ạ",
        "dạ hs H20.29.15-241120-0056 của em xong chưa ad",
        "có ai nhận chưa mấy anh",
        "vụ hồi sáng sao rồi anh",
        "khi nào xong vậy ạ",
    ],
)
def test_who_asks_how_their_one_ticket_is_hears_it_in_the_group(words: str) -> None:
    World(tech_group=DESK).play(f"{ONE}\n+ 3h\n> Lan: {words}\n< @Lan | Phiếu #1 mở lúc 08:31, đang chờ kỹ thuật nhận")


@pytest.mark.parametrize(
    "words",
    [
        "báo cáo tới đâu rồi mấy chị",
        "con chị sao rồi, hết sốt chưa",
        "họp xong chưa",
        "{Khôi} sao rồi anh",
        "ăn cơm chưa",
    ],
)
def test_other_talk_of_who_waits_stays_unanswered(words: str) -> None:
    World(tech_group=DESK).play(f"{ONE}\n> Lan: {words}")


def test_who_has_no_open_ticket_gets_no_answer() -> None:
    World(tech_group=DESK).play(f"""{ONE}
        > Khôi: sao rồi ạ
        > Tâm: /xong 1
        < @Lan | xử lý xong
        < @Tâm
        > Lan: sao rồi ạ
    """)


def test_a_question_to_a_colleague_is_theirs_to_answer() -> None:
    World(tech_group=DESK).play(f"""{ONE}
        > Khôi: em nộp báo cáo cho sếp rồi đó
        > Lan "em nộp báo cáo": sao rồi anh
    """)


def test_of_several_tickets_the_group_hears_the_one_that_is_named() -> None:
    World(tech_group=DESK, names={PersonId("tam"): "anh Tâm"}).play(f"""{TWO}
        > Tâm!: /nhan 2
        < @Lan | Phiếu #2
        <Tâm đã nhận phiếu #2
        > Lan: sao rồi ạ
        > Lan: phiếu 2 sao rồi ạ
        < @Lan | Phiếu #2 anh Tâm nhận lúc 08:31
    """)


def test_in_private_all_of_several_are_told() -> None:
    World(tech_group=DESK).play(f"""{TWO}
        > Lan!: tới đâu rồi ạ
        <Lan #2 | #1
    """)


def test_who_is_asked_something_hears_that_the_ticket_waits_for_them() -> None:
    world = World(tech_group=DESK, names={PersonId("tam"): "anh Tâm"}).play(f"""{ONE}
        > Tâm!: /hoi 1 chuyển nhầm cho ai
        < @Lan | chuyển nhầm cho ai
        <Tâm Đã hỏi
        > Lan: sao rồi ạ
        < @Lan | Phiếu #1 anh Tâm đang chờ anh/chị trả lời từ 08:31
    """)
    assert world.tickets[1].state == "waiting"


def test_in_private_who_waits_for_nothing_any_more_hears_how_the_last_one_ended() -> None:
    World(tech_group=DESK, names={PersonId("tam"): "anh Tâm"}).play(f"""{ONE}
        > Tâm!: /xong 1
        < @Lan | xử lý xong
        <Tâm Đã xong
        > Lan!: sao rồi ạ
        <Lan #1 | anh Tâm đã xử lý xong
    """)
