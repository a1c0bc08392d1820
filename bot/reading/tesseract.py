"""Runs in a process of its own, one for each picture: bytes in, the lines that stand in the picture out.

Second step of reading, after `fetch`; a stand-alone program without imports from the bot, so that whatever a picture
does to it ends with it. Pillow decodes (three formats, limits before a pixel is unpacked) and prepares; then the
process becomes Tesseract, which gets a clean grey picture and never a stranger's file. Nothing is written to disk.
"""

from __future__ import annotations

import io
import math
import os
import resource
import sys
from itertools import pairwise
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MOST_PIXELS: Final = 40_000_000
MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 5
REFUSED: Final = (
    *(OSError, ValueError, SyntaxError, EOFError, MemoryError),
    Image.DecompressionBombError,
)
COMMAND: Final = ("tesseract", "/proc/self/fd/0", "-", "-l", "vie", "--dpi", "150", "--psm", "11")
"""Looks for text wherever it stands, since screens are no columns of prose. Its picture is a BMP in a file with a name:
`-`, and a PPM, are read byte by byte, which takes a fifth of the whole time."""
NEARBY: Final = ("-c", "thresholding_method=2")
"""Black and white told apart by what is near (Sauvola): a photo is not everywhere as light. In a grainy one
that would make letters of the grain."""
GRAINY: Final = 6
"""Grey by which most points differ from those around them."""
MIDDLE: Final = (600, 400)
"""Pixels on which that is looked at."""
LEAST_SIDE: Final = 40
WIDTH: Final = 1900
"""Pixels to which a picture is brought: letters must be some twenty pixels high, and more only costs time."""
MOST_GROWTH: Final = 3.0
TALLEST: Final = 3200
DARK: Final = 118
"""A picture whose middle grey is below is light on dark."""
LIGHT: Final = 190
"""A picture whose middle grey is above shows paper or a page, and little else."""
MOST_TILT: Final = 8
LEAST_TILT: Final = 0.3
"""Degrees."""
LOOK_AT: Final = 480
"""Pixels of the height on which the tilt is looked for."""
STRIPS: Final = 96
"""Into so many upright strips the picture is cut for that."""


def main() -> int:
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, CPU_S)
    _limit(resource.RLIMIT_CORE, 0)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        _become_tesseract(prepared(sys.stdin.buffer.read()))
    except REFUSED as error:
        sys.stderr.write(f"{type(error).__name__}: {error}")
    return 1


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def prepared(data: bytes) -> Image.Image:
    """Grey, dark on light, upright, of a size that is read well. Raises what Pillow raises, or ValueError."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS or min(width, height) < LEAST_SIDE:
            raise ValueError(f"{width} x {height} pixels")
        opened.draft("L", (WIDTH, WIDTH * height // width))
        image = _grey(opened)
    image = ImageOps.exif_transpose(image)
    if _paper(image) < DARK:
        image = ImageOps.invert(image)
    return _bleached(_straight(_sized(image)))


def _paper(image: Image.Image) -> int:
    """The grey that most of the picture is."""
    return _median(image.resize((64, 64), Image.Resampling.BOX))


def _median(image: Image.Image) -> int:
    return int(ImageStat.Stat(image).median[0])


def _bleached(image: Image.Image) -> Image.Image:
    """With as much contrast as there is. Light paper becomes white: on grey, Tesseract does not find a line that
    stands alone."""
    paper = _paper(image)
    if paper > LIGHT:
        image = image.point([min(255, 255 * grey // paper) for grey in range(256)])
    return ImageOps.autocontrast(image)


def _grey(image: Image.Image) -> Image.Image:
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return image.convert("L")


def _sized(image: Image.Image) -> Image.Image:
    width, height = image.size
    factor = min(WIDTH / width, TALLEST / height, MOST_GROWTH)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS) if size != image.size else image


def _straight(image: Image.Image) -> Image.Image:
    """Turned so that lines of text lie level: then rows of pixels differ most from one another."""
    small = image.copy()
    small.thumbnail((2 * LOOK_AT, LOOK_AT))
    width = small.width
    small = ImageOps.autocontrast(small).resize((STRIPS, small.height), Image.Resampling.BOX)
    paper = _median(small)

    def level(degrees: float) -> float:
        return _levelness(small, math.tan(math.radians(degrees)) * width / STRIPS, paper)

    coarse = max(range(-MOST_TILT, MOST_TILT + 1), key=level)
    fine = max((coarse + step / 4 for step in range(-3, 4)), key=level)
    if abs(fine) < LEAST_TILT:
        return image
    return image.rotate(fine, Image.Resampling.BICUBIC, fillcolor=_paper(image))


def _levelness(strips: Image.Image, step: float, paper: int) -> float:
    """Of the picture whose upright strips are each moved so far up against the one before: nearly what turning it
    would make of it, for a tenth of the work."""
    steps = (1, 0, 0, step, 1, -step * strips.width / 2)
    moved = strips.transform(strips.size, Image.Transform.AFFINE, steps, Image.Resampling.BILINEAR, fillcolor=paper)
    rows = moved.resize((1, moved.height), Image.Resampling.BOX).tobytes()
    return sum((one - other) ** 2 for one, other in pairwise(rows))


def _grainy(image: Image.Image) -> bool:
    width, height = (min(most, side) for most, side in zip(MIDDLE, image.size, strict=True))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    middle = image.crop((left, top, left + width, top + height))
    rough = ImageChops.difference(middle, middle.filter(ImageFilter.BoxBlur(2)))
    return _median(rough) > GRAINY


def _become_tesseract(image: Image.Image) -> None:
    """Ends this program; returns only by an error."""
    file = os.memfd_create("picture")
    with open(file, "wb", closefd=False) as stream:
        image.save(stream, "BMP")
    os.lseek(file, 0, os.SEEK_SET)
    os.dup2(file, sys.stdin.fileno())
    _limit(resource.RLIMIT_FSIZE, 0)
    command = COMMAND if _grainy(image) else (*COMMAND, *NEARBY)
    os.execvpe(command[0], command, {"PATH": os.environ["PATH"], "OMP_THREAD_LIMIT": "1"})  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
