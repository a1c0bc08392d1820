"""The pages as supervisors and technicians use them, in a real browser, over the real service."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from playwright.async_api import Page

from tests.browser import opened
from tests.scenarios.runner import ALWAYS_OPEN, Player, service

FILTERS = {"q=chuyen+nham": 1, "q=H20.29.15-241120": 1, "intent=payment": 0, "state=resolved": 0}
PATHS = ("/dashboard/day", "/dashboard/cases", "/dashboard/tickets", "/dashboard/tickets/1")
COMPLAINTS = """
> Lan: hs H20.27.21-240924-0099 không thanh toán được
< Đồng bộ lại
> Lan: được rồi
< xong
> Khôi: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp em =1+2
< phiếu #1
< Phiếu #1
"""
MORE_COMPLAINTS = """
> Tâm: /nhan 1
< Quốc Tâm đã nhận
< Anh/chị đã nhận phiếu #1
> Tâm: /xong 1 đã kéo về bước trước
< đã kéo về bước trước
< #1
> Lan: hs H20.27.21-240924-0099 lại không thanh toán được rồi
< Đồng bộ thành công
"""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Player]:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        player = Player(running)
        await player.play(COMPLAINTS)
        yield player


async def _link(desk: Player, who: str) -> str:
    await desk._line(f"> {who}!: /bang")
    (said,) = desk.unheard
    desk.unheard.clear()
    return str(re.findall(r"http\S+", said["text"])[0])


async def _enter(desk: Player, page: Page, who: str) -> None:
    await page.goto(await _link(desk, who))
    await page.get_by_role("button", name="Vào trang").click()
    await page.wait_for_load_state()


async def test_a_supervisor_gets_in_by_a_link_that_works_once_and_finds_the_complaints_behind_a_number(
    desk: Player,
) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page:
        link = await _link(desk, "Hà")
        await page.goto(link)
        await page.get_by_role("button", name="Vào trang").click()
        await page.get_by_role("heading", name="Thống kê").wait_for()
        assert await page.locator(".figures dd").first.inner_text() == "2"
        chart = page.locator("img.chart").first
        await chart.scroll_into_view_if_needed()
        await page.wait_for_load_state("networkidle")
        assert await chart.evaluate("image => image.naturalWidth") > 400
        row = page.get_by_role("row", name="hồ sơ chuyển nhầm")
        await row.get_by_role("link").last.click()
        assert await page.locator("tbody tr").count() == 1
        assert "đang ở kỹ thuật" in await page.locator("tbody tr").inner_text()
        await page.goto(link)
        await page.get_by_role("button", name="Vào trang").click()
        assert "đã dùng" in await page.locator("h1").inner_text()


async def test_a_months_report_is_one_page_for_print_with_the_time_to_the_first_answer(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page:
        await _enter(desk, page, "Hà")
        await page.get_by_role("link", name="Báo cáo tháng").click()
        today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
        assert f"Báo cáo tháng {today:%m/%Y}" in await page.locator("h1").inner_text()
        figures = await page.locator(".figures").inner_text()
        assert re.search(r"Tới câu trả lời đầu tiên\s+\d giây", figures), figures
        assert "2 phản ánh" in figures
        await page.emulate_media(media="print")
        assert not await page.locator(".quick").is_visible()
        assert await page.get_by_role("heading", name="Theo lỗi", exact=True).is_visible()
        missing = await page.goto(f"{base}/dashboard/month/2026-13")
        assert missing is not None
        assert missing.status == 404


async def test_a_unit_is_opened_level_by_level_down_to_its_complaints(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page:
        await _enter(desk, page, "Hà")
        await page.get_by_role("link", name="H20.27", exact=True).click()
        assert "H20.27" in await page.locator("h1").inner_text()
        assert await page.locator(".figures dd").first.inner_text() == "1"
        assert await page.get_by_role("row", name="hồ sơ chuyển nhầm").count() == 0
        await page.get_by_role("link", name="H20.27.21", exact=True).click()
        assert await page.locator(".figures dd").first.inner_text() == "1"
        await page.get_by_label("Phản ánh: 1").click()
        assert "H20.27.21-240924-0099" in await page.locator("tbody tr").inner_text()
        await page.goto(f"{base}/dashboard/tickets?unit=h20.29")
        assert await page.locator("tbody tr").count() == 1
        await page.goto(f"{base}/dashboard/tickets?unit=H20.2")
        assert await page.locator("tbody tr").count() == 0


async def test_times_stand_beside_their_targets(desk: Player) -> None:
    await desk._line("> Tâm: /nhan 1")
    desk.unheard.clear()
    http = desk.service.http
    await http.post(await _link(desk, "Hà"))
    page = (await http.get("/dashboard/day")).text
    row = re.findall(r"<tr><th scope=\"row\">hồ sơ chuyển nhầm</th>(.*?)</tr>", page, re.S)[-1]
    cells = [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td>(.*?)</td>", row, re.S)]
    assert all(re.fullmatch(r"\d giây", each) for each in cells[:2])
    assert cells[2] == "10 giây"
    assert cells[3:5] == ["0:00", "0:00"]
    assert re.fullmatch(r"\d+:\d\d", cells[5])


async def test_every_number_of_the_day_page_leads_to_as_many_complaints_or_tickets(desk: Player) -> None:
    await desk.play(MORE_COMPLAINTS)
    http = desk.service.http
    await http.post(await _link(desk, "Hà"))
    page = (await http.get("/dashboard/day")).text
    numbers = [
        (unescape(address), int(text))
        for address, text in re.findall(r'href="(/dashboard/(?:cases|tickets)\?[^"]*)"[^>]*>(\d+)</a>', page)
    ]
    assert {address.partition("?")[0] for address, _ in numbers} == {"/dashboard/cases", "/dashboard/tickets"}
    assert any("returned=1" in address for address, _ in numbers)
    for address, number in numbers:
        listed = (await http.get(address)).text
        assert len(re.findall(r"<tr", listed)) - 1 == number, address


async def test_tickets_that_were_solved_are_listed_with_how_long_it_took(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    await desk.play(MORE_COMPLAINTS)
    async with opened(base) as page:
        await _enter(desk, page, "Hà")
        await page.locator(".figures div", has_text="Phiếu xử lý xong").get_by_role("link", name="1").first.click()
        assert "Xong sau" in await page.locator("thead").inner_text()
        assert re.search(r"#1\s.*0:00", await page.locator("tbody tr").inner_text(), re.S)
        await page.get_by_label("Đơn vị").fill("H20.27")
        await page.get_by_role("button", name="Lọc").click()
        assert await page.get_by_text("Không có phiếu nào như vậy.").is_visible()


async def test_a_ticket_is_claimed_and_resolved_on_the_board_and_the_chat_hears_it(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page, opened(base) as other:
        await _enter(desk, page, "Tâm")
        await _enter(desk, other, "Hà")
        await other.goto(f"{base}/dashboard/tickets")
        assert "chờ nhận" in await other.locator("tbody tr").inner_text()
        await page.get_by_role("link", name="#1").click()
        await page.get_by_role("button", name="Nhận phiếu").click()
        assert "đã nhận phiếu #1" in await page.get_by_role("status").inner_text()
        await other.get_by_text("đã nhận · ").wait_for()
        await page.get_by_label("Cách xử lý").fill("đã kéo về bước trước")
        await page.get_by_role("button", name="Xong", exact=True).click()
        assert "xử lý xong" in await page.locator(".history").inner_text()
    await desk._settle()
    told = [message["text"] for message in desk.unheard]
    assert any("đã nhận" in text for text in told)
    assert any("đã kéo về bước trước" in text for text in told)
    assert len(told) == 2, "the one who clicked is answered on the page, not in the chat"


async def test_a_refused_action_says_why(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page, opened(base) as other:
        for each, who in ((page, "Tâm"), (other, "Hà")):
            await _enter(desk, each, who)
            await each.goto(f"{base}/dashboard/tickets/1")
        await page.route("**/dashboard/events", lambda route: route.abort())
        await other.get_by_role("button", name="Nhận phiếu").click()
        await page.get_by_role("button", name="Nhận phiếu").click()
        assert "đã có" in await page.get_by_role("status").inner_text()


async def test_tickets_are_found_by_state_error_and_words(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page:
        await _enter(desk, page, "Tâm")
        for query, count in FILTERS.items():
            await page.goto(f"{base}/dashboard/tickets?{query}")
            assert await page.locator("tbody tr").count() == count, query


async def test_technicians_see_no_statistics_and_others_see_nothing(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page:
        await _enter(desk, page, "Tâm")
        answer = await page.goto(f"{base}/dashboard/day")
        assert answer is not None
        assert answer.status == 403
        await desk._line("> Hà: /vaitro {Tâm} canbo")
        answer = await page.goto(f"{base}/dashboard/tickets")
        assert answer is not None
        assert answer.status == 403, "the role counts at the moment of the request"
    assert (await desk.service.http.get("/dashboard/tickets")).status_code == 403
    desk.unheard.clear()
    await desk._line("> Lan!: /bang")
    assert "dành cho" in desk.unheard[0]["text"]


async def test_bang_thoat_ends_every_session_and_a_group_is_told_no_link(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base) as page:
        await _enter(desk, page, "Hà")
        unused = await _link(desk, "Hà")
        await desk._line("> Hà!: /bang thoát")
        assert (await desk.service.http.post(unused)).status_code == 403, "a link of before lets nobody in"
        answer = await page.goto(f"{base}/dashboard/day")
        assert answer is not None
        assert answer.status == 403
    desk.unheard.clear()
    await desk._line("> Hà: /bang")
    in_group = [message["text"] for message in desk.unheard if message["chat"] == desk.world.group_id]
    assert "nhắn riêng" in in_group[0]
    assert "http" not in in_group[0]


async def test_a_form_from_another_site_changes_nothing(desk: Player) -> None:
    http = desk.service.http
    link = await _link(desk, "Tâm")
    entered = await http.post(link)
    assert "httponly" in entered.headers["set-cookie"].lower()
    assert "samesite=lax" in entered.headers["set-cookie"].lower()
    refused = await http.post("/dashboard/tickets/1", data={"action": "nhan"})
    assert refused.status_code == 403
    assert "Nhận phiếu" in (await http.get("/dashboard/tickets/1")).text


async def test_figures_and_tickets_open_in_a_spreadsheet_without_formulas(desk: Player) -> None:
    http = desk.service.http
    await http.post(await _link(desk, "Hà"))
    book = load_workbook(io.BytesIO((await http.get("/dashboard/export/day.xlsx")).content))
    assert book.sheetnames == ["Theo lỗi", "Theo đơn vị", "Theo giờ", "Thời gian", "Sự cố", "90 ngày"]
    rows = list(book["Theo lỗi"].iter_rows(values_only=True))
    assert rows[0][:2] == ("Lỗi", "Phản ánh")
    assert {row[0]: row[1] for row in rows[1:]} == {"lỗi thanh toán": 1, "hồ sơ chuyển nhầm": 1}
    hours = {row[0]: row[1] for row in book["Theo giờ"].iter_rows(min_row=2, values_only=True)}
    assert (len(hours), sum(hours.values())) == (24, 2)
    units = (await http.get("/dashboard/export/day.csv?sheet=units")).content.decode("utf-8-sig")
    assert {row["Đơn vị"]: row["Phản ánh"] for row in csv.DictReader(io.StringIO(units))} == {
        "H20.27.21": "1",
        "H20.29.15": "1",
    }
    tickets = load_workbook(io.BytesIO((await http.get("/dashboard/tickets.xlsx")).content)).active
    assert tickets is not None
    assert isinstance(tickets.cell(2, 2).value, datetime)
    assert tickets.cell(2, 8).data_type == "s"
    text = (await http.get("/dashboard/export/cases.csv")).content.decode("utf-8-sig")
    assert [row["Kết quả"] for row in csv.DictReader(io.StringIO(text))] == ["tự làm được", "đang ở kỹ thuật"]


async def test_every_page_can_be_used_with_keyboard_and_screen_reader_and_on_a_phone(desk: Player) -> None:
    base = str(desk.service.http.base_url)
    async with opened(base, width=390, height=844) as page:
        await _enter(desk, page, "Hà")
        for path in PATHS:
            await page.goto(f"{base}{path}")
            assert await page.locator("html").get_attribute("lang") == "vi"
            assert await page.locator("h1").count() == 1
            unnamed = "all => all.filter(e => e.type !== 'hidden' && !e.labels?.length && !e.textContent.trim()).length"
            assert await page.locator("input, select, button").evaluate_all(unnamed) == 0
            assert await page.locator("img:not([alt])").count() == 0
            assert await page.locator("th:not([scope])").count() == 0
            wider = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, "the page itself does not scroll sideways"
            await page.keyboard.press("Tab")
            assert await page.evaluate("() => document.activeElement.className") == "skip"
