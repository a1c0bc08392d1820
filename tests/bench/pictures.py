"""`python -m tests.bench.pictures` reads drawn pictures and says how well: codes, errors, silence, time.

Drawn sets: the pictures that the screens in intents/ were written with; other kinds (tests/reading/strange.py), by
which they were mended once; and error screens with other codes and photos. Laid out sets (tests/reading/rendered.py):
pages in a real browser, and later ones; both have mended the reading since they were read first. Every picture goes
through the real reader, in its own process, and through the matcher with the words 'lỗi gì đây ad' beside it;
counter-examples come with a word of talk.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image

from bot.language.knowledge import load_knowledge
from bot.language.matcher import Matcher
from bot.model import Meaning
from bot.reading.reader import HOW_TO_INSTALL, WITHIN_S, installed, read
from tests.reading import drawing as d
from tests.reading import rendered, strange
from tests.reading.strange import Sample

ROOT: Final = Path(__file__).parents[2]
REPORT: Final = Path(__file__).with_suffix(".md")
ASKED: Final = "lỗi gì đây ad"
TALK: Final = "mọi người xem nè"
CODES: Final = (
    "H20.27.21-240924-0099", "H20.24.16-240821-0063", "G22.99.08-240919-2105", "H20.33.08-250611-0158",
    "H20.16.02-250410-0233", "H20.19.03-250311-0240", "H20.38.17-250806-0071", "H20.20.14-250516-0036",
)  # fmt: skip


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
        yield Sample(f"{name}, {condition}", partial(_taken, items, condition), intent, own)


FIRST_SIGHT: Final = (
    "| drawn, other kinds | 14 / 16 | 42 / 44 | 12 / 18 |",
    "| laid out | 10 / 12 | 21 / 36, nine of them of errors without `[[screens]]` | 25 / 36 |",
    "| laid out later | 8 / 9 | 19 / 24 | 17 / 24 |",
)


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
        yield Sample(f"{name}, scanned", partial(_scanned, items), None)
    yield Sample("cake", lambda: d.jpeg(d.cake()), None)
    yield from (Sample(f"landscape {seed}", partial(_landscape, seed), None) for seed in range(2))


def _scanned(items: list[d.Item]) -> bytes:
    return d.jpeg(d.rotated(2)(d.Page(1200, 20).draw(items)))


def _landscape(seed: int) -> bytes:
    return d.jpeg(d.landscape(seed))


@dataclass
class Result:
    name: str
    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, sample: Sample, meaning: Meaning, seconds: float) -> None:
        self.times.append(seconds)
        got = meaning.intent if meaning.verdict == "answer" else None
        judged = {"errors" if sample.intent else "silent": got == sample.intent}
        if sample.code:
            judged["codes"] = meaning.codes == (sample.code,)
        self.of.update(judged.keys())
        self.right.update(name for name, is_right in judged.items() if is_right)
        if not all(judged.values()):
            expected = f"{sample.intent} {sample.code or ''}".strip()
            self.wrong.append(f"- {sample.name}: expected {expected}, got {got} {' '.join(meaning.codes)}".rstrip())

    def row(self) -> str:
        shares = (f"{self.right[what]} / {self.of[what]}" for what in ("codes", "errors", "silent"))
        return f"| {self.name} | {' | '.join(shares)} | {statistics.median(self.times):.2f} | {self.p95():.2f} |"

    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def understood(matcher: Matcher, sample: Sample, data: bytes, within_s: float = WITHIN_S) -> Meaning:
    """Errors come with a call for help, all else with talk."""
    return matcher.understand(ASKED if sample.intent else TALK, matcher.look(read(data, within_s)))


def result(name: str, matcher: Matcher, every: Iterable[Sample]) -> Result:
    found = Result(name)
    for sample in every:
        data = sample.draw()
        began = time.perf_counter()
        meaning = understood(matcher, sample, data)
        found.add(sample, meaning, time.perf_counter() - began)
    return found


def main() -> int:
    if not installed():
        sys.stderr.write(f"Tesseract is missing: {HOW_TO_INSTALL}\n")
        return 1
    matcher = Matcher(load_knowledge(ROOT / "intents", ROOT / "responses"))
    sets = (
        ("drawn, written with", samples()),
        ("drawn, other kinds", strange.first()),
        ("drawn later", strange.last()),
        ("laid out", rendered.samples()),
        ("laid out later", rendered.samples(rendered.LATER_ERRORS, rendered.LATER_OTHERS)),
    )
    results = [result(name, matcher, every) for name, every in sets]
    count = sum(len(each.times) for each in results)
    lines = [
        "# Reading pictures", "",
        f"{count} pictures, `{ASKED}` beside those of errors, `{TALK}` beside the others. What was right when a set "
        "was read first, before anything was mended by it:", "",
        "| set | codes | errors | silent |", "| --- | --- | --- | --- |", *FIRST_SIGHT, "", "Now:", "",
        "| set | codes | errors | silent | median, s | p95, s |", "| --- | --- | --- | --- | --- | --- |",
        *(each.row() for each in results), "", *(line for each in results for line in each.wrong),
    ]  # fmt: skip
    REPORT.write_text("\n".join(lines).rstrip() + "\n")
    sys.stdout.write(REPORT.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
