"""Draws what officials send: screens of the system, photos of monitors, and what is none of the bot's business.

Made up from the guide's words; nothing here is a picture of a real dossier. `make judge` and the tests draw them anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

FONTS: Final = {
    "sans": ("/usr/share/fonts/truetype/noto/NotoSans-{}.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans{}.ttf"),
    "serif": ("/usr/share/fonts/truetype/noto/NotoSerif-{}.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSerif{}.ttf"),
}
LIGHT: Final = {"page": "#ffffff", "ink": "#222222", "bar": "#0a5aa8", "line": "#c8d2dc", "bad": "#c81e1e"}
DARK: Final = {"page": "#1b1d21", "ink": "#e4e6ea", "bar": "#20426b", "line": "#4a4f58", "bad": "#ff7b72"}

Item = tuple[str, ...]
"""What stands on a screen, from top to bottom: its kind and its texts."""


@lru_cache
def font(size: int, *, bold: bool = False, family: str = "sans") -> ImageFont.FreeTypeFont:
    """A font that has every Vietnamese letter."""
    noto, other = FONTS[family]
    names = (noto.format("Bold" if bold else "Regular"), other.format("-Bold" if bold else ""))
    return ImageFont.truetype(next(name for name in names if Path(name).exists()), size)


@dataclass
class Page:
    """Lays items out below one another."""

    width: int
    size: int
    dark: bool = False
    family: str = "sans"

    def face(self, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
        return font(size, bold=bold, family=self.family)

    def draw(self, items: Sequence[Item]) -> Image.Image:
        colours = DARK if self.dark else LIGHT
        image = Image.new("RGB", (self.width, self.size * 4 + len(items) * self.size * 10), colours["page"])
        pen = ImageDraw.Draw(image)
        y = self.size
        for kind, *texts in items:
            y = getattr(self, f"_{kind}")(pen, colours, y, texts) + self.size // 2
        return image.crop((0, 0, self.width, max(y + self.size, self.width * 9 // 20)))

    def _bar(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        pen.rectangle((0, 0, self.width, y + self.size * 2), fill=colours["bar"])
        pen.text((self.size, y), texts[0], "white", self.face(self.size, bold=True))
        return y + self.size * 2

    def _title(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        return self._wrapped(pen, y, texts[0], self.face(self.size * 4 // 3, bold=True), colours["ink"])

    def _text(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        return self._wrapped(pen, y, texts[0], self.face(self.size), colours["ink"])

    def _bad(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        return self._wrapped(pen, y, texts[0], self.face(self.size), colours["bad"])

    def _field(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        pen.text((self.size, y), f"{texts[0]}:", colours["ink"], self.face(self.size, bold=True))
        x = self.size * 2 + int(self.face(self.size, bold=True).getlength(f"{texts[0]}:"))
        pen.text((x, y), texts[1], colours["bad"] if len(texts) > 2 else colours["ink"], self.face(self.size))
        return y + self.size * 3 // 2

    def _box(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        """A label above the frame that is typed into."""
        pen.text((self.size, y), texts[0], colours["ink"], self.face(self.size))
        top = y + self.size * 3 // 2
        pen.rectangle((self.size, top, min(self.width - self.size, self.size * 30), top + self.size * 2),
                      outline=colours["line"])  # fmt: skip
        pen.text((self.size * 3 // 2, top + self.size // 4), texts[1], colours["ink"], self.face(self.size))
        return top + self.size * 2

    def _button(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        x = self.size
        for text in texts:
            length = int(self.face(self.size).getlength(text)) + self.size * 2
            pen.rounded_rectangle((x, y, x + length, y + self.size * 2), self.size // 3, fill=colours["bar"])
            pen.text((x + self.size, y + self.size // 4), text, "white", self.face(self.size))
            x += length + self.size
        return y + self.size * 2

    def _row(self, pen: ImageDraw.ImageDraw, colours: dict[str, str], y: int, texts: list[str]) -> int:
        """A line of a table; cells are wrapped."""
        column = (self.width - 2 * self.size) // len(texts)
        ends = [
            self._wrapped(pen, y, text, self.face(self.size), colours["ink"], self.size + column * number, column)
            for number, text in enumerate(texts)
        ]
        pen.line((self.size, max(ends), self.width - self.size, max(ends)), fill=colours["line"])
        return max(ends)

    def _wrapped(
        self,
        pen: ImageDraw.ImageDraw,
        y: int,
        text: str,
        face: ImageFont.FreeTypeFont,
        colour: str,
        x: int | None = None,
        room: int | None = None,
    ) -> int:
        x, room = x or self.size, (room or self.width - self.size) - self.size
        line = ""
        for word in text.split():
            if line and face.getlength(f"{line} {word}") > room:
                pen.text((x, y), line, colour, face)
                y, line = y + int(face.size * 1.4), word
            else:
                line = f"{line} {word}".strip()
        pen.text((x, y), line, colour, face)
        return y + int(face.size * 1.5)


# --- what a camera and a messenger do to a picture ------------------------------------------------------------------


Change = Callable[[Image.Image], Image.Image]


def rotated(degrees: float) -> Change:
    return lambda image: image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#303030")


def blurred(radius: float) -> Change:
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))


def moire(strength: float) -> Change:
    """Fine stripes and grain, as on a photo of a monitor, under uneven light."""

    def change(image: Image.Image) -> Image.Image:
        width, height = image.size
        tile = Image.new("L", (7, 5), 255)
        dim = int(255 - 255 * strength)
        for x in range(7):
            tile.putpixel((x, (x * 2) % 5), dim)
        stripes = Image.new("L", image.size)
        for x in range(0, width, 7):
            for y in range(0, height, 5):
                stripes.paste(tile, (x, y))
        grain = Image.effect_noise(image.size, 60 * strength).point(lambda value: min(255, value + 110))
        light = Image.linear_gradient("L").resize(image.size).point(lambda value: 170 + value // 3)
        for layer in (stripes, grain, light):
            image = ImageChops.multiply(image, Image.merge("RGB", (layer, layer, layer)))
        return image

    return change


def framed(image: Image.Image) -> Image.Image:
    """The monitor's dark edge and the desk around it."""
    width, height = image.size
    edge = width // 18
    frame = Image.new("RGB", (width + 4 * edge, height + 4 * edge), "#8a7a66")
    frame.paste("#111111", (edge, edge, width + 3 * edge, height + 3 * edge))
    frame.paste(image, (2 * edge, 2 * edge))
    return frame


