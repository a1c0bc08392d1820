"""Pictures from a second source: pages like the guide's screens (pages/), laid out by a real browser at the widths of
phones and desktops, light and dark, in the machine's fonts, then photographed off a monitor made of red, green and
blue dots. Counter-examples come close on purpose: papers, chats, slides and tables that quote the very error lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, sync_playwright

from tests.browser import CHROMIUM, FLAGS
from tests.reading import drawing as d
from tests.reading.strange import Sample, glaring, slanted

PAGES: Final = Path(__file__).with_name("pages")
STYLE: Final = (PAGES / "style.css").read_text()
ADDRESS: Final = "https://motcua.dongthap.gov.vn/group/mot-cua"
CODES: Final = ("H20.27.06-250311-0182", "G22.99.08-250214-3307", "H20.31.15-241018-0096", "H20.22.10-250109-1275")


def photographed(degrees: float, blur: float, quality: int, lean: float = 0.03) -> d.Change:
    """Every point of the picture becomes three coloured dots; the camera's own grid then beats against theirs."""

    def change(image: Image.Image) -> Image.Image:
        width, height = image.size
        dots = np.asarray(image.convert("RGB").resize((3 * width, 3 * height), Image.Resampling.NEAREST), np.float32)
        mask = np.full(dots.shape, 0.45, np.float32)
        for colour in range(3):
            mask[:, colour::3, colour] = 1.4
        mask[::3] *= 0.75
        monitor = Image.fromarray(np.clip(dots * mask * 1.05 + 6, 0, 255).astype(np.uint8))
        taken = slanted(lean)(d.framed(monitor)).rotate(degrees, Image.Resampling.BILINEAR, fillcolor="#2b2622")
        taken = taken.resize((1600, 1600 * taken.height // taken.width), Image.Resampling.BILINEAR)
        grain = np.random.default_rng(7).normal(0, 7, (taken.height, taken.width, 1))
        noisy = np.clip(np.asarray(taken, np.float32) + grain, 0, 255).astype(np.uint8)
        image = Image.fromarray(noisy).filter(ImageFilter.GaussianBlur(blur))
        return Image.open(BytesIO(d.jpeg(image, quality)))

    return change


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    width: int
    height: int
    scale: float = 1.0
    dark: bool = False
    font: str = "Noto Sans"
    change: d.Change | None = None
    quality: int | None = None
    """None: a PNG, as screenshots are."""


WAYS: Final = (
    Way("desktop", 1366, 700, font="Liberation Sans"),
    Way("photo", 1366, 700, change=photographed(1.5, 0.8, 70)),
    Way("phone", 390, 844, 2.0),
    Way("phone, dark, JPEG 40 %", 412, 860, 1.75, dark=True, quality=40),
    Way("photo, dark", 1280, 680, dark=True, font="DejaVu Sans", change=photographed(-2, 0.9, 60, 0.05)),
    Way("wide desktop, dark", 1920, 960, dark=True, font="Liberation Sans"),
    Way("desktop, JPEG 50 %", 1440, 760, font="DejaVu Sans", quality=50),
    Way("photo with a lamp", 1366, 700, font="Liberation Sans", change=lambda i: glaring(photographed(3, 0.7, 75)(i))),
    Way("phone held close", 360, 740, 3.0, font="Liberation Sans", quality=70),
)

ERRORS: Final = (
    ("searched", "payment", True), ("detail", "payment", True), ("interlinked", "interlinked-3in1", True),
    ("tomcat", "login-404", False), ("chrome", "login-404", False), ("fees", "payment-config", False),
    ("templates", "digitization-score", False), ("refusal", "rejection-attachment", False),
    ("password", "password-change", False), ("expired", "password-expired", False),
    ("digitise", "digitization-howto", True), ("token", "digital-signature", False),
)  # fmt: skip
"""Page, error, whether it shows a dossier code."""
BARE: Final = frozenset({"expired", "token"})
"""Programs' own windows, without a browser around them."""
OTHERS: Final = (
    "official", "clipping", "group", "chat404", "bank", "failed", "sheet", "slides", "news", "article", "post", "phone",
    "facebook", "allwell", "map", "selfie", "cake", "invitation",
)  # fmt: skip
LATER_ERRORS: Final = (
    ("popup", "payment", True), ("narrow", "payment", True), ("stripe", "payment", False),
    ("nginx", "login-404", False), ("steps", "payment-config", False), ("parts", "digitization-score", False),
    ("stamp", "digitization-howto", False), ("joint", "interlinked-3in1", True),
)  # fmt: skip
LATER_OTHERS: Final = (
    "handbook", "mail", "forum", "word", "messenger", "declined", "identity", "calendar", "code", "video", "merit",
    "list",
)  # fmt: skip
"""Laid out when the reading was mended by the others; judged once."""


def samples(
    errors: Iterable[tuple[str, str, bool]] = ERRORS, others: Iterable[str] = OTHERS, of_each: int = 3
) -> Iterator[Sample]:
    """Every error in so many ways, every counter-example in two."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        ways, codes = cycle(WAYS), cycle(CODES)
        for name, intent, has_code in errors:
            for _ in range(of_each):
                way, code = next(ways), next(codes)
                draw = partial(_taken, browser, name, code, way, framed=name not in BARE)
                yield Sample(f"{name}, {way.name}", draw, intent, code if has_code else None)
            next(ways)
        for name in others:
            for _ in range(2):
                way = next(ways)
                yield Sample(
                    f"{name}, {way.name}", partial(_taken, browser, name, next(codes), way, framed=False), None
                )
        browser.close()


def _taken(browser: Browser, name: str, code: str, way: Way, *, framed: bool) -> bytes:
    page = browser.new_page(viewport={"width": way.width, "height": way.height}, device_scale_factor=way.scale)
    page.set_content(_html(name, code, way, framed=framed))
    shot = page.screenshot()
    page.close()
    if way.change is None and way.quality is None:
        return shot
    image = Image.open(BytesIO(shot)).convert("RGB")
    return d.jpeg(way.change(image) if way.change else image, way.quality or 80)


def _html(name: str, code: str, way: Way, *, framed: bool) -> str:
    body = (PAGES / f"{name}.html").read_text().replace("{{ code }}", code)
    frame = ""
    if way.width < 600:
        frame = '<div class="phone"><span>09:41</span><span>4G 78%</span></div>'
    elif framed:
        frame = f'<div class="tabs"><span>Trang làm việc</span></div><div class="address">← → {ADDRESS}</div>'
    theme = "dark" if way.dark else "light"
    return (
        f'<!doctype html><html lang="vi" data-theme="{theme}"><style>{STYLE} body {{ font-family: "{way.font}" }}'
        f"</style>{frame}{body}</html>"
    )
