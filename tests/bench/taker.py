"""A server in Zalo's place, in a process of its own: takes every reply and says when it came."""

from __future__ import annotations

import json
import multiprocessing
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.ports import free_port

READY_S: Final = 20.0
TOKEN: Final = {"access_token": "made-up", "refresh_token": "made-up-too", "expires_in": "90000"}


class Taker:
    def __init__(self, address: str) -> None:
        self.address = address

    def seen(self) -> list[tuple[str, float]]:
        """Of every reply the message that it quotes, and when it came, by the clock."""
        with urllib.request.urlopen(f"{self.address}/seen", timeout=READY_S) as answer:
            return [(quote, at_s) for quote, at_s in json.load(answer)]


@contextmanager
def taker() -> Iterator[Taker]:
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port,), daemon=True)
    process.start()
    found, deadline = Taker(f"http://127.0.0.1:{port}"), time.monotonic() + READY_S
    try:
        while True:
            try:
                found.seen()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                break
        yield found
    finally:
        process.kill()
        process.join()


def _serve(port: int) -> None:
    seen: list[tuple[str, float]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        answer: object
        if scope["path"].endswith("/message") or scope["path"].endswith("/cs"):
            seen.append((json.loads(body)["message"].get("quote_message_id", ""), time.time()))
            answer = {"error": 0, "message": "Success", "data": {"message_id": f"z{len(seen)}"}}
        elif scope["path"].endswith("/access_token"):
            answer = TOKEN
        else:
            answer = seen if scope["path"] == "/seen" else {"error": -213, "message": "User has not followed the OA"}
        text = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    uvicorn.run(app, port=port, log_config=None, access_log=False, loop="uvloop", http="httptools", lifespan="off")
