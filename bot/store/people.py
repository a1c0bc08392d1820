"""Roles of people, as settings give them at the start and /vaitro changes them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.model import Role
from bot.store.connection import Client
from bot.store.keys import Keys


async def seed_roles(client: Client, keys: Keys, roles: Mapping[str, Role]) -> None:
    """Gives roles to people who have none yet: what /vaitro decided later stays."""
    pipe = client.pipeline(transaction=False)
    for person, role in roles.items():
        pipe.hsetnx(keys.roles(), person, role)
    await pipe.execute()
