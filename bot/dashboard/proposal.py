"""What a supervisor proposes to teach, read from the form of a group of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData

from bot.language.new_error import NewError
from bot.language.teaching import NOTHING, Taught
from bot.model import IntentId

NEW: Final = "new"
"""The choice of an error that the bot does not know yet."""


@dataclass(frozen=True, slots=True)
class Proposal:
    label: str = ""
    new: Taught = NOTHING
    error: NewError | None = None
    wrong: tuple[str, ...] = ()
    """Names of the fields that do not hold."""
    reasons: tuple[str, ...] = ()
    """Why the two files of the new error cannot be read."""


def proposed(form: FormData, texts: Sequence[str], labels: Sequence[str], section: str) -> Proposal | None:
    """`texts` are those that may be chosen. None when the form is not one of this page."""
    label, wanted = str(form.get("label", "")), {str(text) for text in form.getlist("text")}
    chosen = [text for text in texts if text in wanted]
    if label in labels:
        return Proposal(label, Taught({text: IntentId(label) for text in chosen}))
    if label != NEW:
        return None
    error = _described(form)
    wrong = error.wrong() + (("id-taken",) if error.id in labels else ()) + (() if chosen else ("text",))
    if wrong:
        return Proposal(NEW, error=error, wrong=wrong)
    id_, files = error.files(section)
    return Proposal(NEW, Taught(dict.fromkeys(chosen, id_), {id_: files}), error)


def _described(form: FormData) -> NewError:
    def said(name: str) -> str:
        return str(form.get(name, "")).replace("\r\n", "\n").strip()

    return NewError(
        id=said("id"),
        name=said("name"),
        title=said("title"),
        ways=tuple(line.strip() for line in said("ways").splitlines() if line.strip()),
        steps=said("steps"),
        asks_code="asks_code" in form,
        handover="handover" in form,
    )
