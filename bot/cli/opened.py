"""What commands work on: settings, knowledge and store. What cannot be opened ends the command with the reason."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.cli.exits import FAILED, WRONG_USE, stop

if TYPE_CHECKING:
    from bot.language.knowledge import Knowledge
    from bot.language.shelf import Shelf
    from bot.settings import Settings
    from bot.store.connection import Client
    from bot.store.keys import Keys

T = TypeVar("T")


def settings() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings(os.environ)
    except SettingsError as error:
        stop(str(error), WRONG_USE)


def knowledge(intents: Path, responses: Path) -> Knowledge:
    from bot.language.knowledge import load_knowledge
    from bot.language.toml_file import KnowledgeError

    try:
        return load_knowledge(intents, responses)
    except KnowledgeError as error:
        stop(str(error), FAILED)


def shelf() -> Shelf:
    from bot.language.shelf import Shelf

    return Shelf(settings().cache_dir)


def in_store(use: Callable[[Client, Keys], Awaitable[T]], *, any_schema: bool = False) -> T:
    """Whether the service runs or not."""
    import asyncio

    from redis.exceptions import RedisError

    from bot.store.embedded import EmbeddedError
    from bot.store.keys import Keys
    from bot.store.open import open_store
    from bot.store.schema import WrongSchema, stored_version

    given = settings()

    async def work() -> T:
        keys = Keys(given.zalo_oa_id)
        async with open_store(given) as client:
            if not any_schema:
                await stored_version(client, keys)
            return await use(client, keys)

    try:
        return asyncio.run(work())
    except (EmbeddedError, WrongSchema, RedisError, OSError) as error:
        stop(str(error), FAILED)
