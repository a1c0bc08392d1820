"""Colleagues named by hand: Zalo offers a list of names after '@' in groups only, and typed names say nobody's id."""

from __future__ import annotations

from bot.dialogue.call import Call
from bot.language.normalise import fold
from bot.model import PersonId


def meant(call: Call) -> tuple[PersonId, ...]:
    """Those who are mentioned, else everybody of the staff whose name holds all the words that stand there."""
    if call.people:
        return call.people
    fillers = {fold(word).strip() for word in call.voice.say("answers.before_a_name").split("|")}
    words = set(fold(call.words).replace("@", " ").split()) - fillers
    names = {person: fold(call.memory.names.get(person, "")).split() for person in call.memory.on_staff()}
    return tuple(person for person, name in names.items() if words and words.issubset(name))
