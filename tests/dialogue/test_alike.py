"""What a new ticket's announcement says about tickets that were solved before."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.alike import most_alike
from bot.model import OTHER_ERROR, Ticket
from tests.dialogue.world import World


def solved(number: int, words: str, how: str = "đã sửa") -> Ticket:
    return Ticket(number, OTHER_ERROR, "resolved", words, 0, (), resolution=how)


def test_the_three_most_alike_are_found_whatever_their_order_and_marks() -> None:
    before = [
        solved(9, "hệ thống chạy rất chậm, mở hồ sơ mất ba phút"),
        solved(8, "may in phieu hen bi giay trang"),
        solved(7, "in phiếu hẹn ra giấy trắng"),
        solved(6, "máy in in giấy trắng"),
        solved(5, "in giấy trắng hoài, phiếu hẹn máy in"),
    ]
    found = [ticket.number for ticket in most_alike(solved(10, "Máy in phiếu hẹn in ra giấy trắng"), before)]
    assert len(found) == 3
    assert 9 not in found


def test_of_equals_the_newest_come_first_and_those_without_a_way_not_at_all() -> None:
    before = [replace(solved(4, "máy in hư"), resolution=""), solved(3, "máy in hư"), solved(2, "máy in hư")]
    assert [ticket.number for ticket in most_alike(solved(5, "máy in hư"), before)] == [3, 2]


def test_the_announcement_tells_how_it_was_solved_and_only_for_the_same_error() -> None:
    World().play("""
        > Lan: em bấm nhầm từ chối hs H20.29.15-241120-0056, trả lại giúp em
        < phiếu #1
        < Phiếu #1 ·
        x tương tự
        > Tâm: /xong 1 đã trả về bước trước
        < @Lan
        < @Tâm
        > Khôi: em bấm nhầm từ chối hs H20.29.15-241120-0058, kéo về giúp em
        < phiếu #2
        < Phiếu #2 · | Phiếu tương tự đã xử lý: | #1 em bấm nhầm | → đã trả về bước trước
        > Khôi: xã em có cán bộ mới, nhờ cấp tài khoản một cửa
        < @Khôi | phiếu #3
        < Phiếu #3
        x tương tự
    """)
