"""The knowledge holds what the guide says, says what is wrong in a file, and follows the files when they change."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from bot.language.check import check
from bot.language.explain import explain
from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.language.phrases import Mention, Phrases, load_phrases
from bot.language.reload import LiveKnowledge
from bot.language.shelf import Shelf
from bot.language.toml_file import KnowledgeError, Problems
from bot.model import IntentId, PersonId
from tests.language.conftest import INTENTS, RESPONSES
from tests.process import CACHE

GUIDE_FACTS = {
    "payment": [
        "Đồng bộ lại",
        "Thanh toán lại",
        "Thất bại",
        "Thành công",
        "https://dichvucong.gov.vn/p/home/dvc-tra-cuu-ho-so.html",
    ],
    "login-404": ["Ctrl+Shift+R", "ẩn danh", "trình duyệt khác", "lịch sử trình duyệt"],
    "digital-signature": [
        "USB",
        "tín hiệu",
        "còn hạn",
        "mở phần mềm ký số",
        "phiên bản thử nghiệm",
        "phiên bản chính thức",
    ],
    "misrouted": ["chuyển trả lại bước trước", "rà soát cán bộ"],
    "account-change": ["khoá tài khoản", "cấp bổ sung tài khoản mới"],
    "interlinked-3in1": [
        "5 phút",
        "5 – 10 phút",
        "https://lienthong.dichvucong.gov.vn/#/tra-cuu-ho-so",
        "trạng thái liên thông",
        "mã hồ sơ",
    ],
    "digitization-score": ["Mẫu hồ sơ", "Sửa", "Thành phần hồ sơ", "Tài liệu khác", "Giấy tờ nộp vào"],
    "payment-config": [
        "Quy trình thủ tục",
        "THAO TÁC",
        "Tiếp nhận hồ sơ",
        "cây bút",
        "Yêu cầu thanh toán",
        "Yêu cầu quyết toán phí",
        '{"api": "", "bank": false, "keypay": false, "editable": 3}',
        "1100",
        "2000",
        '"editable": 2',
    ],
    "rejection-attachment": [
        "Mẫu hồ sơ",
        "Thành phần hồ sơ",
        "(+)",
        "Ghi lại",
        "KQTC",
        "Văn bản từ chối",
        "Giấy tờ kết quả xử lý",
        "Quy trình",
        "Thao tác",
        "4200",
        "Cập nhật",
        "Từ chối tiếp nhận",
        "Tiếp nhận hồ sơ trực tuyến",
        "Từ chối tiếp nhận hồ sơ",
        "Không phân công",
        "Không thay đổi trạng thái",
        "Sở, ban, ngành",
        "quản trị của lĩnh vực phụ trách",
    ],
    "password-expired": ["https://mail.dongthap.gov.vn/"],
    "password-change": [
        "https://mail.dongthap.gov.vn/",
        "@dongthap.gov.vn",
        "góc phải",
        "Thay đổi mật khẩu",
        "chữ cái in hoa",
        "ký tự đặc biệt",
    ],
    "digitization-howto": [
        "Ký số",
        "Ký duyệt",
        "Sao văn bản điện tử",
        "Số hóa",
        "Đóng dấu phát hành",
        "Đính kèm file Idesk",
    ],
}
MARKS = ("**", "##", "```", "](", "<http")


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    intents, responses = tmp_path / "intents", tmp_path / "responses"
    shutil.copytree(INTENTS, intents)
    shutil.copytree(RESPONSES, responses)
    return intents, responses


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


@pytest.mark.parametrize("intent", GUIDE_FACTS)
def test_the_steps_hold_what_the_guide_says_and_no_markdown(knowledge: Knowledge, intent: str) -> None:
    steps = knowledge.intents[IntentId(intent)].steps({})
    assert [fact for fact in GUIDE_FACTS[intent] if fact not in steps] == []
    assert [mark for mark in MARKS if mark in steps] == []


def test_all_twelve_errors_are_known(knowledge: Knowledge) -> None:
    assert knowledge.intents.keys() == GUIDE_FACTS.keys()


def test_only_what_has_no_self_service_goes_straight_to_the_team(knowledge: Knowledge) -> None:
    assert {intent.id for intent in knowledge.intents.values() if intent.handover} == {"misrouted", "account-change"}


def test_a_branch_shows_only_its_own_steps(knowledge: Knowledge) -> None:
    howto = knowledge.intents[IntentId("digitization-howto")]
    scan = howto.steps({"vai-tro": "van-thu", "tai-lieu": "ban-scan"})
    assert "Sao văn bản điện tử" in scan
    assert "Ký duyệt" not in scan
    assert "Idesk" not in scan


def test_branch_facts_are_asked_for_in_order_and_only_where_they_matter(knowledge: Knowledge) -> None:
    howto = knowledge.intents[IntentId("digitization-howto")]
    first = howto.next_slot({})
    assert first is not None
    assert first.name == "vai-tro"
    second = howto.next_slot({"vai-tro": "van-thu"})
    assert second is not None
    assert second.name == "tai-lieu"
    assert howto.next_slot({"vai-tro": "mot-cua"}) is None


def test_the_bots_own_knowledge_has_no_errors() -> None:
    found = check(INTENTS, RESPONSES, Shelf(CACHE))
    assert [str(finding) for finding in found if finding.severity == "error" or "the screen" in finding.text] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('audience = "user"', 'audience = "everyone"', "'audience' must be one of user, unit-admin"),
        ('name = "lỗi thanh toán"', "", "'name' is missing"),
        ("[say]\n", "[say]\nsurely = []\n", "'surely' is not known here"),
        ('section = "I.1"', "section = ", "is not TOML"),
        ('claim = "15m"', 'claim = "soon"', "must be a time like 10s, 30m"),
        ('"thỏa mãn điều kiện tìm kiếm",', '"thanh toán + + lỗi",', "empty part"),
    ],
)
def test_a_broken_file_is_named_with_line_and_reason(copies: tuple[Path, Path], old: str, new: str, said: str) -> None:
    edit(copies[0] / "payment.toml", old, new)
    with pytest.raises(KnowledgeError, match=r"payment\.toml:\d+: ") as caught:
        load_knowledge(*copies)
    assert said in str(caught.value)


def test_every_problem_is_listed_at_once(copies: tuple[Path, Path]) -> None:
    edit(copies[0] / "payment.toml", 'audience = "user"', 'audience = "everyone"')
    (copies[1] / "misrouted.md").unlink()
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(*copies)
    assert {finding.file for finding in caught.value.findings} == {"payment.toml", "responses/misrouted.md"}


def test_an_error_is_added_with_two_files(copies: tuple[Path, Path]) -> None:
    intents, responses = copies
    (intents / "printer-queue.toml").write_text(
        'section = "IV.1"\ntitle = "Hàng chờ máy in"\nname = "kẹt hàng chờ in"\naudience = "user"\ncode = "none"\n'
        'unsolved = ""\n'
        '[say]\nsure = ["hàng chờ máy in + không được | lỗi | treo"]\n',
        "utf-8",
    )
    (responses / "printer-queue.md").write_text("# Kẹt hàng chờ in\n\n1. Tắt máy in.\n", "utf-8")
    knowledge = load_knowledge(intents, responses)
    meaning = Matcher(knowledge).understand("hàng chờ máy in bị treo rồi ad ơi")
    assert meaning.intent == "printer-queue"
    assert knowledge.targets_of(meaning.intent) == knowledge.usual_targets


def test_a_paragraph_too_long_for_zalo_is_an_error(copies: tuple[Path, Path]) -> None:
    path = copies[1] / "misrouted.md"
    path.write_text(path.read_text("utf-8") + "\n" + "chữ " * 600, "utf-8")
    assert any("does not fit one message" in finding.text for finding in check(*copies, Shelf(CACHE)))


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("thanh toán ! thanh toán", "excludes what it needs: unreachable"),
        ("mật khẩu + hết hạn", "fires on 1?[0-9]+ examples of 'password-expired' and on 0 of its own"),
    ],
)
def test_a_pattern_that_never_fires_or_fires_for_another_error_is_named_with_its_line(
    copies: tuple[Path, Path], pattern: str, said: str
) -> None:
    path = copies[0] / "payment.toml"
    edit(path, "[say]\nsure = [\n", f'[say]\nsure = [\n  "{pattern}",\n')
    line = path.read_text("utf-8").split(pattern)[0].count("\n") + 1
    found = [str(finding) for finding in check(*copies, Shelf(CACHE))]
    assert any(re.match(rf"payment\.toml:{line}: .*{said}", each) for each in found), found


def test_a_screen_that_is_taken_for_another_one_is_named_with_its_line(copies: tuple[Path, Path]) -> None:
    others = {
        "Trạng thái đồng bộ: Thất bại lần 2": "'trạng thái đồng bộ Thất bại' of 'payment'",
        "trạng thái hồ sơ liên thông": "'trang tra cứu liên thông' of 'interlinked-3in1'",
        "Kính gửi: + Lỗi máy chủ": "'văn bản, giấy mời' of 'none'",
    }
    path = copies[0] / "login-404.toml"
    before = path.read_text("utf-8")
    screens = (f'\n[[screens]]\nname = "ảnh {n}"\nsure = ["{pattern}"]' for n, pattern in enumerate(others))
    path.write_text(before + "".join(screens), "utf-8")
    found = [str(each) for each in check(*copies, Shelf(CACHE)) if each.file == path.name and "the screen" in each.text]
    first = before.count("\n") + 3
    for n, other in enumerate(others.values()):
        assert f"login-404.toml:{first + 3 * n}: the screen 'ảnh {n}' also shows {other}" in found


def test_an_edit_goes_live_and_a_broken_one_leaves_the_old_knowledge(copies: tuple[Path, Path], tmp_path: Path) -> None:
    live = LiveKnowledge(*copies, Shelf(CACHE))
    before = live.knowledge.version
    assert live.refresh() is None
    edit(copies[0] / "payment.toml", 'name = "lỗi thanh toán"', 'name = "lỗi đóng phí"')
    assert live.refresh() == ()
    assert live.knowledge.version != before
    edit(copies[0] / "payment.toml", 'audience = "user"', 'audience = "everyone"')
    findings = live.refresh()
    assert findings
    assert findings[0].file == "payment.toml"
    assert live.knowledge.intents[IntentId("payment")].name == "lỗi đóng phí"


@pytest.fixture
def phrases(tmp_path: Path) -> Phrases:
    path = tmp_path / "phrases.toml"
    path.write_text('greeting = "Chào {who}: {words}"\n', "utf-8")
    return load_phrases(path, Problems())


def test_words_from_outside_cannot_mention_anyone(phrases: Phrases) -> None:
    said = phrases.say("greeting", who=Mention(PersonId("12")), words="[@99] ơi")
    assert said == "Chào [@12]: [ @99] ơi"


def test_an_unknown_phrase_and_a_missing_value_are_named(phrases: Phrases) -> None:
    with pytest.raises(KnowledgeError, match="nothing-like-it"):
        phrases.say("nothing-like-it")
    with pytest.raises(KnowledgeError, match="words"):
        phrases.say("greeting", who="anh Tâm")


def test_explain_names_the_patterns_that_fired(matcher: Matcher) -> None:
    explanation = explain(matcher, "ky so khong duoc")
    assert explanation.chances[0][0] == "digital-signature"
    assert any(owner == "digital-signature" for owner, _, _ in explanation.patterns)
    assert "ký số" in explanation.concepts
