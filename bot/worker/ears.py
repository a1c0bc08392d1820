"""What entries of the inbox hold, and what messages mean: worked out once, though more than one step asks."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

from bot import metrics
from bot.language.reload import LiveKnowledge
from bot.model import Chat, Incoming, Meaning, Message
from bot.store.keys import Keys
from bot.store.streams import Entry
from bot.store.timers import read_due
from bot.zalo.events import parse_event

REMEMBERED: Final = 512
Found = TypeVar("Found")


class Ears:
    def __init__(self, keys: Keys, live: LiveKnowledge, listens: Callable[[Chat], bool]) -> None:
        self._keys = keys
        self._live = live
        self.listens = listens
        self._held: OrderedDict[Hashable, Incoming | None] = OrderedDict()
        self._meant: OrderedDict[Hashable, Meaning] = OrderedDict()

    def incoming(self, entry: Entry) -> Incoming | None:
        """None for an event that is not for the bot. Raises ValueError or KeyError for what is not an event."""
        return _once(self._held, (entry.key, entry.id), lambda: self._decoded(entry))

    def meaning(self, message: Message) -> Meaning:
        matcher = self._live.matcher

        def understood() -> Meaning:
            began = time.perf_counter()
            meaning = matcher.understand(message.text, message.reading)
            metrics.matched(time.perf_counter() - began)
            return meaning

        return _once(self._meant, (matcher, message.text, message.reading), understood)

    def _decoded(self, entry: Entry) -> Incoming | None:
        at_ms = int(entry.fields["at"])
        if entry.fields["kind"] == "timer":
            return read_due(entry.fields["body"], at_ms)
        return parse_event(json.loads(entry.fields["body"]), oa_id=self._keys.oa_id)


def _once(known: OrderedDict[Hashable, Found], key: Hashable, work_out: Callable[[], Found]) -> Found:
    if key not in known:
        known[key] = work_out()
        if len(known) > REMEMBERED:
            known.popitem(last=False)
    return known[key]
