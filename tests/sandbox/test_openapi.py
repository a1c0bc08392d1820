"""The simulated Open API answers as Zalo does: HTTP 200, and what is wrong as a code in the body."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.sandbox.server import GROUP, LAN, Sandbox, running

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 100


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


async def _upload(sandbox: Sandbox, data: bytes) -> dict[str, Any]:
    return await sandbox.call("POST", "/v2.0/oa/upload/image", files={"file": ("bieu-do.png", data)})


def _picture(attachment_id: object) -> dict[str, Any]:
    element = {"media_type": "image", "attachment_id": attachment_id}
    return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}


async def test_a_text_is_taken_and_shown_in_its_chat(sandbox: Sandbox) -> None:
    group = await sandbox.send_group(text="Chào nhóm")
    private = await sandbox.send_private(LAN, text="Chào chị")
    state = (await sandbox.http.get("/api/state")).json()
    shown = {message["id"]: (message["chat"], message["text"]) for message in state["messages"]}
    assert shown == {
        group["data"]["message_id"]: (GROUP, "Chào nhóm"),
        private["data"]["message_id"]: (LAN, "Chào chị"),
    }


@pytest.mark.parametrize("token", ["", "AT-1-2", "wrong"])
async def test_a_wrong_access_token_is_refused(sandbox: Sandbox, token: str) -> None:
    sandbox.access_token = token
    assert (await sandbox.send_group(text="a"))["error"] == -216


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": "a" * 2000}, 0),
        ({"text": "a" * 2001}, -210),
        ({"text": ""}, -201),
        ({"text": 5}, -201),
        ({"text": "a", "quote_message_id": "unknown"}, -201),
        ({"text": "a", "quote_message_id": ["unknown"]}, -201),
        ({"text": "a", "attachment": {"type": "image", "payload": {"url": "x"}}}, -201),
        ({"text": "a", "attachment": {"type": "template", "payload": {"elements": ["x"]}}}, -201),
        ({"text": "a", "attachment": {"type": "template", "payload": {"buttons": 5}}}, -201),
        ({"text": "a", "attachment": _picture("unknown")}, -100),
    ],
)
async def test_a_message_that_zalo_would_not_take_is_refused_with_its_code(
    sandbox: Sandbox, message: dict[str, Any], code: int
) -> None:
    assert (await sandbox.send_private(LAN, **message))["error"] == code


async def test_a_message_can_be_quoted_only_where_it_was_said(sandbox: Sandbox) -> None:
    said = await sandbox.say(LAN, "em bị lỗi")
    assert (await sandbox.send_group(text="a", quote_message_id=said["id"]))["error"] == 0
    assert (await sandbox.send_private(LAN, text="a", quote_message_id=said["id"]))["error"] == -201


async def test_buttons_are_for_private_chats_only(sandbox: Sandbox) -> None:
    button = {"title": "Được rồi", "type": "oa.query.show", "payload": "#duoc"}
    attachment = {"type": "template", "payload": {"buttons": [button]}}
    assert (await sandbox.send_private(LAN, text="a", attachment=attachment))["error"] == 0
    assert (await sandbox.send_group(text="a", attachment=attachment))["error"] == -201


async def test_strangers_and_other_groups_are_refused(sandbox: Sandbox) -> None:
    assert (await sandbox.send_private("7999", text="a"))["error"] == -213
    body = {"recipient": {"group_id": "other"}, "message": {"text": "a"}}
    assert (await sandbox.call("POST", "/v3.0/oa/group/message", json=body))["error"] == -403
    assert (await sandbox.call("POST", "/v3.0/oa/group/message", content=b"{"))["error"] == -201


@pytest.mark.parametrize(("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
async def test_an_uploaded_image_is_sent_and_can_be_seen(sandbox: Sandbox, data: bytes, kind: str) -> None:
    uploaded = await _upload(sandbox, data)
    sent = await sandbox.send_group(text="Biểu đồ", attachment=_picture(uploaded["data"]["attachment_id"]))
    state = (await sandbox.http.get("/api/state")).json()
    image = next(message["image"] for message in state["messages"] if message["id"] == sent["data"]["message_id"])
    seen = await sandbox.http.get(image.removeprefix("/sandbox"))
    assert (seen.content, seen.headers["content-type"]) == (data, kind)


@pytest.mark.parametrize(("data", "code"), [(b"GIF89a", -201), (b"<svg/>", -201), (PNG + b"0" * 1_048_576, -210)])
async def test_what_is_no_small_image_is_not_taken_up(sandbox: Sandbox, data: bytes, code: int) -> None:
    assert (await _upload(sandbox, data))["error"] == code


async def test_names_come_from_the_person_and_from_the_group(sandbox: Sandbox) -> None:
    detail = await sandbox.call("GET", "/v3.0/oa/user/detail", params={"data": f'{{"user_id": "{LAN}"}}'})
    members = await sandbox.call("GET", "/v3.0/oa/group/listmember", params={"group_id": GROUP, "count": 50})
    names = {member["user_id"]: member["name"] for member in members["data"]["members"]}
    assert names[LAN] == detail["data"]["display_name"]
    unknown = await sandbox.call("GET", "/v3.0/oa/user/detail", params={"data": '{"user_id": "1"}'})
    assert unknown["error"] == -213
    assert (await sandbox.call("GET", "/v3.0/oa/user/detail", params={"data": "x"}))["error"] == -201


async def test_the_group_tells_its_history_newest_first(sandbox: Sandbox) -> None:
    for text in ("một", "hai", "ba"):
        await sandbox.say(LAN, text)
    answer = await sandbox.call("GET", "/v3.0/oa/group/conversation", params={"group_id": GROUP, "count": 2})
    assert [message["message"] for message in answer["data"]] == ["ba", "hai"]


async def test_a_planned_fault_meets_its_path_as_often_as_told(sandbox: Sandbox) -> None:
    await sandbox.http.post("/api/faults", json={"path": "group/message", "error": -32, "times": 2})
    codes = [(await sandbox.send_group(text="a"))["error"] for _ in range(3)]
    assert codes == [-32, -32, 0]
    assert (await sandbox.send_private(LAN, text="a"))["error"] == 0


async def test_a_gateways_page_comes_in_place_of_the_answer(sandbox: Sandbox) -> None:
    await sandbox.http.post("/api/faults", json={"path": "getoa", "error": "html"})
    answer = await sandbox.http.get("/openapi/v2.0/oa/getoa", headers={"access_token": sandbox.access_token})
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (await sandbox.call("GET", "/v2.0/oa/getoa"))["error"] == 0


async def test_a_send_that_times_out_was_done_all_the_same(sandbox: Sandbox) -> None:
    await sandbox.http.post("/api/faults", json={"path": "group/message", "error": "timeout"})
    body = {"recipient": {"group_id": GROUP}, "message": {"text": "đã gửi"}}
    headers = {"access_token": sandbox.access_token}
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        await sandbox.http.post("/openapi/v3.0/oa/group/message", json=body, headers=headers, timeout=0.3)
    assert time.monotonic() - began < 5
    state = (await sandbox.http.get("/api/state")).json()
    assert [message["text"] for message in state["messages"]] == ["đã gửi"]


@pytest.mark.parametrize(
    "fault", [{}, {"path": "a"}, {"path": "a", "error": "fire"}, {"path": "a", "error": -32, "times": "many"}]
)
async def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    assert (await sandbox.http.post("/api/faults", json=fault)).status_code == 400
