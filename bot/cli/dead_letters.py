"""The command about what was set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from bot.cli import opened
from bot.cli.exits import FAILED, WRONG_USE, stop
from bot.cli.knowledge import AsJson

if TYPE_CHECKING:
    from bot.store.connection import Client
    from bot.store.dead_letters import DeadLetter
    from bot.store.keys import Keys

What = Literal["list", "retry", "drop"]
MOST: Final = 10_000


def dead_letters(
    what: Annotated[What, typer.Argument(help="What to do with them.")] = "list",
    ids: Annotated[list[str] | None, typer.Argument(help="Only these, or 'all'.")] = None,
    as_json: AsJson = False,
) -> None:
    """What could not be sent or decided after the last try: list it, try it again, or drop it."""
    from bot.cli.tables import print_dead_letters

    if what != "list" and not ids:
        stop(f"{what}: name the ids, or say 'all'", WRONG_USE)
    ids = None if ids == ["all"] else ids
    found = opened.in_store(lambda client, keys: _settle(client, keys, what, ids))
    print_dead_letters(found, what, as_json=as_json)
    if ids and len(found) < len(set(ids)):
        stop(f"{len(set(ids)) - len(found)} of them are not there", FAILED)


async def _settle(client: Client, keys: Keys, what: What, ids: list[str] | None) -> list[DeadLetter]:
    """Those for which it was done."""
    from bot.store.dead_letters import dead_letters, drop, try_again

    found = [letter for letter in await dead_letters(client, keys, MOST) if not ids or letter.id in ids]
    if what == "list":
        return found
    do = try_again if what == "retry" else drop
    return [letter for letter in found if await do(client, keys, letter)]
