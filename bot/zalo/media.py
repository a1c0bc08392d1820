"""Pictures, files and other things beside the text of a Zalo message.

A business card keeps nothing but its kind: what is in it are a citizen's name and phone number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.model import Attachment, MediaKind
from bot.zalo.fields import as_list, as_map, as_text

MOST_ATTACHMENTS: Final = 20
LONGEST_URL: Final = 2_000
LONGEST_NAME: Final = 200
KINDS: Final[Mapping[str, MediaKind]] = {
    "image": "image",
    "photo": "image",
    "gif": "gif",
    "file": "file",
    "link": "link",
    "sticker": "sticker",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "location": "location",
    "business_card": "business-card",
}
TEXT: Final = "text"


def kind_of_event(event_name: str) -> str:
    """What the event's name says was sent: 'text', 'image', 'business_card' …"""
    return event_name.removeprefix("user_send_").removeprefix("group_")


def read_attachments(event_name: str, said: Mapping[str, object]) -> tuple[Attachment, ...]:
    sent = kind_of_event(event_name)
    if sent == "business_card":
        return (Attachment("business-card"),)
    found = [_attachment(as_map(entry)) for entry in as_list(said.get("attachments"))[:MOST_ATTACHMENTS]]
    if not found and sent != TEXT:
        return (Attachment(KINDS.get(sent, "unsupported")),)
    return tuple(found)


def _attachment(entry: Mapping[str, object]) -> Attachment:
    kind = KINDS.get(as_text(entry.get("type")), "unsupported")
    if kind == "business-card":
        return Attachment(kind)
    payload = as_map(entry.get("payload"))
    url = as_text(payload.get("url")) or as_text(payload.get("thumbnail"))
    name = as_text(payload.get("name")) or as_text(payload.get("title"))
    return Attachment(kind, url[:LONGEST_URL], name[:LONGEST_NAME])
