"""What the bot makes of every event that Zalo is known to send (fixtures: one file an event)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Chat, Echo, Membership, Message, Notice
from bot.zalo.events import parse_event, person_of

OA = "4400000000000000031"
PERSON = "7300000000000000021"
GROUP = "g9900000000000000051"
FIXTURES = {path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "fixtures").glob("*")}
JOINED = {"user_join_group", "accept_request_join_group", "react_request_join_group_accept"}
LEFT = {"user_out_group", "user_leave_group"}
NOTICES = {"permission_revoked", "create_group", "delete_group", "disperse_group"}


def event(name: str, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(FIXTURES[name])
    return body | changes


def message(body: dict[str, Any], **options: Any) -> Message:
    found = parse_event(body, oa_id=OA, **options)
    assert isinstance(found, Message)
    return found


def expected_type(name: str) -> type | None:
    if name.startswith("user_send_"):
        return Message
    if name.startswith("oa_send_"):
        return Echo
    if name in JOINED | LEFT:
        return Membership
    return Notice if name in NOTICES else None


@pytest.mark.parametrize("name", sorted(FIXTURES))
def test_each_event_is_understood_or_ignored_on_purpose(name: str) -> None:
    found = parse_event(FIXTURES[name], oa_id=OA)
    wanted = expected_type(name)
    assert found is None if wanted is None else isinstance(found, wanted)
    assert (person_of(FIXTURES[name], oa_id=OA) is None) == (wanted is None)


@pytest.mark.parametrize("name", sorted(name for name in FIXTURES if "_send_" in name and "anonymous" not in name))
def test_group_events_speak_of_the_group_and_private_ones_of_the_person(name: str) -> None:
    found = parse_event(FIXTURES[name], oa_id=OA)
    assert isinstance(found, Message | Echo)
    assert found.chat == (Chat("group", GROUP) if "_group_" in name else Chat("private", PERSON))
    assert found.sent_ms == 1790000000123


def test_a_private_text_keeps_its_words_and_its_quote() -> None:
    found = message(event("user_send_text"))
    assert (found.id, found.sender, found.text, found.quote) == (
        "a1b2c3d4e5f60001",
        PERSON,
        "Cho em hỏi hạn nộp?",
        "a1b2c3d4e5f60000",
    )


@pytest.mark.parametrize("kind", ["image", "gif", "file", "link", "sticker", "audio", "video", "location"])
@pytest.mark.parametrize("place", ["user_send_", "user_send_group_"])
def test_what_lies_beside_the_text_is_named_by_its_kind(kind: str, place: str) -> None:
    (attachment,) = message(event(place + kind)).attachments
    assert attachment.kind == kind


def test_a_file_keeps_its_name_and_address() -> None:
    (attachment,) = message(event("user_send_group_file")).attachments
    assert (attachment.name, attachment.url) == ("mau.docx", "https://media.example.org/1")


@pytest.mark.parametrize("name", ["user_send_business_card", "user_send_group_business_card"])
def test_nothing_of_a_business_card_is_taken_over(name: str) -> None:
    found = message(event(name))
    assert [attachment.kind for attachment in found.attachments] == ["business-card"]
    assert "84900000000" not in repr(found)


def test_an_unknown_thing_in_the_group_is_unsupported_and_no_crash() -> None:
    (attachment,) = message(event("user_send_group_new_thing")).attachments
    assert attachment.kind == "unsupported"


def test_an_admin_who_types_as_the_oa_is_known() -> None:
    typed = parse_event(event("oa_send_text"), oa_id=OA)
    own = parse_event(event("oa_send_group_text"), oa_id=OA)
    assert isinstance(typed, Echo)
    assert isinstance(own, Echo)
    assert (typed.admin, own.admin) == ("8800000000000000041", None)


@pytest.mark.parametrize("name", sorted(JOINED | LEFT))
def test_joining_and_leaving_under_every_name(name: str) -> None:
    found = parse_event(event(name), oa_id=OA)
    assert isinstance(found, Membership)
    assert found.change == ("joined" if name in JOINED else "left")
    assert found.people == (PERSON, "7300000000000000022")


def test_lifecycle_events_have_an_id_that_survives_a_resend_and_tells_them_apart() -> None:
    first, again = parse_event(event("user_join_group"), oa_id=OA), parse_event(event("user_join_group"), oa_id=OA)
    turned = parse_event(event("user_join_group", users=[*reversed(event("user_join_group")["users"])]), oa_id=OA)
    other = parse_event(event("user_join_group", users=[{"id": "7300000000000000029"}]), oa_id=OA)
    assert first
    assert again
    assert turned
    assert other
    assert first.id == again.id == turned.id != other.id


def test_a_message_without_id_gets_one_of_its_own() -> None:
    said = {"text": "xin chào"}
    first, again = message(event("user_send_text", message=said)), message(event("user_send_text", message=said))
    later = message(event("user_send_text", message=said, timestamp="1790000000999"))
    assert first.id == again.id != later.id


def test_the_older_name_of_the_message_id_is_read() -> None:
    assert message(event("user_send_text", message={"message_id": "z1", "text": "a"})).id == "z1"


def test_ids_and_times_may_be_numbers() -> None:
    body = event("user_send_text", timestamp=1790000000123, sender={"id": int(PERSON)}, recipient={"id": int(OA)})
    found = message(body)
    assert (found.sender, found.sent_ms) == (PERSON, 1790000000123)


@pytest.mark.parametrize("odd", [None, "", "soon", -5, 12, "179000000012", float("inf"), float("nan"), True, [], {}])
def test_an_odd_time_is_zero(odd: object) -> None:
    assert message(event("user_send_text", timestamp=odd)).sent_ms == 0


def test_a_mention_of_the_oa_is_seen_and_others_are_listed() -> None:
    body = event("user_send_group_text", message={"msg_id": "1", "text": f"[@{OA}] hỏi [@{PERSON}] và [@{GROUP}]"})
    found = message(body)
    assert found.mentions_bot
    assert found.mentions == (PERSON,)


@pytest.mark.parametrize(
    ("text", "called"),
    [("@Tổ Hỗ Trợ ơi", True), ("hỏi @tổ hỗ trợ", True), ("Tổ Hỗ Trợ ơi", False), ("@Tổ Hỗ Trợy", False)],
)
def test_the_oa_is_mentioned_by_its_display_name(text: str, called: bool) -> None:
    body = event("user_send_group_text", message={"msg_id": "1", "text": text})
    assert message(body, oa_name="Tổ Hỗ Trợ").mentions_bot is called


def test_decomposed_vietnamese_is_composed() -> None:
    body = event("user_send_text", message={"msg_id": "1", "text": "ho\u0302\u0300 so\u031b"})
    assert message(body).text == "hồ sơ"


def test_half_a_surrogate_does_not_reach_the_store() -> None:
    body = event("user_send_text", message={"msg_id": "\ud800x", "text": "lỗi \ud83d rồi"})
    found = message(body)
    assert found.text.encode()
    assert found.id.encode()


@pytest.mark.parametrize("name", ["user_send_text", "oa_send_text", "user_send_group_text", "permission_revoked"])
def test_what_belongs_to_another_oa_is_left_alone(name: str) -> None:
    body = event(name, oa_id="4400000000000000099")
    assert parse_event(body, oa_id=OA) is None
    assert person_of(body, oa_id=OA) is None


def test_a_private_message_to_another_oa_of_the_app_is_left_alone() -> None:
    assert parse_event(event("user_send_text", recipient={"id": "4400000000000000099"}), oa_id=OA) is None


FIELDS = [
    *("app_id", "oa_id", "event_name", "timestamp", "sender", "recipient", "message", "users", "id", "group_id"),
    *("msg_id", "text", "attachments", "type", "payload", "url", "name", "mentions", "quote_msg_id", "user_id"),
]
KEYS = st.sampled_from(FIELDS)
NAMES = st.sampled_from([*sorted(FIXTURES), "user_send_", "user_send_group_", "oa_send_", ""])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | NAMES | st.just(OA)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner), max_leaves=20)


@given(st.dictionaries(KEYS | st.text(), JSON), NAMES)
def test_no_json_object_makes_it_stumble(body: dict[str, object], name: str) -> None:
    parse_event(body, oa_id=OA)
    parse_event(body | {"event_name": name}, oa_id=OA, oa_name="Tổ Hỗ Trợ")
    person_of(body | {"event_name": name}, oa_id=OA)


@given(st.sampled_from(sorted(FIXTURES)), st.data())
def test_no_event_with_strange_fields_makes_it_stumble(name: str, data: st.DataObject) -> None:
    body = event(name)
    for key in list(body):
        if key != "event_name" and data.draw(st.booleans()):
            body[key] = data.draw(JSON)
    parse_event(body, oa_id=OA)
