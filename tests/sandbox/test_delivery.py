"""Events travel to the bot as Zalo's do: signed, in order, again until they are taken; own sends come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.model import Echo, Message
from bot.zalo.events import parse_event
from bot.zalo.signature import verify
from tests.sandbox.server import GROUP, KHOI, LAN, OA_SECRET, Delivered, Sandbox, running
from tests.scenarios.runner import PIXEL


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


def _sealed(sandbox: Sandbox, delivered: Delivered, secret: str = OA_SECRET) -> bool:
    header = delivered.headers["x-zevent-signature"]
    return verify(sandbox.settings.zalo_app_id, delivered.raw, delivered.event["timestamp"], secret, header)


async def test_what_a_person_writes_arrives_signed_and_is_understood(sandbox: Sandbox) -> None:
    first = await sandbox.say(LAN, "em ký số không được")
    await sandbox.say(KHOI, "[@2000000000000000001] giúp với", quote=first["id"])
    got = await sandbox.receiver.wait_for(2)
    assert all(_sealed(sandbox, each) for each in got)
    assert not _sealed(sandbox, got[0], "another secret")
    message = parse_event(got[1].event, oa_id=sandbox.settings.zalo_oa_id)
    assert isinstance(message, Message)
    assert (message.chat.kind, message.chat.id, message.sender) == ("group", GROUP, KHOI)
    assert (message.mentions_bot, message.quote) == (True, first["id"])


async def test_a_private_message_goes_to_the_oa(sandbox: Sandbox) -> None:
    await sandbox.say(LAN, "chào", chat="private")
    event = (await sandbox.receiver.wait_for(1))[0].event
    assert event["event_name"] == "user_send_text"
    assert (event["sender"]["id"], event["recipient"]["id"]) == (LAN, sandbox.settings.zalo_oa_id)


async def test_an_event_is_sent_again_until_it_is_taken_and_the_next_waits(sandbox: Sandbox) -> None:
    sandbox.receiver.answers = [503, 500, 200]
    await sandbox.say(LAN, "một")
    await sandbox.say(LAN, "hai")
    got = await sandbox.receiver.wait_for(4)
    assert [(each.event["message"]["text"], each.headers.get("num_retry")) for each in got] == [
        ("một", None),
        ("một", "1"),
        ("một", "2"),
        ("hai", None),
    ]
    assert got[0].raw == got[1].raw == got[2].raw


async def test_one_chat_does_not_wait_for_another(sandbox: Sandbox) -> None:
    sandbox.receiver.answers = [503]
    await sandbox.say(LAN, "nhóm")
    await sandbox.receiver.wait_for(1)
    await sandbox.say(KHOI, "riêng", chat="private")
    got = await sandbox.receiver.wait_for(3)
    assert [each.event["message"]["text"] for each in got] == ["nhóm", "riêng", "nhóm"]


async def test_a_message_can_be_delivered_twice_with_its_old_time(sandbox: Sandbox) -> None:
    said = await sandbox.say(LAN, "một lần")
    await sandbox.receiver.wait_for(1)
    await sandbox.http.post("/api/redeliver", json={"message": said["id"]})
    first, second = await sandbox.receiver.wait_for(2)
    assert first.raw == second.raw
    assert second.headers["num_retry"] == "1"
    assert (await sandbox.http.post("/api/redeliver", json={"message": "unknown"})).status_code == 404


async def test_what_the_bot_sends_comes_back_as_an_echo_with_the_same_id(sandbox: Sandbox) -> None:
    group = await sandbox.send_group(text="Chào nhóm")
    private = await sandbox.send_private(LAN, text="Chào chị")
    got = await sandbox.receiver.wait_for(2)
    events = {each.event["event_name"]: each.event for each in got}
    assert events.keys() == {"oa_send_group_text", "oa_send_text"}
    echo = parse_event(events["oa_send_group_text"], oa_id=sandbox.settings.zalo_oa_id)
    assert isinstance(echo, Echo)
    assert (echo.id, echo.text, echo.admin) == (group["data"]["message_id"], "Chào nhóm", None)
    assert events["oa_send_text"]["message"]["msg_id"] == private["data"]["message_id"]


async def test_a_picture_arrives_with_an_address_where_it_can_be_fetched(sandbox: Sandbox) -> None:
    await sandbox.say(LAN, "", image=PIXEL)
    event = (await sandbox.receiver.wait_for(1))[0].event
    assert event["event_name"] == "user_send_group_image"
    url = event["message"]["attachments"][0]["payload"]["url"]
    async with httpx.AsyncClient() as http:
        assert (await http.get(url)).content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "body",
    [
        {"person": "nobody", "text": "a"},
        {"person": LAN, "text": "   "},
        {"person": LAN, "text": "a", "image": "data:image/png;base64,AAAA"},
        {"person": LAN, "text": "a", "image": "data:image/png;base64,!"},
    ],
)
async def test_what_makes_no_message_is_refused_and_delivers_nothing(sandbox: Sandbox, body: dict[str, str]) -> None:
    assert (await sandbox.http.post("/api/send", json=body)).status_code == 400
    await asyncio.sleep(0.05)
    assert sandbox.receiver.got == []


async def test_a_page_hears_each_message_and_its_stream_ends_with_the_service() -> None:
    async with running() as sandbox:
        address = f"{sandbox.settings.local_url}/sandbox/api/events"
        listening = asyncio.create_task(_hear(address))
        while not (await sandbox.http.get("/api/state")).json()["listening"]:
            await asyncio.sleep(0.01)
        await sandbox.say(LAN, "nghe được không")
        await sandbox.receiver.wait_for(1)
    async with asyncio.timeout(3):
        heard = await listening
    assert "nghe được không" in heard


async def _hear(address: str) -> str:
    async with httpx.AsyncClient(timeout=10) as http:
        return (await http.get(address)).text
