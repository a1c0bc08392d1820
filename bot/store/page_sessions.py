"""Who may see the pages: links that open them once, and the sessions that they begin.

Only digests are stored: whoever reads the store cannot get in with what stands there.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, cast

from bot.model import STAFF, PersonId, Role
from bot.store.connection import Client
from bot.store.keys import Keys

LINK_S: Final = 10 * 60
SESSION_S: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    person: PersonId
    name: str
    role: Role
    form_token: str
    """Stands in every form of this session: another site does not know it."""


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class PageSessions:
    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def begin(self, link: str) -> str | None:
        """The secret of a new session; None when the link was used or called back, is too old or was never made."""
        person = await self._client.getdel(self._keys.page_link(digest(link)))
        if not person or not await self._client.srem(self._keys.page_links_of(PersonId(str(person))), digest(link)):
            return None
        epoch = await self._client.hget(self._keys.page_epochs(), str(person))
        secret = secrets.token_urlsafe(32)
        value = f"{epoch or 0!s}|{person!s}"
        await self._client.set(self._keys.page_session(digest(secret)), value, ex=SESSION_S)
        return secret

    async def visitor(self, secret: str) -> Visitor | None:
        """Whose session it is, with the role of this moment; None when it has ended, or they are staff no more."""
        stored = await self._client.get(self._keys.page_session(digest(secret)))
        if not stored:
            return None
        epoch, _, person = str(stored).partition("|")
        pipe = self._client.pipeline(transaction=False)
        pipe.hget(self._keys.page_epochs(), person)
        pipe.hget(self._keys.roles(), person)
        pipe.hget(self._keys.names(), person)
        now, role, name = await pipe.execute()
        if (now or "0") != epoch or role not in STAFF:
            return None
        return Visitor(PersonId(person), name or "", cast(Role, role), digest(f"form|{secret}"))

    async def end(self, secret: str) -> None:
        await self._client.delete(self._keys.page_session(digest(secret)))
