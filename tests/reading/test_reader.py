"""Pictures are read in a process of their own, and what is no picture does no harm."""

from __future__ import annotations

import io
import time
import zlib
from struct import pack

import pytest
from PIL import Image

from bot.reading.reader import installed, read
from tests.reading.drawing import Page, blurred, dossier, framed, jpeg, not_found, png, rotated

CODE = "H20.27.21-240924-0099"


def test_a_screenshot_gives_its_code_and_its_error_line() -> None:
    text = read(png(Page(1366, 15).draw(not_found(CODE))))
    assert CODE in text
    assert "Không tìm thấy hồ sơ nào" in text


def test_dark_mode_is_read_too() -> None:
    assert CODE in read(png(Page(1366, 15, dark=True).draw(dossier(CODE, "Thất bại"))))


def test_a_tilted_blurred_photo_of_a_monitor_is_read() -> None:
    photo = blurred(1)(rotated(-4)(framed(Page(1500, 19).draw(dossier(CODE, "Thất bại")))))
    assert CODE in read(jpeg(photo, 40))


def _bomb() -> bytes:
    """A PNG of some kilobytes that says it holds 30 000 × 30 000 pixels."""
    header = pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _tiff() -> bytes:
    file = io.BytesIO()
    Image.new("L", (200, 200)).save(file, "TIFF")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(png(Page(600, 15).draw(not_found(CODE)))[:4000], id="truncated"),
        pytest.param(_bomb(), id="bomb"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', id="svg"),
        pytest.param(b"%PDF-1.4 <script>alert(1)</script>", id="other"),
        pytest.param(_tiff(), id="a format that nobody's phone makes"),
    ],
)
def test_what_is_no_sound_picture_is_refused_at_once(data: bytes) -> None:
    began = time.monotonic()
    assert read(data) == ""
    assert time.monotonic() - began < 2


def test_a_picture_that_is_a_web_page_as_well_is_read_as_a_picture_only() -> None:
    picture = jpeg(Page(900, 15).draw(not_found(CODE)))
    text = read(picture + b"<html><script>document.location='https://evil.example'</script>PK\x03\x04")
    assert CODE in text
    assert "script" not in text


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    assert read(png(Page(1366, 15).draw(not_found(CODE))), within_s=0.05) == ""


def test_a_machine_without_tesseract_is_noticed(tmp_path: object) -> None:
    assert not installed(path=str(tmp_path))
