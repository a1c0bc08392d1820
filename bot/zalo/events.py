"""Zalo's events as the rooms behind understand them: decoded JSON becomes a Message, Echo, Membership or Notice.

The tables below are the whole list of what is known: by full name first, then by family. Ids and times may be strings
or numbers and every field may be missing; what makes no sense without them is None, and nothing raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import sha256
from typing import Final, Literal

from bot.model import Chat, Echo, Incoming, Membership, Message, MessageId, Notice, PersonId
from bot.zalo.fields import as_id, as_list, as_map, as_ms, as_text
from bot.zalo.media import read_attachments

Event = Mapping[str, object]
Place = Literal["group", "private"]
Reader = Callable[[Event, str], Incoming | None]

_MENTION: Final = re.compile(r"\[@([0-9A-Za-z_]+)\]|(?<![\w\[])@(\d{15,20})(?!\d)")


def parse_event(body: Event, *, oa_id: str, oa_name: str = "") -> Incoming | None:
    """What the event means; None when the bot has no use for it or it is another OA's."""
    reader = _reader(as_text(body.get("event_name")))
    if reader is None or not _is_ours(body, oa_id):
        return None
    incoming = reader(body, oa_id)
    if oa_name and isinstance(incoming, Message) and not incoming.mentions_bot:
        return _mention_by_name(incoming, oa_name)
    return incoming


def person_of(body: Event, *, oa_id: str) -> str | None:
    """Whose order among others must be kept for this event; None when the bot has no use for it. Cheap."""
    if _reader(as_text(body.get("event_name"))) is None or not _is_ours(body, oa_id):
        return None
    side = "recipient" if as_text(body.get("event_name")).startswith("oa_send_") else "sender"
    return as_id(as_map(body.get(side)).get("id")) or as_id(body.get("group_id")) or oa_id


def _is_ours(body: Event, oa_id: str) -> bool:
    """One address serves all OAs of an app: an event that names another OA is not for us."""
    named = as_id(body.get("oa_id"))
    if not named:
        name = as_text(body.get("event_name"))
        side = "sender" if name.startswith("oa_send_") else "recipient" if name.startswith("user_send_") else ""
        in_group = name.startswith("user_send_group_")
        named = "" if in_group or not side else as_id(as_map(body.get(side)).get("id"))
    return named in ("", oa_id)


@lru_cache(128)
def _reader(name: str) -> Reader | None:
    if name in BY_NAME:
        return BY_NAME[name]
    return next((reader for prefix, reader in BY_FAMILY if name.startswith(prefix)), None)


# --- readers -----------------------------------------------------------------------------------------------------


def _message(body: Event, oa_id: str, *, place: Place) -> Message | None:
    sender = as_id(as_map(body.get("sender")).get("id"))
    chat = _chat(body, place, sender)
    if not sender or sender == oa_id or chat is None:
        return None
    said = as_map(body.get("message"))
    text = unicodedata.normalize("NFC", as_text(said.get("text")))
    mentioned = _mentioned(text, said)
    quote = as_id(said.get("quote_msg_id"))
    return Message(
        id=_id(body),
        chat=chat,
        sender=PersonId(sender),
        text=text,
        sent_ms=as_ms(body.get("timestamp")),
        quote=MessageId(quote) if quote else None,
        attachments=read_attachments(as_text(body.get("event_name")), said),
        mentions=tuple([PersonId(id_) for id_ in mentioned if id_ not in (oa_id, chat.id)]),
        mentions_bot=oa_id in mentioned,
        from_page=body.get("from_page") is True,
        answered=body.get("answered") is True,
    )


def _echo(body: Event, oa_id: str, *, place: Place) -> Echo | None:
    chat = _chat(body, place, as_id(as_map(body.get("recipient")).get("id")))
    if chat is None:
        return None
    admin = as_id(as_map(body.get("sender")).get("admin_id"))
    text = unicodedata.normalize("NFC", as_text(as_map(body.get("message")).get("text")))
    sent_ms = as_ms(body.get("timestamp"))
    return Echo(_id(body), chat, text, sent_ms, PersonId(admin) if admin else None)


