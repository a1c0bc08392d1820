"""How a long reply is cut for Zalo."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.zalo.text import split_text


def test_a_short_text_stays_whole() -> None:
    assert split_text("Chào anh.\n\nEm đây.") == ("Chào anh.\n\nEm đây.",)


def test_a_long_text_is_cut_between_paragraphs() -> None:
    assert split_text("a" * 30 + "\n\n" + "b" * 30 + "\n\n" + "c" * 30, 70) == ("a" * 30 + "\n\n" + "b" * 30, "c" * 30)


def test_else_between_lines_then_sentences_then_words() -> None:
    assert split_text("1. một\n2. hai", 9) == ("1. một", "2. hai")
    assert split_text("Một hai. Ba bốn", 12) == ("Một hai.", "Ba bốn")
    assert split_text("một hai ba bốn", 11) == ("một hai ba", "bốn")


def test_decomposed_text_is_composed_before_it_is_counted() -> None:
    assert split_text(unicodedata.normalize("NFD", "ồ" * 10), 10) == ("ồ" * 10,)


def test_what_a_reader_sees_as_one_character_is_not_cut() -> None:
    family, flag, thumb = "👨\u200d👩\u200d👧", "🇻🇳", "👍🏽"
    assert split_text("aaaaaaaa" + family, 10) == ("aaaaaaaa", family)
    assert split_text("aaaaaaaaa" + flag, 10) == ("aaaaaaaaa", flag)
    assert split_text("aaaaaaaaa" + thumb, 10) == ("aaaaaaaaa", thumb)


def test_a_picture_without_words_still_has_a_part_to_be_sent_with() -> None:
    assert split_text(" \n\n ") == ("",)


@given(st.text(alphabet="ab .\n\u0301\u200d🇻👍", max_size=200), st.integers(4, 40))
def test_no_part_is_blank_or_too_long_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert parts
    assert all(len(part) <= limit for part in parts)
    assert all(part.strip() for part in parts) or parts == ("",)
    assert "".join("".join(parts).split()) == "".join(unicodedata.normalize("NFC", text).split())
