"""What operators do to a store from the command line."""

from __future__ import annotations

from typing import Final, Literal

from bot.settings import Settings
from bot.store.dead_letters import DeadLetter, dead_letters, drop, try_again
from bot.store.keys import Keys
from bot.store.open import open_store

MOST: Final = 10_000


async def settle_dead_letters(
    settings: Settings, what: Literal["list", "retry", "drop"], ids: list[str] | None
) -> list[DeadLetter]:
    """Those for which it was done."""
    keys = Keys(settings.zalo_oa_id)
    async with open_store(settings) as client:
        found = [letter for letter in await dead_letters(client, keys, MOST) if not ids or letter.id in ids]
        if what == "list":
            return found
        do = try_again if what == "retry" else drop
        return [letter for letter in found if await do(client, keys, letter)]
