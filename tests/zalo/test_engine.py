"""How the service's calls leave, against servers that keep connections, close them, stutter, and fall silent."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import repeat

import httpx
import pytest

from bot.zalo.answers import call, patience
from bot.zalo.engine import client
from bot.zalo.errors import Ambiguous, Unreached
from tests.ports import free_port

BODY = b'{"error": 0, "said": "ok"}'
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
TO_THE_END = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
LAST = LENGTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
OK = {"error": 0, "said": "ok"}


@dataclass
class Server:
    """Answers every request with the next of `answers`, byte by byte; None is silence, b'' hangs up."""

    answers: list[bytes | None]
    closes: bool = False
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    continue
                for number in range(len(answer)):
                    writer.write(answer[number : number + 1])
                    await writer.drain()
                if self.closes or not answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


@dataclass
class Line:
    http: httpx.AsyncClient
    address: str

    async def post(self, token: str = "AT-0", answer_s: float = 20.0) -> Mapping[str, object]:
        headers = {"access_token": token}
        waits = patience(answer_s)
        return await call(
            self.http, "POST", f"{self.address}/cs", patience=waits, headers=headers, json={"text": "chào"}
        )


@asynccontextmanager
async def wired(*answers: bytes | None, closes: bool = False) -> AsyncIterator[tuple[Line, Server]]:
    server = Server(list(answers), closes)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening, client() as http:
        yield Line(http, f"http://127.0.0.1:{server.port}/zalo"), server


@pytest.mark.parametrize("answer", [LENGTH, CHUNKED])
async def test_one_connection_carries_one_call_after_the_other(answer: bytes) -> None:
    async with wired(answer, answer) as (line, server):
        assert [await line.post(), await line.post()] == [OK, OK]
        assert server.connections == 1
        head, _, body = server.asked[1].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /zalo/cs HTTP/1.1\r\n")
        assert b"access_token: at-0" in head.lower()
        assert json.loads(body) == {"text": "chào"}


async def test_calls_for_many_chats_do_not_wait_for_each_other() -> None:
    async with wired(None, LENGTH) as (line, server):
        slow = asyncio.create_task(line.post(answer_s=1.0))
        while not server.asked:
            await asyncio.sleep(0.01)
        assert await line.post() == OK
        with pytest.raises(Ambiguous):
            await slow


@pytest.mark.parametrize("answer", [LENGTH, LAST, TO_THE_END])
async def test_a_connection_that_the_server_closes_after_its_answer_is_replaced(answer: bytes) -> None:
    async with wired(answer, answer, closes=True) as (line, server):
        assert await line.post() == OK
        await asyncio.sleep(0.05)
        assert await line.post() == OK
        assert server.connections == 2


@pytest.mark.parametrize("answer", [None, b"", LENGTH[:20], LENGTH[:-2], CHUNKED[:-9], b"SSH-2.0-OpenSSH\r\n\r\n"])
async def test_nobody_knows_what_became_of_a_call_without_a_whole_answer(answer: bytes | None) -> None:
    async with wired(answer, LENGTH, closes=answer is not None) as (line, server):
        with pytest.raises(Ambiguous):
            await line.post(answer_s=1.0)
        assert await line.post() == OK
        assert len(server.asked) == server.connections == 2, "nothing was sent again by itself"


async def test_an_answer_that_comes_late_is_not_taken_for_the_next_one() -> None:
    async with wired(LENGTH + LENGTH.replace(b"ok", b"no"), LENGTH) as (line, _):
        assert await line.post() == OK
        await asyncio.sleep(0.05)
        assert await line.post() == OK


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_server_that_is_not_there_got_nothing(scheme: str) -> None:
    async with client() as http:
        with pytest.raises(Unreached):
            await Line(http, f"{scheme}://127.0.0.1:{free_port()}").post()


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing() -> None:
    async with wired(LENGTH) as (line, server):
        with pytest.raises(Unreached):
            await Line(line.http, f"https://127.0.0.1:{server.port}").post()
        assert server.asked == []


async def test_many_calls_share_a_hundred_connections() -> None:
    async with wired(*repeat(LENGTH, 250)) as (line, server):
        assert await asyncio.gather(*(line.post() for _ in range(250))) == [OK] * 250
        assert server.connections <= 100


@pytest.mark.parametrize(
    ("environ", "asked_of"),
    [
        ({}, "the server"),
        ({"HTTP_PROXY": "{proxy}"}, "the proxy"),
        ({"HTTP_PROXY": "{proxy}", "NO_PROXY": "127.0.0.1"}, "the server"),
    ],
)
async def test_a_proxy_of_the_environment_is_heeded(environ: dict[str, str], asked_of: str) -> None:
    async with wired(LENGTH) as (_, server), wired(LENGTH) as (_, proxy):
        environ = {name: value.format(proxy=f"http://127.0.0.1:{proxy.port}") for name, value in environ.items()}
        ask = (
            "import asyncio\nfrom bot.zalo.engine import client\n"
            "async def ask():\n    async with client() as http:\n"
            f"        await http.post('http://127.0.0.1:{server.port}/', json={{}})\nasyncio.run(ask())"
        )
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", ask], env=environ, check=True)
        assert [bool(server.asked), bool(proxy.asked)] == [asked_of == "the server", asked_of == "the proxy"]
