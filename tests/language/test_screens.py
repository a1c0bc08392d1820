"""What a picture shows, from the text that Tesseract read in it, misreads and all."""

from __future__ import annotations

import pytest

from bot.language.matcher import Matcher

CODE = "H20.27.21-240924-0099"
NOT_FOUND = f"Tra cứu hồ sơ\nMã hồ sơ *\n{CODE}\nKhông tìm thấy hồ sơ nào thoả mãn điêu kiện tim kiêm"


def test_an_error_screen_speaks_for_itself(matcher: Matcher) -> None:
    reading = matcher.look(NOT_FOUND)
    assert reading
    assert (reading.intent, reading.clear, reading.codes) == ("payment", True, (CODE,))
    assert matcher.understand("", reading).verdict == "answer"


@pytest.mark.parametrize(
    "read",
    [
        *("H2O.27.21-240924-OO99", "H20,27.21-240924-0099", "h20. 27.21–240924–0099", "H20.27.2l-24O924-0099"),
        *("H20.27.21-24092 4-0099", "H20 27 .21-240924-0099"),
    ],
)
def test_a_code_is_mended_where_letters_stand_for_digits(matcher: Matcher, read: str) -> None:
    reading = matcher.look(f"Mã hồ sơ: {read}")
    assert reading
    assert reading.codes == (CODE,)


@pytest.mark.parametrize("read", ["H20.27.21-241324-0099", "H20.27.21-240924-0"])
def test_a_code_with_an_impossible_date_or_cut_off_by_the_edge_is_doubtful(matcher: Matcher, read: str) -> None:
    reading = matcher.look(f"Mã hồ sơ: {read}")
    assert reading
    assert (reading.codes, reading.doubtful) == ((), (read,))


def test_the_value_must_stand_behind_its_label(matcher: Matcher) -> None:
    failed = matcher.look("Hình thức nộp hồ sơ: Trực tuyến\nTrạng thái đồng bộ DVCQG: Thất bại")
    done = matcher.look("Trạng thái đồng bộ DVCQG: Thành công\nNgày hẹn trả: 08/10/2024\nThất bại")
    assert failed
    assert failed.clear
    assert not (done and done.clear)


def test_a_screen_that_is_no_error_counts_only_beside_a_call_for_help(matcher: Matcher) -> None:
    reading = matcher.look("Mã hồ sơ liên thông: G22.99.08-240925-2432\nTrạng thái hồ sơ liên thông: Mới đăng ký")
    assert reading
    assert matcher.understand("", reading).verdict == "silent"
    asked = matcher.understand("lỗi gì đây ad", reading)
    assert (asked.verdict, asked.intent) == ("answer", "interlinked-3in1")


def test_words_that_say_it_all_are_not_overruled(matcher: Matcher) -> None:
    meaning = matcher.understand("lãnh đạo không ký số được ad ơi", matcher.look(NOT_FOUND))
    assert (meaning.intent, meaning.codes) == ("digital-signature", (CODE,))


def test_what_is_typed_wins_over_what_is_misread(matcher: Matcher) -> None:
    typed = CODE.replace("0099", "0098")
    assert matcher.understand(f"hs {typed} lỗi gì đây ad", matcher.look(NOT_FOUND)).codes == (typed,)


@pytest.mark.parametrize(
    "text", ["đã xử lý xong rồi nha", "cảm ơn ad nhiều", "mời mọi người 8 giờ sáng mai họp ở hội trường nha"]
)
def test_a_picture_beside_other_talk_gets_no_answer(matcher: Matcher, text: str) -> None:
    assert matcher.understand(text, matcher.look(NOT_FOUND)).verdict == "silent"


def test_a_document_that_names_errors_is_no_error(matcher: Matcher) -> None:
    reading = matcher.look(f"HƯỚNG DẪN XỬ LÝ NHANH CÁC LỖI PHÁT SINH\n{NOT_FOUND}\nKính gửi: công chức một cửa")
    assert reading
    assert reading.intent is None


@pytest.mark.parametrize(
    "quoted",
    [
        "Nhiều người tra cứu thì trang báo Không tìm thấy hồ sơ nào thoả mãn điều kiện tìm kiếm\nTra cứu hồ sơ",
        "Không tìm thấy hồ sơ nào thoả mãn điều kiện tìm kiếm",
        "1. Hình thức nộp hồ sơ: Trực tuyến\n2. Trạng thái đồng bộ DVCQG: Thất bại",
        "HTTP Status 404 – Not Found\nlà sao á bà",
        f"Nhập tin nhắn\n{NOT_FOUND}",
    ],
)
def test_an_error_that_is_quoted_and_not_shown_gets_no_answer(matcher: Matcher, quoted: str) -> None:
    assert matcher.understand("", matcher.look(quoted)).verdict == "silent"


@pytest.mark.parametrize(
    ("shown", "intent"),
    [
        ("Lỗi phiên bản phần mềm ký số", "digital-signature"),
        ("USB token không nhận diện", "digital-signature"),
        ("Mật khẩu đã hết hạn", "password-expired"),
        ("Không tìm thấy trang web nào cho địa chỉ web:\nhttps://motcua.dongthap.gov.vn", "login-404"),
        ("Ký duyệt\nSao văn bản điện tử\nĐóng dấu phát hành", "digitization-howto"),
    ],
)
def test_what_shows_no_whole_error_screen_is_known_beside_a_call_for_help(
    matcher: Matcher, shown: str, intent: str
) -> None:
    assert matcher.understand("", matcher.look(shown)).verdict == "silent"
    assert matcher.understand("lỗi gì đây ad", matcher.look(shown)).intent == intent


def test_nothing_of_the_text_is_kept_but_codes(matcher: Matcher) -> None:
    reading = matcher.look("Họ tên: Người Dân\nSố điện thoại 0912345678\nCCCD 087123456789\n" + NOT_FOUND)
    assert "0912345678" not in repr(reading)
    assert "087123456789" not in repr(reading)
    assert "Người Dân" not in repr(reading)
