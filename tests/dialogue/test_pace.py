"""However much is written, the bot does not flood a chat, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.rules import USUAL
from tests.dialogue.world import World


def _people(world: World, text: str, first: int, last: int) -> None:
    for number in range(first, last):
        world.play_silently(f"> P{number}: {text}")


def test_of_many_who_report_one_error_three_get_the_steps_and_the_others_a_line() -> None:
    world = World()
    _people(world, "chưa tính điểm số hóa cho hồ sơ của em, phải làm sao ạ", 0, 4)
    said = [line.text for line in world.lines if line.by_bot]
    assert ["1." in text for text in said] == [True, True, True, False]
    assert "ở trên" in said[-1]
    assert world.total("complaint") == 4


def test_the_steps_are_written_out_again_when_the_chat_has_moved_on() -> None:
    world = World()
    _people(world, "chưa tính điểm số hóa cho hồ sơ của em, phải làm sao ạ", 0, 4)
    world.play_silently("+ 11m")
    _people(world, "chưa tính điểm số hóa cho hồ sơ của em, phải làm sao ạ", 5, 6)
    assert "1." in world.lines[-1].text


def test_in_private_everybody_gets_the_steps() -> None:
    world = World()
    for number in range(4):
        world.play_silently(f"> P{number}!: chưa tính điểm số hóa cho hồ sơ của em, phải làm sao ạ")
    assert ["1." in line.text for line in world.lines if line.by_bot] == [True] * 4


def test_one_person_who_writes_without_end_hears_once_that_it_is_too_much_and_loses_no_ticket() -> None:
    world = World(rules=replace(USUAL, replies_to_person=3))
    world.play("""
        > Lan: em chuyển nhầm hs H20.29.15-241120-0051, trả lại giúp
        < phiếu #1
        < Phiếu #1
        > Lan: em chuyển nhầm hs H20.29.15-241120-0052, trả lại giúp
        < phiếu #2
        < Phiếu #2
        > Lan: /phieucuatoi
        < #1
        > Lan: /phieucuatoi
        < tạm nghỉ một phút
        > Lan: /phieucuatoi
        + 1m
        > Lan: /phieucuatoi
        < #1
    """)


def test_a_group_in_which_everybody_writes_at_once_gets_only_so_many_answers_a_minute() -> None:
    world = World(rules=replace(USUAL, replies_in_group=4))
    for number in range(8):
        world.play_silently(f"> P{number}: em chuyển nhầm hs H20.29.15-241120-00{number:02}, trả lại giúp")
    own = [line.text for line in world.lines if line.by_bot and "[@P" in line.text]
    assert len(own) == 5
    assert "tạm nghỉ" in own[-1]
    assert len(world.tickets) == 8


def test_what_the_bot_can_do_is_not_said_to_one_person_again_and_again() -> None:
    World().play("""
        > Lan: {bot} em ơi
        + 4s
        < mô tả lỗi
        > Lan: {bot} khỏe không
        + 4s
    """)
