"""Dossier codes are found in whatever way they are typed, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.codes import broken_codes, find_codes, unit_of
from bot.language.evaluate import Row, read_rows

ROWS = read_rows(Path(__file__).parents[1] / "data" / "codes.tsv", ())

pairs = st.integers(0, 99).map(lambda number: f"{number:02}")
days = st.dates(date(2018, 1, 1), date(2035, 12, 31)).map(lambda day: f"{day:%y%m%d}")
serials = st.integers(1, 999_999).map(lambda number: f"{number:04}")
letters = st.sampled_from("HGK")
new_units = st.builds(
    lambda head, rest: ".".join([head, *rest]),
    st.builds("".join, st.tuples(letters, pairs)),
    st.lists(pairs, max_size=3),
)
old_units = st.builds(lambda one, two: f"000.{one}.{two}.H20", pairs, pairs)
codes = st.builds(lambda unit, day, serial: f"{unit}-{day}-{serial}", new_units | old_units, days, serials)
hyphens = st.sampled_from(["-", "–", "—", "‑", "−", " - ", " -", "- ", "－"])
wide = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_codes_of_the_labelled_texts(row: Row) -> None:
    assert find_codes(row.text) == row.codes


@given(codes, hyphens, st.sampled_from([str, str.lower, str.upper]), st.booleans(), st.booleans())
def test_a_code_survives_hyphens_case_width_and_invisible_characters(
    code: str, hyphen: str, case: object, is_wide: bool, is_broken_up: bool
) -> None:
    typed = case(code.replace("-", hyphen))  # type: ignore[operator]
    if is_wide:
        typed = typed.translate(wide)
    if is_broken_up:
        typed = "\u200b".join(typed)
    assert find_codes(f"hồ sơ {typed} bị lỗi") == (code,)


@given(
    codes,
    st.sampled_from(["hs", "mã:", "(", "https://dichvucong.gov.vn/?ma=", "Mã hồ sơ"]),
    st.sampled_from(["ạ", ".", ")", "&lang=vi"]),
)
def test_a_code_glued_to_words_or_in_a_link_is_found(code: str, before: str, after: str) -> None:
    assert find_codes(before + code + after) == (code,)


@given(st.lists(codes, min_size=2, max_size=4))
def test_several_codes_come_in_order_and_each_once(several: list[str]) -> None:
    assert find_codes(", ".join([*several, several[0]])) == tuple(dict.fromkeys(several))


@given(st.text(max_size=200))
def test_every_code_found_holds(text: str) -> None:
    for code in find_codes(text):
        assert find_codes(code) == (code,)


@given(st.integers(13, 99), st.integers(0, 99))
def test_an_impossible_date_is_no_code_but_can_be_asked_about(month: int, day: int) -> None:
    typed = f"H20.27.21-24{month:02}{day:02}-0099"
    assert find_codes(typed) == ()
    assert broken_codes(typed) == (typed,)


@pytest.mark.parametrize("typed", ["H20.24.16-240821-00", "H20.24.16-240821"])
def test_a_code_cut_short_can_be_asked_about(typed: str) -> None:
    assert find_codes(typed) == ()
    assert broken_codes(f"mã {typed} nha") == (typed,)


@pytest.mark.parametrize(
    "text", ["mã đơn vị H20.27.21", "thủ tục 1.009972.000.00.00.H20", "0277-385-1234", "10.27.21.99:8080"]
)
def test_unit_codes_procedures_and_numbers_are_no_broken_codes(text: str) -> None:
    assert broken_codes(text) == ()


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("H20.27.21-240924-0099", "H20.27.21"),
        ("000.27.21.H20-230924-0099", "H20.27.21"),
        ("G22.99.08-240919-2105", "G22.99.08"),
        ("H20-241203-0456", "H20"),
        ("không phải mã", ""),
    ],
)
def test_the_unit_of_a_code(code: str, unit: str) -> None:
    assert unit_of(code) == unit
