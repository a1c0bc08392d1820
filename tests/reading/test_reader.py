"""Pictures are read in a process of their own, and what is no picture does no harm."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.reading.reader import IN_HAND, WITHIN_S, Reader, installed, read
from tests.reading.drawing import Page, blurred, dossier, framed, jpeg, not_found, png, rotated
from tests.reading.malice import MALICIOUS

CODE = "H20.27.21-240924-0099"
PATIENT_S = 20.0
"""Where the time is not what a test is about, and other tests may take all the processors."""


def test_a_screenshot_gives_its_code_and_its_error_line() -> None:
    text = read(png(Page(1366, 15).draw(not_found(CODE))), PATIENT_S)
    assert CODE in text
    assert "Không tìm thấy hồ sơ nào" in text


def test_dark_mode_is_read_too() -> None:
    assert CODE in read(png(Page(1366, 15, dark=True).draw(dossier(CODE, "Thất bại"))), PATIENT_S)


def test_a_tilted_blurred_photo_of_a_monitor_is_read() -> None:
    photo = blurred(1)(rotated(-4)(framed(Page(1500, 19).draw(dossier(CODE, "Thất bại")))))
    assert CODE in read(jpeg(photo, 40), PATIENT_S)


@pytest.mark.parametrize("kind", MALICIOUS)
def test_what_is_no_sound_picture_is_refused(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(MALICIOUS[kind](), PATIENT_S) == ""
    told = capsys.readouterr().out
    assert "picture not read" in told
    assert "took too long" not in told


def test_a_picture_that_is_a_web_page_as_well_is_read_as_a_picture_only() -> None:
    picture = jpeg(Page(900, 15).draw(not_found(CODE)))
    text = read(picture + b"<html><script>document.location='https://evil.example'</script>PK\x03\x04", PATIENT_S)
    assert CODE in text
    assert "script" not in text


@contextmanager
def _reading(within_s: float = WITHIN_S) -> Iterator[Future[str]]:
    with ThreadPoolExecutor() as pool:
        yield pool.submit(read, png(Page(1366, 15).draw(not_found(CODE))), within_s)


def _children() -> Iterator[tuple[int, str]]:
    """The numbers and names of the processes that this one has started."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = stat.read_text().partition(") ")
            if int(rest.split()[1]) == os.getpid():
                yield int(stat.parent.name), name.partition("(")[2]


def _tesseract(reading: Future[str]) -> int | None:
    """The reading process, once it has become Tesseract; None when the reading ends before."""
    while not reading.done():
        for process, name in _children():
            if name == "tesseract":
                return process
        time.sleep(0.02)
    return None


def test_a_reading_process_that_is_killed_costs_only_the_reading() -> None:
    with _reading(PATIENT_S) as reading:
        process = _tesseract(reading)
        assert process
        os.kill(process, signal.SIGKILL)
        assert reading.result(timeout=PATIENT_S / 2) == ""
    assert CODE in read(png(Page(1366, 15).draw(not_found(CODE))), PATIENT_S)


def test_what_takes_longer_than_four_seconds_is_given_up_and_ended() -> None:
    began = time.monotonic()
    stopped = set()
    with _reading() as reading:
        while process := _tesseract(reading):
            stopped.add(process)
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
            time.sleep(0.02)
        assert reading.result() == ""
    assert WITHIN_S <= time.monotonic() - began < 2 * WITHIN_S
    assert [process for process in stopped if Path(f"/proc/{process}").exists()] == []


def _polite(reading: Future[str]) -> int | None:
    """The reading process, as soon as it works only where nobody else does."""
    while not reading.done():
        for process, _ in _children():
            with suppress(ProcessLookupError):
                if os.sched_getscheduler(process) == os.SCHED_IDLE:
                    return process
    return None


def test_reading_lets_others_go_first_and_gets_its_share_where_they_leave_nothing() -> None:
    with _reading(2 * WITHIN_S) as reading:
        process = _polite(reading)
        assert process
        os.kill(process, signal.SIGSTOP)
        assert CODE in reading.result()


def _comes_last(process: int) -> bool:
    group = Path(f"/proc/{process}/autogroup")
    with suppress(OSError):
        is_idle = os.sched_getscheduler(process) == os.SCHED_IDLE
        return is_idle and (not group.exists() or group.read_text().endswith("nice 19\n"))
    return False


def test_pictures_that_come_together_all_let_others_go_first() -> None:
    last = set()
    with ThreadPoolExecutor() as pool:
        picture = png(Page(1366, 15).draw(not_found(CODE)))
        readings = [pool.submit(read, picture, PATIENT_S) for _ in range(3)]
        while not all(reading.done() for reading in readings):
            last |= {process for process, _ in _children() if _comes_last(process)}
            time.sleep(0.01)
    assert len(last) == len(readings)


def test_the_reading_process_is_limited() -> None:
    with _reading(PATIENT_S) as reading:
        process = _tesseract(reading)
        assert process
        lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split()[1] for line in lines}
    assert limits["Max address space"] == str(2**30)
    assert limits["Max cpu time"] == "5"
    assert limits["Max file size"] == "0"


def test_the_greatest_picture_that_is_let_in_stays_within_the_limits() -> None:
    photo = Image.new("RGBA", (8000, 5000), "white")
    photo.paste(Page(2000, 40).draw(not_found(CODE)).resize((8000, 3600)))
    assert CODE in read(png(photo), PATIENT_S)


async def test_of_many_pictures_only_a_few_are_held_in_memory_at_once() -> None:
    held = most = 0

    async def answer(_: Request) -> Response:
        nonlocal held, most
        held += 1
        most = max(most, held)
        await asyncio.sleep(0.1)
        held -= 1
        return Response(status_code=404)

    app = Starlette(routes=[Route("/{number}", answer)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        reader = Reader(http, ("zdn.vn",))
        assert set(await asyncio.gather(*(reader.text(f"https://a.zdn.vn/{n}") for n in range(12)))) == {""}
    assert most == IN_HAND


def test_a_machine_without_tesseract_is_noticed(tmp_path: object) -> None:
    assert not installed(path=str(tmp_path))
