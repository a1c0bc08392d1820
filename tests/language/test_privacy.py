"""What identifies a citizen never reaches the store; everything else stays as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.codes import find_codes
from bot.language.evaluate import read_rows
from bot.language.privacy import mask

PHONE = "[số điện thoại]"
IDENTITY = "[số CCCD]"
SECRET = "[mã bảo mật]"
ROWS = read_rows(Path(__file__).parents[1] / "data" / "codes.tsv", ())


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678", "0912 345 678", "0912.345.678", "0912-345-678", "+84 912 345 678", "84912345678",
        "0277-385-1234", "(0277) 385 1234", "02773851234",
    ],
)  # fmt: skip
def test_phone_numbers_are_masked_however_they_are_typed(typed: str) -> None:
    assert mask(f"gọi em số {typed} nha") == f"gọi em số {PHONE} nha"


@pytest.mark.parametrize("typed", ["087090001234", "087 090 001 234"])
def test_id_numbers_are_masked(typed: str) -> None:
    assert mask(f"CCCD {typed} nộp hồ sơ") == f"CCCD {IDENTITY} nộp hồ sơ"


def test_nine_digits_are_an_id_number_only_beside_the_word() -> None:
    assert mask("cmnd 341234567") == f"cmnd {IDENTITY}"
    assert mask("văn bản 341234567") == "văn bản 341234567"


def test_the_security_code_is_masked_but_not_the_words_after_its_name() -> None:
    assert mask("mã bảo mật 1jywqdy") == f"mã bảo mật {SECRET}"
    assert mask("ma bao mat: abcdef") == f"ma bao mat: {SECRET}"
    assert mask("nhập mã bảo mật thì không ra kết quả") == "nhập mã bảo mật thì không ra kết quả"


@pytest.mark.parametrize(
    "typed",
    [
        "mã bảo mật của hs là {}", "mã bảo mật hồ sơ {}", "Mã bảo mật (in trên phiếu): {}", "mã bm: {} nha", "mbm {}",
        "mã bảo mật hs H20.27.21-240924-0099 là {}", "ma bao mat ({})", "mã bảo mật em gửi nè: {}.",
    ],
)  # fmt: skip
def test_the_security_code_is_found_behind_the_words_that_come_between(typed: str) -> None:
    assert mask(typed.format("1jywqdy")) == typed.format(SECRET)


def test_every_phone_number_of_a_list_is_masked() -> None:
    assert mask("0912345678,0987654321, +84(0)912345678") == f"{PHONE},{PHONE}, {PHONE}"


def test_id_numbers_in_groups_are_masked() -> None:
    assert mask("CCCD 0870 9000 1234, căn cước 087 0900 01234") == f"CCCD {IDENTITY}, căn cước {IDENTITY}"


@pytest.mark.parametrize(
    "text",
    [
        "mã bảo mật nhập lúc 14h30 không được", "nhập mã bảo mật của hs H20.27.21-240924-0099 thì lỗi",
        "mã bảo mật bị sai 3 lần", "cccd cấp ngày 05.12.2024 08.30", "mã bảo mật [@7000000000000000001] gửi",
        "H20.27.21-240924-0099", "000.27.21.H20-230924-0099", "ngày 05.12.2024 08.30", "2024-09-30", "15.000.000 đồng",
        "[@0912345678] ơi", "stk 0691000412345", "1.009972.000.00.00.H20",
    ],
)  # fmt: skip
def test_codes_dates_money_and_mentions_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_masking_loses_no_dossier_code(row: object) -> None:
    assert find_codes(mask(row.text)) == row.codes  # type: ignore[attr-defined]


@given(st.text(max_size=120) | st.text(alphabet="0123456789 .-+()84mãbảoật", max_size=60))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)
