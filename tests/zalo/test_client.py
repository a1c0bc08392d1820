"""What the client does with Zalo's answers: its codes, its silences, its refusals of tokens and quotes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from bot.model import Button, Chat, MessageId, PersonId
from bot.zalo.client import MAX_IMAGE_BYTES, ZaloClient
from bot.zalo.errors import Ambiguous, Refused, Unreached, ZaloError
from bot.zalo.names import ASK_AGAIN_S, Directory
from tests.zalo.server import BASE, EMPTY_200, HTML_502, FakeZalo, refusal

GROUP, PRIVATE = Chat("group", "g99"), Chat("private", "73")
GROUP_PATH, PRIVATE_PATH = "/v3.0/oa/group/message", "/v3.0/oa/message/cs"
PERSON = PersonId("73")
ANSWERS_NOTHING: list[Response] = [
    HTML_502,
    EMPTY_200,
    JSONResponse([]),
    JSONResponse({"error": 0}, 500),
    JSONResponse({"error": -1, "message": "Internal"}, 503),
]


class Tokens:
    """One token, and one more each time it is renewed."""

    def __init__(self, zalo: FakeZalo) -> None:
        self._zalo = zalo
        self.renewed = 0

    async def current(self) -> str:
        return "AT-0"

    async def renew(self, spent: str) -> str:
        assert spent == "AT-0"
        self.renewed += 1
        self._zalo.access_token = "AT-new"
        return "AT-new"


class Names:
    def __init__(self) -> None:
        self.kept: dict[PersonId, str] = {}

    async def get(self, person: PersonId) -> str | None:
        return self.kept.get(person)

    async def put(self, names: Mapping[PersonId, str]) -> None:
        self.kept.update(names)


@pytest.fixture
def zalo() -> FakeZalo:
    return FakeZalo()


@pytest.fixture
def tokens(zalo: FakeZalo) -> Tokens:
    return Tokens(zalo)


@pytest.fixture
def client(zalo: FakeZalo, tokens: Tokens) -> ZaloClient:
    return ZaloClient(zalo.http(), tokens, BASE)


async def test_a_group_and_a_person_are_written_to_at_their_own_addresses(client: ZaloClient, zalo: FakeZalo) -> None:
    assert await client.send_text(GROUP, "chào") == "m1"
    assert await client.send_text(PRIVATE, "chào") == "m2"
    assert zalo.calls == [
        (GROUP_PATH, {"recipient": {"group_id": "g99"}, "message": {"text": "chào"}}),
        (PRIVATE_PATH, {"recipient": {"user_id": "73"}, "message": {"text": "chào"}}),
    ]


async def test_a_reply_quotes_the_message_it_answers(client: ZaloClient, zalo: FakeZalo) -> None:
    zalo.known_quotes = {"q1"}
    await client.send_text(GROUP, "chào", MessageId("q1"))
    assert zalo.sent()[0]["message"]["quote_message_id"] == "q1"


async def test_a_quote_that_zalo_refuses_is_left_out_once(client: ZaloClient, zalo: FakeZalo) -> None:
    assert await client.send_text(GROUP, "chào", MessageId("gone")) == "m2"
    assert [body["message"].get("quote_message_id") for body in zalo.sent()] == ["gone", None]


async def test_a_refusal_without_a_quote_is_not_tried_again(client: ZaloClient, zalo: FakeZalo) -> None:
    zalo.plan[GROUP_PATH] = [refusal(-201), refusal(-201)]
    with pytest.raises(Refused):
        await client.send_text(GROUP, "chào")
    assert len(zalo.sent()) == 1


async def test_buttons_stand_in_private_chat_only_and_never_stop_the_text(client: ZaloClient, zalo: FakeZalo) -> None:
    buttons = [Button("Có", "#co_1")]
    await client.send_text(GROUP, "chọn", buttons=buttons)
    zalo.plan[PRIVATE_PATH] = [refusal(-233)]
    assert await client.send_text(PRIVATE, "chọn", buttons=buttons) is not None
    in_group, with_buttons, plain = [body["message"] for body in zalo.sent()]
    assert in_group == plain == {"text": "chọn"}
    assert with_buttons["attachment"]["payload"]["buttons"] == [
        {"title": "Có", "type": "oa.query.show", "payload": "#co_1"}
    ]


async def test_a_picture_is_uploaded_with_its_ending_and_sent_by_its_id(client: ZaloClient, zalo: FakeZalo) -> None:
    await client.send_image(GROUP, b"\x89PNG", "Thống kê")
    (_, name), (_, body) = zalo.calls
    assert name == "image.png"
    assert body["message"]["text"] == "Thống kê"
    assert body["message"]["attachment"]["payload"]["elements"] == [{"media_type": "image", "attachment_id": "att-1"}]


async def test_a_picture_over_a_megabyte_never_leaves(client: ZaloClient, zalo: FakeZalo) -> None:
    with pytest.raises(ZaloError) as caught:
        await client.send_image(GROUP, b"x" * (MAX_IMAGE_BYTES + 1), "")
    assert caught.value.action == "too-long"
    assert zalo.calls == []


@pytest.mark.parametrize("code", [-216, "-216", -220, -124, 216, 401, -401])
async def test_a_refused_token_is_renewed_and_the_message_sent(
    client: ZaloClient, zalo: FakeZalo, tokens: Tokens, code: int | str
) -> None:
    zalo.plan[GROUP_PATH] = [refusal(code)]
    assert await client.send_text(GROUP, "chào") == "m2"
    assert tokens.renewed == 1


async def test_a_renewed_token_that_is_refused_too_ends_it(client: ZaloClient, zalo: FakeZalo, tokens: Tokens) -> None:
    zalo.plan[GROUP_PATH] = [refusal(-216), refusal(-216)]
    with pytest.raises(Refused) as caught:
        await client.send_text(GROUP, "chào")
    assert (caught.value.code, tokens.renewed) == (-216, 1)


@pytest.mark.parametrize(
    ("code", "action"),
    [(-32, "rate-limited"), (-200, "retry"), (-210, "too-long"), (-211, "quota"), (-230, "no-contact"), (-237, "human"),
     (-305, "give-up"), (-99999, "give-up"), ("-32", "rate-limited"), ("strange", "give-up")],
)  # fmt: skip
async def test_each_code_says_what_to_do(client: ZaloClient, zalo: FakeZalo, code: int | str, action: str) -> None:
    zalo.plan[GROUP_PATH] = [refusal(code)]
    with pytest.raises(Refused) as caught:
        await client.send_text(GROUP, "chào")
    assert caught.value.action == action


async def test_a_text_over_zalos_length_is_said_to_be_too_long(client: ZaloClient) -> None:
    with pytest.raises(Refused) as caught:
        await client.send_text(GROUP, "x" * 2001)
    assert caught.value.action == "too-long"


@pytest.mark.parametrize("answer", ANSWERS_NOTHING)
async def test_what_is_no_answer_is_tried_later(client: ZaloClient, zalo: FakeZalo, answer: Response) -> None:
    zalo.plan[GROUP_PATH] = [answer]
    with pytest.raises(Ambiguous) as caught:
        await client.send_text(GROUP, "chào")
    assert caught.value.action == "retry"


async def test_a_gateway_that_asks_for_fewer_calls_is_obeyed(client: ZaloClient, zalo: FakeZalo) -> None:
    zalo.plan[GROUP_PATH] = [JSONResponse({"error": -1}, 429)]
    with pytest.raises(Refused) as caught:
        await client.send_text(GROUP, "chào")
    assert caught.value.action == "rate-limited"


@asynccontextmanager
async def listening(handler: str) -> AsyncIterator[str]:
    """A server that takes the request and then stays silent or hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        if handler == "silent":
            await asyncio.sleep(1)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("handler", ["silent", "hangs up"])
