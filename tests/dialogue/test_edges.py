"""Messages late, early, at midnight, in two groups, and knowledge that changes in the middle of a conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.model import Chat, IntentId, Message, MessageId, PersonId
from tests.dialogue.world import GROUP, ZONE, World, knowledge

LAN = PersonId("lan")
HOWTO = IntentId("digitization-howto")


def _at(text: str) -> int:
    return int(datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=ZONE).timestamp() * 1000)


def test_an_answer_that_comes_before_its_complaint_says_nothing_and_does_no_harm() -> None:
    world = World().play("""
        > Lan: chưa được
        > Lan: H20.27.21-240924-0099
        > Lan: không thanh toán được trên cổng quốc gia, trả về lỗi
        < Đồng bộ lại
        x gửi thêm mã
        > Lan: được rồi
        < xong
    """)
    assert [case.codes for case in world.cases.values()] == [("H20.27.21-240924-0099",)]


def test_an_answer_after_hours_still_belongs_to_the_conversation() -> None:
    world = World().play("""
        > Lan: ký số không được
        < USB
        + 5h
        > Lan: được rồi
        < xong
    """)
    assert world.outcomes() == ["self"]


def test_an_answer_after_days_is_no_answer_any_more() -> None:
    world = World().play("""
        > Lan: ký số không được
        < USB
        + 3d
        > Lan: được rồi
    """)
    assert world.outcomes() == ["unknown"]


def test_a_message_that_zalo_delivers_late_is_answered_by_what_it_says() -> None:
    world = World()
    late = Message(MessageId("late"), GROUP, LAN, "ký số không được", world.now_ms - 3_600_000)
    assert "USB" in world.take(late, GROUP, LAN).replies[0].text


def test_one_person_in_two_groups_has_two_conversations() -> None:
    world, other = World(), Chat("group", "g2")
    world.play_silently("> Lan: ký số không được")
    elsewhere = Message(MessageId("e1"), other, LAN, "đăng nhập vào một cửa báo lỗi 404", world.now_ms)
    assert world.take(elsewhere, other, LAN).replies[0].chat == other
    world.unheard.clear()
    world.play("""
        > Lan: chưa được
        < phiếu #1
        < Phiếu #1 · ký số
    """)
    answer = world.take(Message(MessageId("e2"), other, LAN, "được rồi", world.now_ms), other, LAN)
    assert answer.replies[0].chat == other
    assert sorted(world.outcomes()) == ["self", "ticket"]


def test_what_was_reported_before_midnight_counts_for_that_day_and_is_dated_afterwards() -> None:
    world = World(now_ms=_at("05/11/2024 23:58")).play("""
        > Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp
        < phiếu #1
        < Phiếu #1
        + 5m
        > Lan: sao rồi ạ, vẫn chưa được
        < mở lúc 23:58 ngày 05/11
    """)
    days = {datetime.fromtimestamp(count.at_ms / 1000, ZONE).day for count in world.counts}
    assert days == {5}


def test_steps_that_were_edited_in_the_middle_are_told_as_they_are_now() -> None:
    world = World().play("""
        > Lan: số hóa hồ sơ làm sao vậy ad
        < bộ phận nào | 1. | 2.
    """)
    known = knowledge()
    howto = known.intents[HOWTO]
    section = replace(howto.response.sections[0], text="Các bước mới")
    edited = replace(howto, response=replace(howto.response, sections=(section,)), slots=howto.slots[:1])
    world.knows = replace(known, intents={**known.intents, howto.id: edited})
    world.play("""
        > Lan: 1
        < Các bước mới
    """)


def test_an_option_taken_out_in_the_middle_is_asked_about_anew_and_never_guessed() -> None:
    world = World().play("""
        > Lan: số hóa hồ sơ làm sao vậy ad
        < bộ phận nào | 1. | 2.
    """)
    known = knowledge()
    howto = known.intents[HOWTO]
    world.knows = replace(known, intents={key: each for key, each in known.intents.items() if key != howto.id})
    world.play("""
        > Lan: 2
        < mở phiếu
    """)
