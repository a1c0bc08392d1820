"""What somebody sends who wants to harm the reader: none of it is a sound picture."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from struct import pack
from typing import Final

from PIL import Image

from tests.reading.drawing import Page, not_found, png


def _png(width: int, height: int, body: bytes, *others: tuple[bytes, bytes]) -> bytes:
    """A PNG that says it is so big, with whatever pixels and other chunks."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    chunks = ((b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), *others, (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def _false_size() -> bytes:
    return _png(30_000, 30_000, zlib.compress(bytes(1_000_000)))


def _true_size() -> bytes:
    """Some kilobytes that are really 42 million pixels."""
    return png(Image.new("1", (7000, 6000)))


def _stuffed() -> bytes:
    """A small picture with 100 MB of text in some kilobytes."""
    text = zlib.compressobj(9)
    packed = b"".join(text.compress(bytes(1_000_000)) for _ in range(100)) + text.flush()
    return _png(200, 200, zlib.compress(bytes(201 * 200)), (b"zTXt", b"Comment\0\0" + packed))


def _tiff() -> bytes:
    file = io.BytesIO()
    Image.new("L", (200, 200)).save(file, "TIFF")
    return file.getvalue()


MALICIOUS: Final[Mapping[str, Callable[[], bytes]]] = {
    "nothing": bytes,
    "truncated": lambda: png(Page(600, 15).draw(not_found("H20.27.21-240924-0099")))[:4000],
    "bomb by its header": _false_size,
    "bomb": _true_size,
    "bomb beside the pixels": _stuffed,
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "another file": lambda: b"%PDF-1.4 <script>alert(1)</script>",
    "a program for Ghostscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "a format that nobody's phone makes": _tiff,
}
