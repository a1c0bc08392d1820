"""More pictures, of kinds that nobody had in mind when the `[[screens]]` were written: whole desktops, fields in
columns, other browsers' error pages, slanted and glaring photos; and counter-examples that come close."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import cycle, islice
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from tests.reading import drawing as d
from tests.reading.drawing import Item

Colours = dict[str, str]


@dataclass
class Desktop(d.Page):
    """A browser window with its tabs and address, and whatever stands in it."""

    def _browser(self, pen: ImageDraw.ImageDraw, colours: Colours, y: int, texts: list[str]) -> int:
        row, small = self.size * 2, self.face(self.size * 4 // 5)
        pen.rectangle((0, 0, self.width, 2 * row), fill=colours["line"])
        pen.rectangle((row, self.size // 3, self.size * 18, row), fill=colours["page"])
        pen.text((row + self.size, self.size // 2), f"{texts[0]}  ×    +", colours["ink"], small)
        pen.rectangle((0, row, self.width, 2 * row), fill=colours["page"])
        pen.text((self.size, row + self.size // 2), f"←  →   {texts[1]}", colours["ink"], small)
        return 2 * row + self.size

    def _pair(self, pen: ImageDraw.ImageDraw, colours: Colours, y: int, texts: list[str]) -> int:
        """Two fields beside one another, each value in a column of its own."""
        end = 0
        for place, text in enumerate(texts):
            face = self.face(self.size, bold=place % 2 == 0)
            x = max(self.size + place * (self.width - 2 * self.size) // len(texts), end + self.size)
            pen.text((x, y), text, colours["ink"], face)
            end = x + int(face.getlength(text))
        return y + self.size * 7 // 4

    def _cells(self, pen: ImageDraw.ImageDraw, colours: Colours, y: int, texts: list[str]) -> int:
        """A table's row with lines around each cell."""
        end = self._row(pen, colours, y + self.size // 3, texts)
        column = (self.width - 2 * self.size) // len(texts)
        for number in range(len(texts) + 1):
            x = self.size + column * number - self.size // 3
            pen.line((x, y, x, end), fill=colours["line"])
        return end

    def _left(self, pen: ImageDraw.ImageDraw, colours: Colours, y: int, texts: list[str]) -> int:
        return self._bubble(pen, y, texts[0], self.size, "#dde6f3")

    def _right(self, pen: ImageDraw.ImageDraw, colours: Colours, y: int, texts: list[str]) -> int:
        return self._bubble(pen, y, texts[0], self.width // 4, "#cfe8ff")

    def _bubble(self, pen: ImageDraw.ImageDraw, y: int, text: str, x: int, colour: str) -> int:
        right = min(self.width - self.size, x + self.size * 2 + int(self.face(self.size).getlength(text)))
        pen.rounded_rectangle((x, y, right, y + self.size * 2), self.size, fill=colour)
        pen.text((x + self.size, y + self.size // 4), text, "#111111", self.face(self.size))
        return y + self.size * 2


# --- what is done to a picture --------------------------------------------------------------------------------------


def slanted(share: float) -> d.Change:
    """As seen from the side: the right edge is farther away."""

    def change(image: Image.Image) -> Image.Image:
        width, height = image.size
        gone = height * share
        corners = ((0, 0), (width, gone), (width, height - gone), (0, height))
        return image.transform(
            image.size, Image.Transform.PERSPECTIVE, _perspective(corners, width, height), Image.Resampling.BICUBIC,
            fillcolor="#404040",
        )  # fmt: skip

    return change


def _perspective(corners: Sequence[tuple[float, float]], width: int, height: int) -> list[float]:
    """Coefficients that take the corners of the result to those of the picture."""
    import numpy as np

    rows, wanted = [], []
    for (x, y), (u, v) in zip(corners, ((0, 0), (width, 0), (width, height), (0, height)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return [float(each) for each in np.linalg.solve(np.array(rows, float), np.array(wanted, float))]


def glaring(image: Image.Image) -> Image.Image:
    """A lamp that is mirrored in the monitor."""
    light = (
        Image.radial_gradient("L").resize((image.width // 2, image.height // 2)).point(lambda value: (255 - value) // 2)
    )
    layer = Image.new("RGB", image.size)
    layer.paste(Image.merge("RGB", (light, light, light)), (image.width // 2, 0))
    return ImageChops.screen(image, layer)


def ringed(image: Image.Image) -> Image.Image:
    """Somebody drew a red ring and an arrow on it."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    width, height = image.size
    pen.ellipse((width // 20, height // 2, width * 2 // 3, height * 4 // 5), outline="red", width=max(3, width // 300))
    pen.line((width * 5 // 6, height // 3, width * 2 // 3, height // 2), fill="red", width=max(3, width // 300))
    return image


def wavy(image: Image.Image) -> Image.Image:
    """Broad bands of light and dark, as between a camera's rows and a monitor's."""
    bands = Image.new("L", (1, image.height))
    bands.putdata([205 + round(50 * math.sin(y / 9)) for y in range(image.height)])
    band = bands.resize(image.size)
    return ImageChops.multiply(image, Image.merge("RGB", (band, band, band)))


# --- screens --------------------------------------------------------------------------------------------------------

PORTAL: Final = ("browser", "Cổng Dịch vụ công Quốc gia", "https://dichvucong.gov.vn/p/home/dvc-tra-cuu-ho-so.html")
ONE_DOOR: Final = ("browser", "Hệ thống một cửa", "https://motcua.dongthap.gov.vn/web/mot-cua/xu-ly-ho-so")


def searched(code: str) -> list[Item]:
    return [
        PORTAL,
        ("pair", "Trang chủ", "Thông tin và dịch vụ", "Thanh toán trực tuyến", "Phản ánh kiến nghị"),
        ("pair", "Tra cứu theo mã hồ sơ", "Tra cứu theo cơ quan thực hiện", "Tra cứu thông báo khuyến mại"),
        ("pair", "Mã hồ sơ *", code, "Mã bảo mật *", "k x 4 m p"),
        ("button", "Tra cứu"),
        ("text", "Không tìm thấy hồ sơ nào thỏa mãn điều kiện tìm kiếm."),
        ("text", "Tổng đài hỗ trợ: 18001096    Email: dichvucong@chinhphu.vn"),
    ]


def details(code: str) -> list[Item]:
    return [
        ONE_DOOR,
        ("pair", "Tên thủ tục", "Cấp bản sao trích lục hộ tịch"),
        ("pair", "Hình thức nộp hồ sơ", "Trực tuyến", "Mã hồ sơ", code),
        ("pair", "Ngày tiếp nhận", "21/08/2024", "Ngày hẹn trả", "26/08/2024"),
        ("pair", "Trạng thái đồng bộ DVCQG", "Thất bại", "Sử dụng VNPOST", "Không"),
        ("button", "Đồng bộ lại", "In phiếu", "Quay lại"),
    ]


def listed(code: str) -> list[Item]:
    """A dossier's page with tabs and a table under the fields."""
    return [
        ONE_DOOR,
        ("title", "Chi tiết hồ sơ"),
        ("field", "Mã hồ sơ", code),
        ("field", "Trạng thái đồng bộ DVCQG", "Thất bại", "coloured"),
        ("button", "Đồng bộ lại"),
        ("cells", "STT", "Tên thành phần", "Loại", "Tệp đính kèm"),
        ("cells", "1", "Tờ khai", "Giấy tờ nộp vào", "to-khai.pdf"),
        ("cells", "2", "Tài liệu khác", "", "anh-chup.jpg"),
    ]


def interlinked(code: str) -> list[Item]:
    return [
        ("browser", "Dịch vụ công liên thông", "https://lienthong.dichvucong.gov.vn/#/tra-cuu-ho-so"),
        ("pair", "Mã hồ sơ liên thông *", code, "Mã xác nhận *", "3fw8"),
        ("field", "Trạng thái hồ sơ liên thông", "Mới đăng ký"),
        ("cells", "STT", "Thủ tục đơn", "Mã hồ sơ đơn", "Trạng thái", "Ngày hẹn trả", "Ngày trả"),
        ("cells", "1", "Đăng ký khai sinh", "", "Đã gửi hồ sơ", "", ""),
        ("cells", "2", "Đăng ký thường trú", "", "", "", ""),
    ]


def chrome_404() -> list[Item]:
    return [
        ONE_DOOR,
        ("title", "Không tìm thấy trang này"),
        ("text", "Không tìm thấy trang web nào cho địa chỉ web: https://motcua.dongthap.gov.vn/web/mot-cua"),
        ("text", "HTTP ERROR 404"),
        ("button", "Tải lại"),
    ]


def nginx_404() -> list[Item]:
    return [("title", "404 Not Found"), ("text", "nginx/1.18.0 (Ubuntu)")]


def iis_404() -> list[Item]:
    return [
        ("title", "Server Error"),
        ("text", "404 - File or directory not found."),
        ("text", "The resource you are looking for might have been removed, had its name changed, or is temporarily "
         "unavailable."),
    ]  # fmt: skip


def refusal() -> list[Item]:
    return [
        ("browser", "Quản trị dữ liệu", "https://motcua.dongthap.gov.vn/group/quan-tri/du-lieu"),
        ("button", "THÔNG TIN QUY TRÌNH", "BƯỚC", "THAO TÁC"),
        ("pair", "Tên thao tác", "Từ chối tiếp nhận", "Mã thao tác", "4200"),
        ("pair", "Bước thực hiện thao tác", "Tiếp nhận hồ sơ trực tuyến"),
        ("pair", "Bước sau thực hiện thao tác", "Từ chối tiếp nhận hồ sơ"),
        ("pair", "Mã tài liệu tạo mới", "KQTC", "Phân công người thực hiện", "Không phân công"),
        ("button", "Cập nhật"),
    ]


def fees() -> list[Item]:
    return [
        ("browser", "Quản trị dữ liệu", "https://motcua.dongthap.gov.vn/group/quan-tri/du-lieu"),
        ("pair", "Tên thao tác", "Tiếp nhận hồ sơ", "Mã thao tác", "1100"),
        ("pair", "Yêu cầu thanh toán", "Yêu cầu quyết toán phí"),
        ("box", "Chuỗi cấu hình tính phí", '{"api": "", "bank": false, "keypay": false, "editable": 3}'),
        ("button", "Cập nhật"),
    ]


def mailbox() -> list[Item]:
    return [
        ("browser", "Thay đổi mật khẩu", "https://mail.dongthap.gov.vn/ecp/PersonalSettings/Password.aspx"),
        ("title", "mật khẩu"),
        ("text", "Nhập mật khẩu hiện tại của bạn, nhập mật khẩu mới và nhập lại để xác nhận."),
        ("pair", "Tên miền\\tên người dùng:", "DONGTHAP\\motcua.xa"),
        ("pair", "Mật khẩu hiện tại:", "••••••"),
        ("pair", "Xác nhận mật khẩu mới:", "••••••"),
        ("bad", "Mật khẩu bạn nhập không đáp ứng được yêu cầu tối thiểu về bảo mật."),
    ]


def scanned() -> list[Item]:
    return [
        ("browser", "Quản trị dữ liệu", "https://motcua.dongthap.gov.vn/group/quan-tri/du-lieu"),
        ("title", "Bảng dữ liệu / opencps_dossiertemplate"),
        ("cells", "Mã thành phần", "Tên thành phần", "Kiểu thành phần"),
        ("cells", "TP01", "Tờ khai theo mẫu", "Giấy tờ nộp vào"),
        ("cells", "TP99", "Tài liệu khác", "Chọn"),
    ]


# --- none of the bot's business -------------------------------------------------------------------------------------


def chat() -> list[Item]:
    """A picture of other people's talk about errors."""
    return [
        ("bar", "Nhóm gia đình"),
        ("left", "máy em bị lỗi 404 rồi ad ơi"),
        ("right", "thử Ctrl+Shift+R chưa"),
        ("left", "đồng bộ lại thất bại hoài hà"),
        ("right", "mai lên cơ quan coi cho"),
    ]


def joke() -> list[Item]:
    return [("title", "LỖI 404"), ("title", "NGƯỜI YÊU KHÔNG TÌM THẤY"), ("text", "Tháng lương này tìm mãi không ra")]


def sheet() -> list[Item]:
    return [
        ("cells", "STT", "Mã hồ sơ", "Lĩnh vực", "Ghi chú"),
        ("cells", "1", "H20.27.21-240924-0099", "Hộ tịch", "trễ hạn"),
        ("cells", "2", "H20.27.21-240924-0102", "Đất đai", "đúng hạn"),
        ("cells", "3", "H20.27.21-240925-0003", "Hộ tịch", "đã trả"),
        ("cells", "", "Tổng cộng", "3 hồ sơ", ""),
    ]


def letter() -> list[Item]:
    return [
        ("title", "UBND TỈNH ĐỒNG THÁP"),
        ("text", "Số: 1204/VP-KSTT      Đồng Tháp, ngày 05 tháng 11 năm 2024"),
        ("text", "V/v khắc phục lỗi đồng bộ hồ sơ lên Cổng Dịch vụ công quốc gia"),
        ("text", "Thời gian qua, một số hồ sơ có trạng thái đồng bộ Thất bại khi thanh toán trực tuyến. Đề nghị các "
         "đơn vị rà soát, báo cáo số lượng trước ngày 10 tháng 11 năm 2024./."),
        ("text", "Nơi nhận: như trên; lưu VT."),
    ]  # fmt: skip


def slide() -> list[Item]:
    return [
        ("title", "TẬP HUẤN CHUYỂN ĐỔI SỐ"),
        ("text", "• Đăng nhập một cửa bằng tài khoản công vụ"),
        ("text", "• Ký số, số hoá thành phần hồ sơ"),
        ("text", "• Thanh toán trực tuyến, đồng bộ lại khi trạng thái đồng bộ thất bại"),
        ("text", "• Lỗi 404: xoá lịch sử trình duyệt"),
    ]


def paid() -> list[Item]:
    return [
        PORTAL,
        ("title", "Kết quả tra cứu"),
        ("cells", "Tên hồ sơ", "Trạng thái", "Mã HS", "Đơn vị thực hiện", "Ngày nộp"),
        ("cells", "Trích lục khai sinh", "Đã trả kết quả", "H20.27.21-240924-0099", "UBND xã", "24/09/2024"),
    ]


def notice() -> list[Item]:
    return [
        ("title", "THÔNG BÁO"),
        ("text", "Hệ thống tạm dừng từ 20 giờ ngày 05/11 để nâng cấp. Trong thời gian này trang có thể báo lỗi hoặc "
         "không truy cập được, mong cán bộ thông cảm."),
    ]  # fmt: skip


def bill() -> list[Item]:
    return [
        ("title", "QUÁN CƠM TẤM SỐ 404"),
        ("cells", "Món", "SL", "Tiền"),
        ("cells", "Cơm sườn", "2", "80.000"),
        ("cells", "Trà đá", "2", "6.000"),
        ("text", "Đã thanh toán. Cảm ơn quý khách!"),
    ]


def door() -> list[Item]:
    return [("title", "PHÒNG 404"), ("text", "Bộ phận một cửa")]


# --- drawn after the screens were mended by all of the above, and not mended by --------------------------------------


def quiz() -> list[Item]:
    return [
        ("title", "Câu 12. Mã trạng thái HTTP 404 có nghĩa là gì?"),
        ("text", "A. Không tìm thấy tài nguyên     B. Máy chủ quá tải"),
        ("text", "C. Không có quyền truy cập     D. Thành công"),
    ]


def backup() -> list[Item]:
    return [
        ("bar", "Sao lưu và khôi phục"),
        ("field", "Lần sao lưu gần nhất", "05/11/2024 21:14"),
        ("field", "Trạng thái sao lưu", "Thất bại", "coloured"),
        ("field", "Đồng bộ danh bạ", "Thất bại", "coloured"),
        ("button", "Thử lại"),
    ]


def transfer() -> list[Item]:
    return [
        ("title", "Giao dịch thành công"),
        ("field", "Số tiền", "1.250.000 VND"),
        ("field", "Nội dung", "THANH TOAN LE PHI HO SO"),
        ("field", "Mã giao dịch", "FT24309128374"),
    ]


def lost() -> list[Item]:
    return [
        ("title", "TÌM VÍ RƠI"),
        ("text", "Em làm rơi ví ở chợ Cao Lãnh, tìm mãi không tìm thấy. Hồ sơ, giấy tờ trong ví mang tên em. Ai nhặt "
         "được cho em xin lại, em hậu tạ."),
    ]  # fmt: skip


def report() -> list[Item]:
    return [
        ("title", "Tình hình giải quyết hồ sơ tuần 44"),
        ("cells", "Đơn vị", "Tiếp nhận", "Đúng hạn", "Trễ hạn", "Đồng bộ thất bại"),
        ("cells", "Xã A", "112", "110", "2", "0"),
        ("cells", "Xã B", "98", "91", "7", "3"),
    ]


def program() -> list[Item]:
    return [
        ("text", "app.use((req, res) => {"),
        ("text", "    res.status(404).send('Trang này hổng có nha');"),
        ("text", "});"),
    ]


def weather() -> list[Item]:
    return [
        ("title", "Cao Lãnh 31°"),
        ("text", "Mưa rào rải rác, gió đông nam cấp 3"),
        ("text", "T6 30°   T7 29°   CN 32°"),
    ]


# --- all of them ----------------------------------------------------------------------------------------------------

Make = Callable[[str], list[Item]]
ERRORS: Final[tuple[tuple[str, Make, str, bool], ...]] = (
    ("searched", searched, "payment", True),
    ("details", details, "payment", True),
    ("listed", listed, "payment", True),
    ("interlinked", interlinked, "interlinked-3in1", True),
    ("chrome 404", lambda _: chrome_404(), "login-404", False),
    ("nginx 404", lambda _: nginx_404(), "login-404", False),
    ("iis 404", lambda _: iis_404(), "login-404", False),
    ("refusal", lambda _: refusal(), "rejection-attachment", False),
    ("fees", lambda _: fees(), "payment-config", False),
    ("mailbox", lambda _: mailbox(), "password-change", False),
    ("scanned", lambda _: scanned(), "digitization-score", False),
)
"""Name, how it is drawn, the error, and whether its code can be read."""

OTHERS: Final[tuple[tuple[str, Callable[[], list[Item]]], ...]] = (
    ("chat", chat), ("joke", joke), ("sheet", sheet), ("letter", letter), ("slide", slide), ("paid", paid),
    ("notice", notice), ("bill", bill), ("door", door),
)  # fmt: skip
LAST_OTHERS: Final[tuple[tuple[str, Callable[[], list[Item]]], ...]] = (
    ("quiz", quiz), ("backup", backup), ("transfer", transfer), ("lost", lost), ("report", report),
    ("program", program), ("weather", weather),
)  # fmt: skip

CODES: Final = ("H20.41.06-250903-0417", "G22.99.08-251015-1188", "H20.25.30-241209-0005", "H20.36.11-250228-1042")
LAST_CODES: Final = ("H20.28.19-250617-0350", "G22.88.07-250107-6649", "H20.30.09-241130-0728")

Taken = Callable[[list[Item]], bytes]


def _portrait(items: list[Item]) -> bytes:
    """A phone held upright, whose picture says in its EXIF that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Desktop(1080, 22).draw(items).rotate(90, expand=True)
    file = BytesIO()
    image.save(file, "JPEG", quality=75, exif=exif)
    return file.getvalue()


WAYS: Final[tuple[tuple[str, Taken], ...]] = (
    ("desktop of 1920 px", lambda items: d.png(Desktop(1920, 15).draw(items))),
    ("slanted photo", lambda items: d.jpeg(slanted(0.06)(d.framed(Desktop(1700, 20).draw(items))), 70)),
    ("dark, serif", lambda items: d.png(Desktop(1366, 17, dark=True, family="serif").draw(items))),
    ("sent twice, JPEG 40 % of 960 px", lambda items: d.jpeg(d.scaled(960)(Desktop(1366, 17).draw(items)), 40)),
    ("photo with glare, 2°", lambda items: d.jpeg(d.rotated(2)(glaring(d.framed(Desktop(1600, 19).draw(items)))), 60)),
    ("ringed in red", lambda items: d.jpeg(ringed(Desktop(1280, 16).draw(items)), 80)),
    ("photo with bands, -3°", lambda items: d.jpeg(d.rotated(-3)(wavy(Desktop(1800, 22).draw(items))), 60)),
    ("upright phone, by EXIF", _portrait),
    ("moire, slanted, blurred", lambda items: d.jpeg(
        d.blurred(0.8)(d.moire(0.2)(slanted(0.04)(Desktop(1700, 22).draw(items)))), 60)),
    ("2560 px", lambda items: d.png(Desktop(2560, 22).draw(items))),
    ("small letters on 1920 px", lambda items: d.png(Desktop(1920, 13).draw(items))),
    ("small letters, JPEG 75 %", lambda items: d.jpeg(Desktop(1536, 13).draw(items), 75)),
    ("phone, 480 px", lambda items: d.jpeg(d.scaled(480)(Desktop(720, 20).draw(items)), 70)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    draw: Callable[[], bytes]
    intent: str | None
    """None: none of the bot's business."""
    code: str | None = None


def first() -> Iterator[Sample]:
    """Every screen in four ways, every counter-example in two."""
    yield from _errors(CODES, 0)
    yield from _others(OTHERS)


def last() -> Iterator[Sample]:
    """Drawn after the mending: the same screens with other codes and in other ways, and new counter-examples."""
    yield from _errors(LAST_CODES, 5)
    yield from _others(LAST_OTHERS)


def _errors(codes: Sequence[str], start: int) -> Iterator[Sample]:
    ways = islice(cycle(WAYS), start, None)
    for code in codes:
        for name, make, intent, has_code in ERRORS:
            way, taken = next(ways)
            yield Sample(f"{name}, {way}", partial(_drawn, taken, make, code), intent, code if has_code else None)
        next(ways)


def _others(others: Sequence[tuple[str, Callable[[], list[Item]]]]) -> Iterator[Sample]:
    ways = cycle(WAYS)
    for name, make in others:
        for _ in range(2):
            way, taken = next(ways)
            yield Sample(f"{name}, {way}", partial(_drawn, taken, make), None)
        next(ways)


def _drawn(taken: Taken, make: Callable[..., list[Item]], *code: str) -> bytes:
    return taken(make(*code))
