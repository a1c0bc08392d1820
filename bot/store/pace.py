"""How much the bot said lately: a count a minute and chat, and what was told in a chat since the first time."""

from __future__ import annotations

from typing import Final

from bot.model import Pace
from bot.store.keys import Keys
from bot.store.transaction import Transaction

MINUTE_S: Final = 60
PACE_S: Final = 600


def said_key(keys: Keys, chat_id: str, at_ms: int) -> str:
    return keys.said(chat_id, at_ms // (MINUTE_S * 1000))


def write_pace(transaction: Transaction, keys: Keys, pace: Pace) -> None:
    if pace.kind == "said":
        key = said_key(keys, pace.chat.id, pace.at_ms)
        transaction.count(key, pace.what, ("EXPIRE", key, 2 * MINUTE_S))
    else:
        key = keys.told(pace.chat.id)
        transaction.count(key, pace.what, ("EXPIRE", key, PACE_S, "NX"))
