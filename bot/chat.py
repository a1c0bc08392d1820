"""`python -m bot chat`: the sandbox's group in a terminal, with the whole service behind it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.text import Text

from bot.app import serve_until
from bot.sandbox.world import Person, World, load_world
from bot.settings import load_settings

READY_S: Final = 10.0
POLL_S: Final = 0.1
LAST_WORD_S: Final = 5.0
"""Time for the answer to the last line, when lines come from a file."""
out: Final = Console(highlight=False)


async def run(cache_dir: Path) -> None:
    """Until Ctrl-D. Everything is thrown away then, but for what was learnt."""
    stopping = asyncio.Event()
    with tempfile.TemporaryDirectory(prefix="bot-chat-") as folder:
        settings = load_settings({"PORT": str(_free_port()), "DATA_DIR": folder, "CACHE_DIR": str(cache_dir)})
        serving = asyncio.create_task(serve_until(settings, stopping))
        async with httpx.AsyncClient(base_url=f"{settings.local_url}/sandbox/api") as http:
            try:
                await _wait_until_ready(http, serving)
                await Terminal(http, load_world(settings.zalo_oa_id)).talk()
            finally:
                stopping.set()
                await serving


class Terminal:
    def __init__(self, http: httpx.AsyncClient, world: World) -> None:
        self._http = http
        self._world = world
        self._me: Person = world.people[0]
        self._private = False
        self._quote: str | None = None
        self._seen: set[str] = set()

    async def talk(self) -> None:
        names = ", ".join(person.name for person in self._world.people)
        out.print(Text(f"{self._world.group_name}: {names}. /la NAME, /rieng, /trich TEXT, Ctrl-D.", style="dim"))
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                line = await asyncio.to_thread(input, f"{self._me.name}{' (private)' if self._private else ''}> ")
                await self._take(line.strip())
        except EOFError:
            await asyncio.sleep(LAST_WORD_S)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    async def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "/la":
            self._me = next((one for one in self._world.people if rest.lower() in one.name.lower()), self._me)
        elif word == "/rieng":
            self._private = not self._private
        elif word == "/trich":
            found = [each for each in await self._messages() if rest in str(each["text"])]
            self._quote = str(found[-1]["id"]) if found else None
            out.print(Text("(quoted)" if found else "(no message holds that)", style="dim"))
        elif line:
            await self._send(line)

    async def _send(self, text: str) -> None:
        chat = "private" if self._private else self._world.group_id
        body = {"person": self._me.id, "chat": chat, "text": text, "quote": self._quote}
        sent = (await self._http.post("/send", json=body)).json()
        self._seen.add(str(sent["id"]))
        self._quote = None

    async def _listen(self) -> None:
        while True:
            for message in await self._messages():
                if message["id"] not in self._seen:
                    self._seen.add(str(message["id"]))
                    self._show(message)
            await asyncio.sleep(POLL_S)

    async def _messages(self) -> list[dict[str, object]]:
        messages: list[dict[str, object]] = (await self._http.get("/state")).json()["messages"]
        return messages

    def _show(self, message: dict[str, object]) -> None:
        text = str(message["text"])
        for id_ in (self._world.oa_id, *(person.id for person in self._world.people)):
            text = text.replace(f"[@{id_}]", f"@{self._world.name(id_)}")
        picture = " [picture]" if message["image"] else ""
        out.print(Text(f"\n{self._world.name(str(message['sender']))}{picture}: ", style="bold blue"), end="")
        out.print(Text(text))


async def _wait_until_ready(http: httpx.AsyncClient, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(READY_S):
        while not serving.done():
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get("/state")).is_success:
                    return
            await asyncio.sleep(POLL_S)
    await serving


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
