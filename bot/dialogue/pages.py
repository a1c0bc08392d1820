"""`/bang`: a link into the pages, told in private, and the way out of them."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.call import Call
from bot.model import Chat, Decision, Message, PageLink, Reply


def link(call: Call) -> str:
    person = call.message.sender
    if call.voice.means("page.out_words", call.words):
        call.draft.log_out(person)
        return call.say("page.out", "logged-out")
    if call.words.strip():
        return call.refuse("page.how")
    secret = call.memory.secret
    call.draft.page_link(PageLink(person, secret))
    url = f"{call.memory.rules.public_url}/dashboard/in/{secret}"
    call.draft.reply(Reply(Chat("private", person), call.voice.say("page.link", url=url)))
    return "page-link" if call.message.chat.kind == "private" else call.say("page.told_in_private", "page-link")


def shown_on_page(decision: Decision, message: Message) -> Decision:
    """What was done on the ticket board is answered there, not in the chat."""
    own = [reply for reply in decision.replies if reply.chat == message.chat and reply.quote == message.id]
    others = tuple(reply for reply in decision.replies if reply not in own)
    return replace(decision, replies=others, page_answer="\n".join(reply.text for reply in own))