def scaled(width: int) -> Change:
    return lambda image: image.resize((width, image.height * width // image.width), Image.Resampling.LANCZOS)


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


# --- screens --------------------------------------------------------------------------------------------------------


def not_found(code: str) -> list[Item]:
    return [
        ("bar", "CỔNG DỊCH VỤ CÔNG QUỐC GIA"),
        ("title", "Tra cứu hồ sơ"),
        ("button", "Tra cứu theo mã hồ sơ", "Tra cứu theo cơ quan thực hiện"),
        ("box", "Mã hồ sơ *", code),
        ("box", "Mã bảo mật *", "x7k2q"),
        ("button", "Tra cứu"),
        ("text", "Không tìm thấy hồ sơ nào thoả mãn điều kiện tìm kiếm"),
    ]


def dossier(code: str, state: str) -> list[Item]:
    return [
        ("bar", "HỆ THỐNG THÔNG TIN GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH TỈNH ĐỒNG THÁP"),
        ("title", "Thông tin chi tiết hồ sơ"),
        ("field", "Mã hồ sơ", code),
        ("field", "Hình thức nộp hồ sơ", "Trực tuyến"),
        ("field", "Ngày tiếp nhận", "24/09/2024 08:15:32"),
        ("field", "Thời hạn giải quyết", "10 ngày làm việc"),
        ("field", "Ngày hẹn trả", "08/10/2024 17:00:00"),
        ("field", "Sử dụng VNPOST", "Không"),
        ("field", "Trạng thái đồng bộ DVCQG", state, "coloured"),
        ("button", "Đồng bộ lại"),
    ]


def not_there(words: str = "HTTP Status 404 – Not Found") -> list[Item]:
    return [
        ("title", words),
        ("field", "Type", "Status Report"),
        ("field", "Message", "/web/mot-cua"),
        ("text", "The origin server did not find a current representation for the target resource or is not willing "
         "to disclose that one exists."),
        ("text", "Apache Tomcat/9.0.58"),
    ]  # fmt: skip


def interlinked(code: str) -> list[Item]:
    return [
        ("bar", "DỊCH VỤ CÔNG LIÊN THÔNG"),
        ("title", "Tra cứu hồ sơ"),
        ("field", "Thủ tục hành chính", "Liên thông thủ tục hành chính về đăng ký khai sinh,"),
        ("text", "đăng ký thường trú, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi"),
        ("field", "Mã hồ sơ liên thông", code),
        ("field", "Trạng thái hồ sơ liên thông", "Mới đăng ký"),
        ("row", "STT", "Thủ tục đơn", "Mã hồ sơ đơn", "Trạng thái", "Ngày tiếp nhận"),
        ("row", "1", "Đăng ký khai sinh", "", "Đã gửi hồ sơ", ""),
        ("row", "2", "Đăng ký thường trú", "", "", ""),
    ]


def password() -> list[Item]:
    return [
        ("bar", "Thư   Lịch   Mọi người   Tác vụ"),
        ("title", "Thay đổi mật khẩu"),
        ("text", "Nhập mật khẩu hiện tại của bạn, nhập mật khẩu mới và nhập lại để xác nhận. Sau khi lưu, bạn có thể "
         "cần nhập lại tên người dùng và mật khẩu của bạn và đăng nhập lại."),
        ("box", "Tên miền\\tên người dùng", "DONGTHAP\\canbo"),
        ("box", "Mật khẩu hiện tại", "••••••••"),
        ("box", "Mật khẩu mới", ""),
        ("box", "Xác nhận mật khẩu mới", ""),
    ]  # fmt: skip


def process() -> list[Item]:
    return [
        ("bar", "Quản trị dữ liệu"),
        ("title", "opencps_serviceprocess"),
        ("button", "THÔNG TIN QUY TRÌNH", "BƯỚC", "THAO TÁC"),
        ("row", "STT", "Tên thao tác", "Mã thao tác", "Bước sau"),
        ("row", "1", "Tiếp nhận hồ sơ", "1100", "Bàn giao thụ lý hồ sơ"),
        ("row", "2", "Luân chuyển", "2000", "Chuyên viên thụ lý hồ sơ"),
        ("box", "Yêu cầu thanh toán", "Yêu cầu quyết toán phí"),
        ("box", "Chuỗi cấu hình tính phí", ""),
    ]


def template() -> list[Item]:
    return [
        ("bar", "Quản trị dữ liệu"),
        ("title", "opencps_dossiertemplate"),
        ("box", "Mã mẫu hồ sơ", "MAU_2.000331"),
        ("button", "Thành phần hồ sơ", "Xoá bản ghi"),
        ("row", "Mã thành phần", "Tên thành phần", "Kiểu thành phần"),
        ("row", "TP1", "Đơn đề nghị", "Giấy tờ nộp vào"),
        ("row", "TP99", "Tài liệu khác", ""),
    ]


# --- none of the bot's business -------------------------------------------------------------------------------------


def meeting() -> list[Item]:
    return [
        ("title", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("title", "Độc lập - Tự do - Hạnh phúc"),
        ("title", "GIẤY MỜI"),
        ("text", "Kính gửi: Công chức bộ phận một cửa, công chức tư pháp - hộ tịch"),
        ("text", "Uỷ ban nhân dân xã trân trọng kính mời dự họp triển khai giải quyết thủ tục hành chính, thanh toán "
         "trực tuyến và hướng dẫn khắc phục các lỗi thường gặp trên Hệ thống."),
        ("field", "Thời gian", "08 giờ 00, ngày 05/11/2024"),
        ("field", "Địa điểm", "Hội trường Uỷ ban nhân dân xã"),
    ]  # fmt: skip


def receipt(code: str) -> list[Item]:
    return [
        ("title", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("title", "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"),
        ("field", "Mã hồ sơ", code),
        ("field", "Số điện thoại", "0912 345 678"),
        ("field", "Số CCCD", "087 123 456 789"),
        ("text", "Thời gian nhận hồ sơ: 09 giờ 10 phút. Trả kết quả tại Bộ phận một cửa, đã thanh toán lệ phí."),
    ]


def news() -> list[Item]:
    return [
        ("bar", "Báo điện tử"),
        ("title", "Đồng Tháp đẩy mạnh dịch vụ công trực tuyến, 95 % hồ sơ trả đúng hạn"),
        ("text", "Tỉnh đang nâng cấp Hệ thống thông tin giải quyết thủ tục hành chính, kết nối Cổng Dịch vụ công quốc "
         "gia; người dân nộp hồ sơ, thanh toán trực tuyến và ký số ngay tại nhà."),
        ("text", "Trước đây nhiều hồ sơ bị lỗi đồng bộ, nay đã được khắc phục."),
    ]  # fmt: skip


def guide_page() -> list[Item]:
    """The guide itself, which names every error."""
    return [
        ("title", "HƯỚNG DẪN XỬ LÝ NHANH CÁC LỖI PHÁT SINH"),
        ("text", "1. Lỗi thanh toán: kết quả thu về “Không tìm thấy hồ sơ nào thoả mãn điều kiện tìm kiếm”. Vào chi "
         "tiết hồ sơ bị lỗi thanh toán, nhấn nút Đồng bộ lại."),
        ("text", "2. Đăng nhập, hệ thống báo lỗi 404: xóa lịch sử trình duyệt, chuyển sang trình duyệt khác."),
        ("text", "3. Ký số không được: kiểm tra xem cắm USB ký số vào máy tính đã nhận được tín hiệu hay chưa."),
        ("text", "Kính gửi cán bộ, công chức bộ phận một cửa nghiên cứu, thực hiện."),
    ]  # fmt: skip


def cake(size: int = 900) -> Image.Image:
    image = Image.new("RGB", (size, size * 3 // 4), "#f6dfc8")
    pen = ImageDraw.Draw(image)
    middle = size // 2
    pen.ellipse((middle - size // 3, size // 3, middle + size // 3, size * 2 // 3), fill="#fffaf0", outline="#d8a070")
    for number in range(7):
        x = middle - size // 4 + number * size // 12
        pen.rectangle((x, size // 5, x + size // 60, size * 2 // 5), fill="#e05070")
        pen.ellipse((x - 4, size // 5 - 24, x + size // 60 + 4, size // 5), fill="#ffb020")
    pen.text((middle - size // 5, size // 2), "Chúc mừng sinh nhật", "#b02050", font(size // 26, bold=True))
    return image


def landscape(seed: int) -> Image.Image:
    """Colours without a word."""
    chance = random.Random(seed)
    image = Image.new("RGB", (1280, 860), "#87b5de")
    pen = ImageDraw.Draw(image)
    for _ in range(120):
        x, y, r = chance.randrange(1280), chance.randrange(400, 860), chance.randrange(20, 120)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(chance.randrange(90), chance.randrange(90, 190), 60))
    return image.filter(ImageFilter.GaussianBlur(3))


SAMPLES: Final[Mapping[str, Callable[[], Image.Image]]] = {
    "sync-failed": lambda: Page(1366, 15).draw(dossier("H20.24.16-240821-0063", "Thất bại")),
    "no-such-date": lambda: Page(1366, 15).draw(dossier("H20.24.16-241321-0063", "Thất bại")),
    "not-found": lambda: Page(1366, 15).draw(not_found("H20.27.21-240924-0099")),
    "misread": lambda: Page(1366, 15).draw(not_found("H20.27.21-240924-0098")),
    "404": lambda: Page(1280, 16).draw(not_there()),
    "cake": cake,
    "meeting": lambda: Page(1200, 20).draw(meeting()),
    "receipt": lambda: Page(1200, 20).draw(receipt("H20.27.21-240924-0099")),
}
"""By the names that scenarios call them."""