def _membership(body: Event, oa_id: str, *, change: Literal["joined", "left"]) -> Membership | None:
    chat = _chat(body, "group", "")
    people = tuple(PersonId(id_) for id_ in _people(body) if id_ != oa_id)
    if chat is None or not people:
        return None
    return Membership(_id(body), chat, change, people, as_ms(body.get("timestamp")))


def _notice(body: Event, _oa_id: str) -> Notice:
    return Notice(_id(body), as_text(body.get("event_name")), as_ms(body.get("timestamp")))


_joined: Final = partial(_membership, change="joined")
_left: Final = partial(_membership, change="left")

BY_NAME: Final[Mapping[str, Reader | None]] = {
    "user_join_group": _joined,
    "accept_request_join_group": _joined,
    "react_request_join_group_accept": _joined,
    "user_out_group": _left,
    "user_leave_group": _left,
    "create_group": _notice,
    "delete_group": _notice,
    "disperse_group": _notice,
    "permission_revoked": _notice,
    # known, and of no use to the bot
    "user_request_join_group": None,
    "reject_request_join_group": None,
    "react_request_join_group_reject": None,
    "react_request_join_group": None,
    "add_group_admin": None,
    "remove_group_admin": None,
    "update_group_info": None,
    "user_received_message": None,
    "user_seen_message": None,
    "user_reacted_message": None,
    "oa_reacted_message": None,
    "user_click_chatnow": None,
    "user_click_button": None,
    "user_submit_info": None,
    "follow": None,
    "unfollow": None,
}

BY_FAMILY: Final[tuple[tuple[str, Reader], ...]] = (
    ("user_send_group_", partial(_message, place="group")),
    ("oa_send_group_", partial(_echo, place="group")),
    ("user_send_", partial(_message, place="private")),
    ("oa_send_", partial(_echo, place="private")),
)
"""The first prefix that fits counts. `anonymous_send_*`, visitors of a web widget, is left out on purpose."""


# --- parts -------------------------------------------------------------------------------------------------------


def _chat(body: Event, place: Place, person: str) -> Chat | None:
    id_ = person if place == "private" else _group(body)
    return Chat(place, id_) if id_ else None


def _group(body: Event) -> str:
    recipient = as_map(body.get("recipient"))
    return (
        as_id(recipient.get("id"))
        or as_id(recipient.get("group_id"))
        or as_id(body.get("group_id"))
        or as_id(body.get("conversation_id"))
    )


def _people(body: Event) -> list[str]:
    users = [as_id(as_map(user).get("id")) or as_id(user) for user in as_list(body.get("users"))]
    found = [user for user in users if user]
    alone = as_id(body.get("user_id")) or as_id(as_map(body.get("follower")).get("id"))
    return list(dict.fromkeys(found or ([alone] if alone else [])))


def _mentioned(text: str, said: Event) -> tuple[str, ...]:
    inline = [bracketed or bare for bracketed, bare in _MENTION.findall(text)] if "@" in text else []
    entries = [as_map(entry) for entry in as_list(said.get("mentions"))]
    listed = [as_id(entry.get("id")) or as_id(entry.get("user_id")) or as_id(entry.get("uid")) for entry in entries]
    return tuple(dict.fromkeys([*inline, *filter(None, listed)]))


def _mention_by_name(message: Message, oa_name: str) -> Message:
    name = re.escape(unicodedata.normalize("NFC", oa_name).strip())
    called = re.search(rf"@\s?{name}(?!\w)", message.text, re.IGNORECASE)
    return replace(message, mentions_bot=True) if called else message


def _id(body: Event) -> MessageId:
    """Zalo's id of the message, or one made of what tells the event apart from others."""
    said = as_map(body.get("message"))
    given = as_id(said.get("msg_id")) or as_id(said.get("message_id"))
    if given:
        return MessageId(given)
    name = as_text(body.get("event_name"))
    parts = [
        name,
        as_id(body.get("timestamp")),
        as_id(as_map(body.get("sender")).get("id")),
        _group(body),
        as_text(said.get("text")),
        *sorted(_people(body)),
    ]
    return MessageId(f"{name}-{sha256(chr(0).join(parts).encode()).hexdigest()[:24]}")
