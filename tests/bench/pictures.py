"""`python -m tests.bench.pictures` reads drawn pictures and says how well: codes, errors, silence, time.

Every picture goes through the real reader, in its own process, and through the matcher with the words 'lỗi gì đây ad'
beside it; counter-examples come without words, as they do in a group.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from bot.language.knowledge import load_knowledge
from bot.language.matcher import Matcher
from bot.reading.reader import HOW_TO_INSTALL, installed, read
from tests.reading import drawing as d

ROOT: Final = Path(__file__).parents[2]
REPORT: Final = Path(__file__).with_suffix(".md")
ASKED: Final = "lỗi gì đây ad"
CODES: Final = (
    "H20.27.21-240924-0099", "H20.24.16-240821-0063", "G22.99.08-240919-2105", "H20.33.08-250611-0158",
    "H20.16.02-250410-0233", "H20.19.03-250311-0240", "H20.38.17-250806-0071", "H20.20.14-250516-0036",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    data: bytes
    intent: str | None
    """None: none of the bot's business."""
    code: str | None = None


def samples() -> Iterator[Sample]:
    for number, code in enumerate(CODES):
        yield from _screens(number, code)
    yield from _others()


def _screens(number: int, code: str) -> Iterator[Sample]:
    """Each code on five screens, each screen in another condition."""
    screens = (
        ("not found", d.not_found(code), "payment", code),
        ("sync failed", d.dossier(code, "Thất bại"), "payment", code),
        ("interlinked", d.interlinked(code), "interlinked-3in1", code),
        ("404", d.not_there(), "login-404", None),
        (
            "configuration",
            (d.process(), d.template())[number % 2],
            ("payment-config", "digitization-score")[number % 2],
            None,
        ),
    )
    for place, (name, items, intent, own) in enumerate(screens):
        condition = CONDITIONS[(number + place) % len(CONDITIONS)]
        yield Sample(f"{name}, {condition}", _taken(items, condition), intent, own)


CONDITIONS: Final = (
    "480 px", "1366 px", "2560 px", "dark", "JPEG 40 %", "photo 3°", "photo -5°, blurred", "photo, moire",
    "phone, dark, JPEG 40 %",
)  # fmt: skip


def _taken(items: list[d.Item], condition: str) -> bytes:
    match condition:
        case "480 px":
            return d.png(d.Page(480, 14).draw(items))
        case "2560 px":
            return d.png(d.Page(2560, 26).draw(items))
        case "dark":
            return d.png(d.Page(1366, 15, dark=True).draw(items))
        case "JPEG 40 %":
            return d.jpeg(d.Page(1366, 15).draw(items), 40)
        case "photo 3°":
            return d.jpeg(_photo(items, 3))
        case "photo -5°, blurred":
            return d.jpeg(d.blurred(1.3)(_photo(items, -5)), 60)
        case "photo, moire":
            return d.jpeg(d.moire(0.25)(_photo(items, 1.5)), 60)
        case "phone, dark, JPEG 40 %":
            return d.jpeg(d.Page(720, 18, dark=True).draw(items), 40)
    return d.png(d.Page(1366, 15).draw(items))


def _photo(items: list[d.Item], degrees: float) -> Image.Image:
    return d.rotated(degrees)(d.framed(d.Page(1600, 20).draw(items)))


def _others() -> Iterator[Sample]:
    for name, items in (
        ("meeting", d.meeting()), ("receipt", d.receipt(CODES[0])), ("news", d.news()), ("guide", d.guide_page()),
        ("all well", d.dossier(CODES[1], "Thành công")), ("a screen", d.template()), ("password", d.password()),
    ):  # fmt: skip
        yield Sample(f"{name}, scanned", d.jpeg(d.rotated(2)(d.Page(1200, 20).draw(items))), None)
    yield Sample("cake", d.jpeg(d.cake()), None)
    yield from (Sample(f"landscape {seed}", d.jpeg(d.landscape(seed)), None) for seed in range(2))


async def main() -> int:
    if not installed():
        sys.stderr.write(f"Tesseract is missing: {HOW_TO_INSTALL}\n")
        return 1
    matcher = Matcher(load_knowledge(ROOT / "intents", ROOT / "responses"))
    times: list[float] = []
    wrong: list[str] = []
    right = {"codes": 0, "errors": 0, "silent": 0}
    every = list(samples())
    for sample in every:
        began = time.perf_counter()
        reading = matcher.look(await asyncio.to_thread(read, sample.data))
        meaning = matcher.understand(ASKED if sample.intent else "", reading)
        times.append(time.perf_counter() - began)
        codes, got = meaning.codes, meaning.intent if meaning.verdict == "answer" else None
        right["codes"] += bool(sample.code) and codes == (sample.code,)
        right["errors" if sample.intent else "silent"] += got == sample.intent
        if got != sample.intent or (sample.code and codes != (sample.code,)):
            wrong.append(f"- {sample.name}: expected {sample.intent} {sample.code}, got {got} {' '.join(codes)}")
    totals = {
        "codes": sum(sample.code is not None for sample in every),
        "errors": sum(sample.intent is not None for sample in every),
        "silent": sum(sample.intent is None for sample in every),
    }
    p95 = statistics.quantiles(times, n=20)[-1]
    lines = [
        "# Reading pictures", "", f"{len(every)} drawn pictures, `{ASKED}` beside those of errors.", "",
        "| | right | of |", "| --- | --- | --- |",
        *(f"| {name} | {right[name]} | {total} |" for name, total in totals.items()), "",
        f"Seconds a picture: {statistics.median(times):.2f} median, {p95:.2f} p95.", "", *wrong,
    ]  # fmt: skip
    REPORT.write_text("\n".join(lines).rstrip() + "\n")
    sys.stdout.write(REPORT.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
