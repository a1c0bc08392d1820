"""A TCP proxy between the bot and a server of its world, that a test can make slow, cut or close."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.ports import free_port

AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset."""
Mode = Literal["passes", "refuses", "loses answers", "is silent"]
"""'refuses' resets every new connection at once; 'loses answers' resets it in place of the answer; 'is silent' takes
everything and answers nothing."""


@dataclass
class Proxy:
    target: tuple[str, int]
    port: int = field(default_factory=free_port)
    mode: Mode = "passes"
    delay_s: float = 0.0
    """Each piece of an answer waits so long."""
    met: int = 0
    """Connections refused and answers lost."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Resets every connection."""
        for writer in list(self._open):
            _reset(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "refuses":
            self.met += 1
            _reset(writer)
            return
        self._open.add(writer)
        try:
            there_reader, there = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        asking = asyncio.create_task(_pass_on(reader, there))
        try:
            while piece := await there_reader.read(65536):
                await asyncio.sleep(self.delay_s)
                if self.mode == "is silent":
                    continue
                if self.mode == "loses answers":
                    self.met += 1
                    _reset(writer)
                    break
                writer.write(piece)
        except OSError:
            pass
        finally:
            asking.cancel()
            self._open.discard(writer)
            there.close()
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
    except OSError:
        pass
    finally:
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


@asynccontextmanager
async def proxy(host: str, port: int) -> AsyncIterator[Proxy]:
    """On 127.0.0.1; `host` and `port` need not be there yet."""
    between = Proxy((host, port))
    server = await asyncio.start_server(between.serve, "127.0.0.1", between.port)
    try:
        yield between
    finally:
        server.close()
        between.cut()