async def test_after_a_timeout_or_a_reset_nobody_knows(tokens: Tokens, handler: str) -> None:
    async with listening(handler) as url, httpx.AsyncClient(timeout=None) as http:
        client = ZaloClient(http, tokens, url, patience=httpx.Timeout(0.2))
        with pytest.raises(Ambiguous, match="ReadTimeout" if handler == "silent" else "R.*Error") as caught:
            await client.send_text(GROUP, "chào")
    assert caught.value.action == "retry"


async def test_what_never_left_is_known_not_to_have_been_sent(tokens: Tokens) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with httpx.AsyncClient(timeout=0.2) as http:
        with pytest.raises(Unreached):
            await ZaloClient(http, tokens, url).send_text(GROUP, "chào")


async def test_the_oa_and_the_history_can_be_read(client: ZaloClient) -> None:
    assert (await client.get_oa()).name == "Tổ Hỗ Trợ"
    (past,) = await client.group_history("g99")
    assert (past.id, past.sender, past.sender_name, past.sent_ms) == ("h1", "73", "Lan", 1790000000123)


async def test_all_pages_of_a_large_group_are_read(client: ZaloClient, zalo: FakeZalo) -> None:
    zalo.members = [{"oa_id": "44", "name": "OA"}, *({"user_id": str(n), "name": f"N{n}"} for n in range(200))]
    members = await client.group_members("g99")
    assert members is not None
    assert len(members) == 200


async def test_a_group_member_is_named_by_the_member_list_and_remembered(client: ZaloClient, zalo: FakeZalo) -> None:
    zalo.members = [{"user_id": "73", "name": "Lan A"}]
    directory = Directory(client, Names())
    assert await directory.name(PERSON, GROUP) == "Lan A"
    assert await directory.name(PERSON, GROUP) == "Lan A"
    assert len(zalo.calls) == 1


async def test_a_person_in_private_is_named_by_user_detail(client: ZaloClient) -> None:
    assert await Directory(client, Names()).name(PERSON, PRIVATE) == "Tên 73"


@pytest.mark.parametrize("code", [-213, -501, -216, -32])
async def test_a_name_that_zalo_keeps_to_itself_harms_nothing_and_is_not_asked_again_at_once(
    client: ZaloClient, zalo: FakeZalo, code: int
) -> None:
    for path in ("/v3.0/oa/group/listmember", "/v3.0/oa/user/detail"):
        zalo.plan[path] = [refusal(code)] * 9
    now = 0.0
    directory = Directory(client, Names(), clock_s=lambda: now)
    assert await directory.name(PERSON, GROUP) is None
    assert await directory.name(PERSON, PRIVATE) is None
    asked_again = len(zalo.calls)
    assert await directory.name(PERSON, GROUP) is None
    assert len(zalo.calls) == asked_again
    now = ASK_AGAIN_S
    zalo.plan.clear()
    zalo.access_token = "AT-0"
    assert await directory.name(PERSON, PRIVATE) == "Tên 73"


async def test_no_error_or_repr_shows_a_token(client: ZaloClient, zalo: FakeZalo) -> None:
    zalo.plan[GROUP_PATH] = [refusal(-305)]
    with pytest.raises(ZaloError) as caught:
        await client.send_text(GROUP, "chào")
    assert "AT-" not in repr(caught.value) + str(caught.value) + repr(client)
