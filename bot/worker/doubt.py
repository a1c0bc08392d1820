"""Was it said already? Zalo's Open API knows no idempotency key, so after a timeout, a reset or a kill the outbox asks
the chat's history before it sends a reply again.

A message of the history is the reply when it is the OA's, says the same, is not older than the reply and is not known
as another one. Where Zalo does not tell the history, the reply is sent again: rather twice than never.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import structlog

from bot.model import Chat, MessageId
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.outbox import Outgoing
from bot.zalo.client import HISTORY_PAGE, Past, ZaloClient
from bot.zalo.errors import Ambiguous, ZaloError

MOST_PAGES: Final = 5
SKEW_MS: Final = 60_000
"""Zalo's clock may be so far behind the store's."""
_MENTION: Final = re.compile(r"\[@\w+\]")
_SHOWN_NAME: Final = ".{1,80}"
"""What a mention may look like in the history."""
log = structlog.get_logger(__name__)


async def already_said(client: Client, keys: Keys, zalo: ZaloClient, outgoing: Outgoing) -> MessageId | None:
    """The id under which Zalo took the reply. Raises Ambiguous while Zalo cannot tell, and what the store raises."""
    since_ms = int(outgoing.entry.id.partition("-")[0]) - SKEW_MS
    try:
        pasts = await _since(zalo, outgoing.chat, since_ms)
    except Ambiguous:
        raise
    except ZaloError as error:
        log.warning("history not read", reply=outgoing.id, reason=str(error))
        return None
    same = re.compile(_SHOWN_NAME.join(map(re.escape, _MENTION.split(_plain(outgoing.text)))))
    own = [past.id for past in pasts if past.id and past.sender == keys.oa_id and same.fullmatch(_plain(past.text))]
    for id_ in reversed(own):
        if not await client.exists(keys.ref(id_)):
            return id_
    return None


async def _since(zalo: ZaloClient, chat: Chat, since_ms: int) -> list[Past]:
    """Newest first."""
    read = zalo.group_history if chat.kind == "group" else zalo.private_history
    found: list[Past] = []
    for page in range(MOST_PAGES):
        new = [past for past in await read(chat.id, page * HISTORY_PAGE) if past.sent_ms >= since_ms]
        found += new
        if len(new) < HISTORY_PAGE:
            break
    return found


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
