"""Puts what the webhook takes into the inbox: a burst of messages in few round trips."""

from __future__ import annotations

from functools import partial
from typing import Final

from bot.store.connection import Client
from bot.store.copies import append
from bot.store.keys import Keys
from bot.store.rounds import Command
from bot.store.streams import to_inbox
from bot.store.together import Together

AT_ONCE: Final = 2


class Arrivals:
    def __init__(self, client: Client, keys: Keys) -> None:
        self._keys = keys
        self._stored = Together[Command, None](partial(append, client), AT_ONCE)

    async def append(self, person: str, body: str, at_ms: int) -> None:
        """Returns when the event is stored. `person` decides the partition, and with it the order.

        Raises RedisError and OSError; the event may be stored all the same.
        """
        await self._stored.want(to_inbox(self._keys, person, body, at_ms))
