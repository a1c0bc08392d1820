"""The store for a command on the command line, whether the service runs or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.settings import Settings
from bot.store.connection import Client, connect
from bot.store.embedded import DataDirInUse, EmbeddedValkey


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Client]:
    """REDIS_URL's, else the embedded Valkey: that of the running service, or one started for this command.

    Raises EmbeddedError, and RedisError or OSError with the first call.
    """
    async with AsyncExitStack() as stack:
        url = settings.redis_url
        if settings.embedded:
            server = EmbeddedValkey(settings.data_dir)
            url = server.url
            try:
                await asyncio.to_thread(server.start)
            except DataDirInUse:
                pass
            else:
                stack.push_async_callback(asyncio.to_thread, server.stop)
        client = connect(url)
        stack.push_async_callback(client.aclose)
        yield client
