"""What officials write is understood in every spelling, and what is not meant for the bot leaves it silent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.evaluate import judge, label_of, read_rows, report
from bot.language.matcher import Matcher
from bot.language.normalise import fold, sentences
from bot.language.spelling import keyed
from bot.model import SmallTalk

DATA = Path(__file__).parents[1] / "data"
UNSEEN = (Path(__file__).parents[2] / "intents" / "messages.tsv", DATA / "unseen.tsv")
"""Messages that are no examples."""


def test_the_two_complaints_of_the_guide(matcher: Matcher) -> None:
    login = (
        "dạ anh ơi, e vô tài khoản VNEID của khách được, nhưng qua trnag dịch vụ công thì báo lỗi ạ. a hỗ trợ giúp e ạ"
    )
    interlinked = (
        "Nhờ anh chị hỗ trợ xã Thường Thới Hậu A, hồ sơ liên thông một cửa tiếp nhận chuyển sang tư pháp chưa nhận "
        "được mã hồ sơ G22.99.08-240919-2105"
    )
    assert label_of(matcher.understand(login)) == "login-404"
    meaning = matcher.understand(interlinked)
    assert label_of(meaning) == "interlinked-3in1"
    assert meaning.codes == ("G22.99.08-240919-2105",)


@pytest.mark.parametrize(
    "typed",
    [
        "ký số không được",
        "ky so khong duoc",
        "kí số hk đc",
        "KÝ SỐ KHÔNG ĐƯỢC",
        "ky1 so61 kho6ng d9uo7c5",
        "kys soos khoong dduwowcj",
    ],
)
def test_the_same_words_in_every_spelling(matcher: Matcher, typed: str) -> None:
    assert label_of(matcher.understand(typed)) == "digital-signature"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("không có nút thanh toán khi tiếp nhận", "payment-config"),
        ("dân thanh toán không được", "payment"),
        ("mật khẩu hết hạn rồi đổi ở đâu", "password-expired"),
        ("muốn đổi mật khẩu định kỳ thì làm sao", "password-change"),
        ("cán bộ nghỉ việc, nhờ khóa tài khoản giúp em", "account-change"),
        ("số hóa thành phần khác không được tính điểm", "digitization-score"),
        ("chỉ em cách số hóa với", "digitization-howto"),
        ("lãnh đạo chưa ký số mà đã chuyển văn thư", "misrouted"),
        ("chiều nay họp về ký số lúc 2 giờ", "none"),
        ("thanh toán được rồi em cảm ơn", "none"),
        ("in phiếu biên nhận không được ad ơi", "other-error"),
    ],
)
def test_what_lies_close_together_is_told_apart(matcher: Matcher, text: str, label: str) -> None:
    assert label_of(matcher.understand(text)) == label


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("được rồi em cảm ơn", "solved"),
        ("vẫn chưa được", "not-solved"),
        ("vẫn bị", "not-solved"),
        ("làm rồi mà không được", "not-solved"),
        ("gặp kỹ thuật", "human"),
        ("thôi khỏi", "never-mind"),
        ("em cũng bị", "me-too"),
        ("không có mã", "no-code"),
        ("sai rồi bot ơi", "wrong-answer"),
        ("cảm ơn ad nhiều", "thanks"),
    ],
)
def test_small_talk_of_a_conversation(matcher: Matcher, text: str, talk: SmallTalk) -> None:
    for typed in (text, fold(text), text.upper()):
        assert talk in matcher.understand(typed).small_talk


def test_not_solved_is_never_read_as_solved(matcher: Matcher) -> None:
    for text in ("vẫn chưa được", "làm rồi mà không được", "chưa được anh ơi", "được rồi mà giờ bị lại"):
        assert "solved" not in matcher.understand(text).small_talk


@pytest.mark.parametrize(("text", "number"), [("2", 2), ("số 2", 2), ("cái thứ hai", 2), ("2 hồ sơ bị lỗi", None)])
def test_a_choice_by_number_or_word(matcher: Matcher, text: str, number: int | None) -> None:
    assert matcher.understand(text).number == number


def test_branch_facts_are_taken_from_the_message(matcher: Matcher) -> None:
    slots = matcher.understand("văn thư số hóa file scan thì bấm gì vậy ad").slots
    assert slots["vai-tro"] == "van-thu"
    assert slots["tai-lieu"] == "ban-scan"


def test_messages_that_are_no_examples_are_understood(matcher: Matcher) -> None:
    rows = [row for file in UNSEEN for row in read_rows(file, matcher.knowledge.intents)]
    figures = report([judge(matcher.understand, row) for row in rows])
    assert figures["accuracy"] >= 0.98
    assert figures["macro_f1"] >= 0.97
    assert figures["false_reply_rate"] <= 0.015
    assert figures["silent_rate"] <= 0.03
    assert figures["clarify_rate"] <= 0.05
    assert figures["codes_exact"] == 1.0


def test_accents_removed_or_case_changed_never_turn_a_sure_answer_into_another(matcher: Matcher) -> None:
    rows = [row for file in UNSEEN for row in read_rows(file, matcher.knowledge.intents)]
    turned = []
    for row in rows:
        meaning = matcher.understand(row.text)
        if meaning.verdict != "answer" or meaning.confidence < 0.9:
            continue
        for typed in (fold(row.text), row.text.upper()):
            other = matcher.understand(typed)
            if other.verdict == "answer" and other.intent != meaning.intent:
                turned.append((row.id, meaning.intent, other.intent))
    assert turned == []


@given(st.text(max_size=300))
@example("㌤")
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = "; ".join(" ".join(tokens) for tokens in sentences(text))
    assert "; ".join(" ".join(tokens) for tokens in sentences(once)) == once


@given(st.text(max_size=300))
def test_no_text_breaks_the_understanding(matcher: Matcher, text: str) -> None:
    meaning = matcher.understand(text)
    assert meaning.verdict == "silent" or meaning.verdict == "other-error" or meaning.candidates


@pytest.mark.parametrize(
    ("typed", "plain", "tone"),
    [("dduwowcj", "duoc", "j"), ("toasn", "toan", "s"), ("ky1", "ky", "s"), ("so61", "so", "s")],
)
def test_telex_and_vni_keys_become_letters(typed: str, plain: str, tone: str) -> None:
    word = keyed(typed)
    assert (word.plain, word.tone) == (plain, tone)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "ký số " * 16_000,
        "e" + "\u0301\u0323" * 10_000,
        "H20." * 25_000,
        "không .. " * 11_000,
        "((((" * 25_000,
        "0 " * 50_000,
    ],
    ids=["one-word", "words", "marks", "codes", "gaps", "brackets", "digits"],
)
def test_a_hostile_message_costs_little(matcher: Matcher, text: str) -> None:
    matcher.understand(text)
    began = time.thread_time()
    matcher.understand(text)
    assert time.thread_time() - began < 0.1
