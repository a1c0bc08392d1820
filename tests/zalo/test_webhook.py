"""What Zalo's server meets at POST /webhook/zalo, over the ASGI interface, with an inbox that really keeps entries."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from bot.zalo.signature import sign
from bot.zalo.webhook import MAX_BODY_BYTES, Gate, InboxEntry, InboxUnavailable, webhook_route

APP, OA, SECRET = "3100000000000000001", "4400000000000000031", "oa-secret-key"
FIXTURES = Path(__file__).parent / "fixtures"


class Inbox:
    def __init__(self) -> None:
        self.entries: list[InboxEntry] = []
        self.outcomes: list[str] = []
        self.away = False
        self.hangs = False

    async def accept(self, entry: InboxEntry) -> None:
        if self.away:
            raise InboxUnavailable
        if self.hangs:
            await asyncio.sleep(60)
        self.entries.append(entry)


class Zalo:
    """Delivers webhooks as Zalo does."""

    def __init__(self, inbox: Inbox) -> None:
        gate = Gate(app_id=APP, oa_id=OA, oa_secret=SECRET, accept=inbox.accept, count=inbox.outcomes.append)
        transport = httpx.ASGITransport(Starlette(routes=[webhook_route(gate)]))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://bot")

    async def post(self, raw: bytes | AsyncIterator[bytes], signature: str | None = None) -> int:
        headers = {"X-ZEvent-Signature": signature} if signature is not None else {}
        return (await self._http.post("/webhook/zalo", content=raw, headers=headers)).status_code

    async def deliver(self, event: object, secret: str = SECRET) -> int:
        raw = json.dumps(event, ensure_ascii=False, indent=1).encode()
        timestamp = str(event["timestamp"]) if isinstance(event, dict) and "timestamp" in event else ""
        return await self.post(raw, sign(APP, raw, timestamp, secret))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def zalo(inbox: Inbox) -> Zalo:
    return Zalo(inbox)


def event(name: str = "user_send_group_text", **changes: object) -> dict[str, object]:
    body: dict[str, object] = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return body | changes


async def test_a_signed_message_is_in_the_inbox_when_zalo_gets_its_200(zalo: Zalo, inbox: Inbox) -> None:
    assert await zalo.deliver(event()) == 200
    (entry,) = inbox.entries
    assert json.loads(entry.body) == event()
    assert entry.person == "7300000000000000021"
    assert entry.received_ms > 1_700_000_000_000


@pytest.mark.parametrize("form", [str, str.upper, lambda value: value.removeprefix("mac="), lambda value: f" {value} "])
async def test_the_signature_counts_in_every_spelling(zalo: Zalo, inbox: Inbox, form: type[str]) -> None:
    raw = json.dumps(event()).encode()
    assert await zalo.post(raw, form(sign(APP, raw, "1790000000123", SECRET))) == 200
    assert len(inbox.entries) == 1


async def test_a_wrong_secret_is_refused_counted_and_logged_without_the_words(zalo: Zalo, inbox: Inbox) -> None:
    with capture_logs() as logs:
        assert await zalo.deliver(event(), secret="app-secret-key") == 403
    assert inbox.entries == []
    assert inbox.outcomes == ["wrong-signature"]
    assert [line["outcome"] for line in logs] == ["wrong-signature"]
    assert "hạn nộp" not in str(logs)


async def test_a_changed_byte_breaks_the_seal(zalo: Zalo, inbox: Inbox) -> None:
    raw = json.dumps(event()).encode()
    signature = sign(APP, raw, "1790000000123", SECRET)
    assert await zalo.post(raw.replace(b"g99", b"g98"), signature) == 403
    assert inbox.entries == []


@pytest.mark.parametrize("signature", ["mac=", "é", "mac=" + "0" * 64, "mac=" + "0" * 1000])
async def test_a_strange_signature_is_refused(zalo: Zalo, inbox: Inbox, signature: str) -> None:
    raw = json.dumps(event()).encode()
    header = {b"X-ZEvent-Signature": signature.encode("latin-1")}
    response = await zalo._http.post("/webhook/zalo", content=raw, headers=header)
    assert response.status_code == 403
    assert inbox.entries == []


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"nonsense", json.dumps(event()).encode()])
async def test_zalos_unsigned_probe_is_welcome_and_nothing_happens(zalo: Zalo, inbox: Inbox, raw: bytes) -> None:
    assert await zalo.post(raw) == 200
    assert inbox.entries == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"1", b"nonsense", b"\xff\xfe\xff", b"[" * 200_000])
async def test_a_signed_body_that_is_no_object_is_a_bad_request(zalo: Zalo, inbox: Inbox, raw: bytes) -> None:
    assert await zalo.post(raw, sign(APP, raw, "", SECRET)) == 400
    assert inbox.entries == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"nonsense"])
async def test_what_is_no_object_and_wrongly_signed_is_refused_like_any_forgery(
    zalo: Zalo, inbox: Inbox, raw: bytes
) -> None:
    assert await zalo.post(raw, sign(APP, raw, "", "app-secret-key")) == 403
    assert inbox.outcomes == ["wrong-signature"]


async def test_an_event_without_a_timestamp_is_checked_with_an_empty_one(zalo: Zalo, inbox: Inbox) -> None:
    body = event()
    del body["timestamp"]
    assert await zalo.deliver(body, secret="app-secret-key") == 403
    assert await zalo.deliver(body) == 200
    assert inbox.outcomes == ["wrong-signature", "accepted"]


async def test_another_apps_event_is_refused(zalo: Zalo, inbox: Inbox) -> None:
    assert await zalo.deliver(event(app_id="3100000000000000002")) == 403
    assert inbox.entries == []


async def test_a_numeric_timestamp_and_app_id_are_taken(zalo: Zalo, inbox: Inbox) -> None:
    assert await zalo.deliver(event(timestamp=1790000000123, app_id=int(APP))) == 200
    assert len(inbox.entries) == 1


@pytest.mark.parametrize("name", ["user_seen_message", "follow", "user_submit_info", "anonymous_send_text"])
async def test_an_event_of_no_use_gets_200_and_is_not_kept(zalo: Zalo, inbox: Inbox, name: str) -> None:
    assert await zalo.deliver(event(name)) == 200
    assert inbox.entries == []


async def test_an_unknown_event_gets_200_and_is_not_kept(zalo: Zalo, inbox: Inbox) -> None:
    assert await zalo.deliver(event(event_name="something_new")) == 200
    assert inbox.entries == []


async def test_a_body_over_a_mebibyte_is_refused(zalo: Zalo, inbox: Inbox) -> None:
    assert await zalo.deliver(event(padding="x" * MAX_BODY_BYTES)) == 413
    assert inbox.entries == []


async def test_a_chunked_body_is_not_read_further_than_a_mebibyte(zalo: Zalo, inbox: Inbox) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b"x" * 65_536

    assert await zalo.post(endless(), "mac=0") == 413
    assert sent < 20
    assert inbox.entries == []


async def test_the_largest_body_allowed_is_taken(zalo: Zalo, inbox: Inbox) -> None:
    bare = len(json.dumps(event(padding=""), ensure_ascii=False, indent=1).encode())
    assert await zalo.deliver(event(padding="x" * (MAX_BODY_BYTES - bare))) == 200
    assert len(inbox.entries) == 1


async def test_zalo_is_asked_to_come_again_while_the_store_is_away(zalo: Zalo, inbox: Inbox) -> None:
    inbox.away = True
    assert await zalo.deliver(event()) == 503
    inbox.away = False
    assert await zalo.deliver(event()) == 200
    assert len(inbox.entries) == 1


async def test_a_store_that_hangs_is_answered_for_within_zalos_two_seconds(zalo: Zalo, inbox: Inbox) -> None:
    inbox.hangs = True
    async with asyncio.timeout(2):
        assert await zalo.deliver(event()) == 503


async def test_citizens_numbers_do_not_reach_the_store(zalo: Zalo, inbox: Inbox) -> None:
    said = {"msg_id": "1", "text": "CCCD 087099001234, sđt 0912 345 678 mã H20.27.21-240924-0099"}
    assert await zalo.deliver(event(message=said)) == 200
    text = json.loads(inbox.entries[0].body)["message"]["text"]
    assert "087099001234" not in text
    assert "345 678" not in text
    assert "H20.27.21-240924-0099" in text


@pytest.mark.parametrize("name", ["user_send_business_card", "user_send_group_business_card"])
async def test_a_business_cards_phone_number_does_not_reach_the_store(zalo: Zalo, inbox: Inbox, name: str) -> None:
    assert await zalo.deliver(event(name)) == 200
    assert "84900000000" not in inbox.entries[0].body


async def test_an_event_nested_without_end_is_taken_and_its_depths_are_not_kept(zalo: Zalo, inbox: Inbox) -> None:
    nested: object = "0912345678"
    for _ in range(400):
        nested = [nested]
    assert await zalo.deliver(event(nested=nested)) == 200
    assert "0912345678" not in inbox.entries[0].body


async def test_only_post_is_answered(zalo: Zalo) -> None:
    assert (await zalo._http.get("/webhook/zalo")).status_code == 405


async def test_what_is_two_days_older_than_the_newest_message_is_taken_for_a_replay(zalo: Zalo, inbox: Inbox) -> None:
    now_ms, hour_ms = time.time_ns() // 1_000_000, 3_600_000
    for hours_ago in (100, 1, 40, 50, -100, 0):
        assert await zalo.deliver(event(timestamp=str(now_ms - hours_ago * hour_ms))) == 200
    assert inbox.outcomes == ["accepted", "accepted", "accepted", "replayed", "accepted", "accepted"]
    assert len(inbox.entries) == 5


async def test_half_a_surrogate_is_stored_as_it_can_be(zalo: Zalo, inbox: Inbox) -> None:
    raw = json.dumps(event(message={"msg_id": "1", "text": "\ud800"}, sender={"id": "\ud800"})).encode()
    assert await zalo.post(raw, sign(APP, raw, "1790000000123", SECRET)) == 200
    assert inbox.entries[0].person.encode()
    assert inbox.entries[0].body.encode()


def test_the_gate_does_not_show_its_secret(inbox: Inbox) -> None:
    assert SECRET not in repr(Gate(app_id=APP, oa_id=OA, oa_secret=SECRET, accept=inbox.accept))
